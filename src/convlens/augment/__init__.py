"""Changing images, batch by batch: draws by key, pure kernels, the vocabulary people know from imgaug."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
