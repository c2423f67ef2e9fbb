"""See inside a network: every number of a forward pass, the layer table, receptive fields, maps and what they show."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
