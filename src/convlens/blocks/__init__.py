"""What a network is built of, with NumPy alone: each block as a fast function, and by hand as plain loops."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
