"""All shifts of a picture are windows of one canvas: the picture, surrounded once by what may come in.

Nothing here needs torch: audits, which load without it, take from here how large windows are and which moves there are.
"""

from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Int64, UInt8

from convlens.arrays import Images, Pixels
from convlens.errors import SettingsError
from convlens.registry import one_of

Places: TypeAlias = Int64[np.ndarray, "k 2"]
"""The top left corners (y, x) of windows."""

Canvas: TypeAlias = UInt8[np.ndarray, "n tall wide c"]

# How `np.pad` calls what comes in. Under "crop" it is there already: the picture's real surroundings.
_MODES: dict[str, str] = {
    "zeros": "constant",
    "wrap": "wrap",
    "edge": "edge",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "canvas": "constant",
    "crop": "",
}


def seen_size(size: tuple[int, int], radius: int, border: str) -> tuple[int, int]:
    """Give the height and width of one window: what a network sees of pictures of that size.

    Raises:
        SettingsError: an unknown border rule, or windows that would be empty.
    """
    one_of("border rule", border, tuple(_MODES))
    more = {"canvas": 2 * radius, "crop": -2 * radius}.get(border, 0)
    if min(size) + more < 1:
        raise SettingsError(
            f"windows that move by {radius} px each way need pictures larger than {2 * radius} px, got "
            f"{size[0]}×{size[1]}; choose a smaller shift or larger pictures"
        )
    return size[0] + more, size[1] + more


def require_something_left(dx: Pixels, dy: Pixels, size: tuple[int, int]) -> None:
    """Refuse shifts as large as the image.

    Raises:
        SettingsError: a shift reaches the image's height or width; the sentence says below which it must stay.
    """
    height, width = size
    down, right = np.abs(dy).max(initial=0), np.abs(dx).max(initial=0)
    if down >= height or right >= width:
        raise SettingsError(
            f"a shift of {max(down, right)} px leaves nothing of pictures of {height}×{width} pixels; "
            f"choose one below {min(size)}"
        )


def canvas(images: Images, radius: int, border: str, fill: int = 0) -> Canvas:
    """Surround each image by what comes in when it moves by up to `radius` pixels.

    Args:
        fill: the grey level that comes in under "zeros" and "canvas", before any normalisation.

    Raises:
        SettingsError: a grey level outside 0–255.
    """
    if not 0 <= fill <= 255:
        raise SettingsError(f"the fill is a grey level from 0 to 255, got {fill!r}")
    if border == "crop":
        return images
    width = 2 * radius if border == "canvas" else radius
    sides = ((0, 0), (width, width), (width, width), (0, 0))
    mode: Any = _MODES[border]
    values = {"constant_values": fill} if mode == "constant" else {}
    surrounded: Canvas = np.pad(images, sides, mode=mode, **values)
    return surrounded


def steps(radius: int) -> Pixels:
    """Give the moves along one axis, from −R to R.

    Raises:
        SettingsError: a radius below 0.
    """
    if radius < 0:
        raise SettingsError(f"the largest shift is a number of pixels, 0 or more, got {radius!r}")
    return np.arange(-radius, radius + 1, dtype=np.int64)


def every_move(radius: int) -> tuple[Pixels, Pixels]:
    """Give all (2R+1)² moves (dx, dy), row by row from the top left; `dx` goes right, `dy` down.

    Raises:
        SettingsError: a radius below 0.
    """
    along = steps(radius)
    return np.tile(along, len(along)), np.repeat(along, len(along))


def places(dx: Pixels, dy: Pixels, radius: int) -> Places:
    """Give where on the canvas the window of each shift begins: content that moves right is seen from further left."""
    corners: Places = np.stack([radius - dy, radius - dx], axis=1)
    return corners
