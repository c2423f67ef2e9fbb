"""Images and labels: the registered data sets, folders of pictures, and drawn letters."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
