"""Which pixels of a picture speak for an answer, and whether the map that says so can be trusted."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
