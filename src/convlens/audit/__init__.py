"""How far an image can move before the answer changes; a model is known only as `Predict`."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
