"""The doctor: what is wrong with a network, how one sees that, what helps, and whether it does."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
