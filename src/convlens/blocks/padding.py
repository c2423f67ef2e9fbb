"""More rows and columns around an image, or fewer."""

import numpy as np
from jaxtyping import Int64, Num

from convlens.blocks.settings import Mode, Padding, sides
from convlens.errors import SettingsError, ShapeError

Image = Num[np.ndarray, "c h w"]
Padded = Num[np.ndarray, "c height width"]
Places = Int64[np.ndarray, " k"]

OUTSIDE = -1
"""The place of what is no part of the image."""


def pad(image: Image, padding: Padding, mode: Mode = "zeros", value: float = 0.0) -> Padded:
    """Give the image with rows and columns added around it; where the padding is negative, they are cut off.

    What is repeated is the whole image; "circular" alone cuts off first and repeats what is left, as torch does.

    Args:
        value: what stands in the padding of the mode "zeros".

    Raises:
        ShapeError: "reflect" needs less padding than the image is wide, "circular" at most as much; nothing is left.
    """
    (above, below), (left, right) = sides(padding)
    if mode == "circular" and min(above, below, left, right) < 0:
        image = pad(image, ((min(above, 0), min(below, 0)), (min(left, 0), min(right, 0))))
        above, below, left, right = (max(side, 0) for side in (above, below, left, right))
    rows = places(np.arange(-above, image.shape[1] + below), image.shape[1], mode)
    columns = places(np.arange(-left, image.shape[2] + right), image.shape[2], mode)
    return gathered(image, rows, columns, value)


def places(wanted: Places, size: int, mode: Mode = "zeros") -> Places:
    """Say which row or column of the image stands at each place, `OUTSIDE` for a place that holds a number of its own.

    Args:
        wanted: places along one axis; below 0 and from `size` on they lie in the padding.

    Raises:
        ShapeError: the mode cannot reach as far, or no place is left.
    """
    if len(wanted) == 0:
        raise ShapeError(f"padding cuts off all {size} rows or columns of the image; cut off fewer")
    beyond = max(-int(wanted[0]), int(wanted[-1]) - size + 1)
    match mode:
        case "zeros":
            return np.where((wanted < 0) | (wanted >= size), OUTSIDE, wanted)
        case "replicate":
            return wanted.clip(0, size - 1)
        case "circular":
            _reach(mode, beyond, size, size)
            return wanted % size
        case "reflect":
            _reach(mode, beyond, size, size - 1)
            folded = np.abs(wanted)
            return np.asarray(np.minimum(folded, 2 * (size - 1) - folded))
    raise SettingsError(f"no padding is called {mode!r}; there are zeros, reflect, replicate and circular")


def gathered(
    image: Image, rows: Int64[np.ndarray, " height"], columns: Int64[np.ndarray, " width"], value: float = 0.0
) -> Padded:
    """Give the image's numbers at these rows and columns, and `value` at places that are `OUTSIDE`."""
    out: Padded = image[:, rows[:, None], columns[None, :]]
    outside = (rows == OUTSIDE)[:, None] | (columns == OUTSIDE)[None, :]
    if outside.any():
        out = np.where(outside, np.asarray(value).astype(_holding(image, value)), out)
    return out


def _holding(image: Image, value: float) -> np.dtype[np.generic]:
    """Give the image's own type where that holds the value, so that whole numbers stay whole."""
    return image.dtype if float(value).is_integer() or image.dtype.kind == "f" else np.dtype(np.float64)


def _reach(mode: str, beyond: int, size: int, most: int) -> None:
    if beyond > most:
        raise ShapeError(
            f"{mode} padding reaches at most {most} numbers beyond an axis of {size}, not {beyond}; pad less, or with"
            " zeros"
        )
