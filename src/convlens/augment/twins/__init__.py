"""The augmenters' twins for torch tensors: the same parameters, and pixels that stay on their device."""
