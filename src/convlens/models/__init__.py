"""Networks: the registered ones and the user's own, their weights on disk, and a network as a plain function."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
