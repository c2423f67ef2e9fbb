"""The figures, each a function from plain values to SVG markup.

The same input gives the same bytes. Ink follows the page's text colour, text stays text, and nothing a user names
is read as a formula. Lengths are in points; a page shows a point as a CSS pixel or thereabouts.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
