"""Where a window lies on its input, and what is read there: the definitions of padding, stride and dilation.

Along each axis tap a of output k lies at k·stride + a·dilation − padding; below 0 and beyond the last it is padding.

`blocks/windows.py` says the same for whole maps, and is not used here on purpose: a number's arithmetic and its
receptive field are found from these few lines, a step's values by `blocks`. Where the two agree, and both with torch,
a slip in either would show; joined, a slip would be in both and agree with itself.
"""

import numpy as np
from jaxtyping import Float64, Int64

from convlens.explain.operations import PaddingMode, Window

Places = Int64[np.ndarray, " _"]
Maps = Float64[np.ndarray, "c h w"]


def taps(window: Window, row: int, column: int) -> tuple[Places, Places]:
    """Give the rows and the columns that the window of one output lies on, padding included."""
    down, across = (
        at * stride - before + gap * np.arange(kernel)
        for at, stride, (before, _), gap, kernel in zip(
            (row, column), window.stride, window.padding, window.dilation, window.kernel, strict=True
        )
    )
    return down, across


def share(at: int, side: int, shares: int) -> Places:
    """Give the rows of share `at` of so many that a side is divided into: ⌊at·n/m⌋ to ⌈(at+1)·n/m⌉ − 1."""
    return np.arange(at * side // shares, -(-(at + 1) * side // shares))


def repeated(places: Places, side: int, mode: PaddingMode) -> Places:
    """Say which row or column each place repeats; −1 where padding holds a number of its own."""
    match mode:
        case "zeros":
            return np.where((places < 0) | (places >= side), -1, places)
        case "replicate":
            return places.clip(0, side - 1)
        case "circular":
            return places % side
        case "reflect":
            turn = max(2 * (side - 1), 1)
            mirrored: Places = np.minimum(places % turn, turn - places % turn)
            return mirrored


def seen(maps: Maps, rows: Places, columns: Places, mode: PaddingMode = "zeros") -> Float64[np.ndarray, "c kh kw"]:
    """Give the numbers of a window, those of the padding included."""
    down, across = repeated(rows, maps.shape[1], mode), repeated(columns, maps.shape[2], mode)
    values = maps[:, down[:, None], across[None, :]]
    window: Float64[np.ndarray, "c kh kw"] = np.where((down < 0)[:, None] | (across < 0)[None, :], 0.0, values)
    return window


def listed(places: Places) -> tuple[int, ...]:
    """Give places as plain numbers."""
    return tuple(places.tolist())
