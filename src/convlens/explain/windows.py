"""Where a window lies on its input, and what is read there: the definitions of padding, stride and dilation.

Along each axis tap a of output k lies at k·stride + a·dilation − padding; below 0 and beyond the last it is padding.

`blocks/windows.py` says the same for whole maps, and is not used here on purpose: a number's arithmetic and its
receptive field are found from these few lines, a step's values by `blocks`. Where the two agree, and both with torch,
a slip in either would show; joined, a slip would be in both and agree with itself.
"""

import numpy as np
from jaxtyping import Float64, Int64

from convlens.explain.operations import PaddingMode, Resize, TransposedConvolution, Window

Places = Int64[np.ndarray, " _"]
Maps = Float64[np.ndarray, "c h w"]
Weights = Float64[np.ndarray, " _"]


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


def reaching(operation: TransposedConvolution, axis: int, at: int, side: int) -> tuple[Places, Places]:
    """Give the inputs that reach output `at` of a transposed convolution along an axis, and the tap that each does by.

    Input k reaches k·stride + a·dilation − padding by tap a.
    """
    window = operation.window
    inputs = np.arange(side)
    steps = at + window.padding[axis][0] - inputs * window.stride[axis]
    taps_, rest = np.divmod(steps, window.dilation[axis])
    reach = (rest == 0) & (taps_ >= 0) & (taps_ < window.kernel[axis])
    return inputs[reach], taps_[reach]


def neighbours(operation: Resize, axis: int, at: int, side: int) -> tuple[Places, Weights]:
    """Give the one or two places of a side that place `at` of a resized axis is made of, and their weights."""
    step, count = operation.step[axis], operation.size[axis]
    if operation.kind in ("nearest", "nearest-exact"):
        half = 0.5 if operation.kind == "nearest-exact" else 0.0
        # the product in 32 bits, as torch has it even for longer numbers
        place = int(np.floor(np.float32(at + half) * np.float32(step)))
        return np.array([min(place, side - 1)]), np.ones(1)
    exact = at * step if operation.kind == "aligned" else max((at + 0.5) * step - 0.5, 0.0)
    first = min(int(exact), side - 1)
    if first == side - 1 or side == count:
        return np.array([first]), np.ones(1)
    return np.array([first, first + 1]), np.array([1 - (exact - first), exact - first])


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
