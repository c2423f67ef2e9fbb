"""A page of small worked examples of the building blocks; every number on it comes from `convlens.blocks`."""
