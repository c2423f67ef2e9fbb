"""Every block once more as plain loops that read like its definition: slow, and easy to follow with a pencil.

The fast forms of the same names are tested equal to these. Settings are given in full: pairs (down, across), and
padding as ((above, below), (left, right)).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
