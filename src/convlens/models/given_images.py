"""Pictures that a user hands over from Python: checked at the door, trusted behind.

Nothing here needs torch: audits, which load without it, check their pictures here too.
"""

from typing import Any

import numpy as np

from convlens.arrays import Images
from convlens.errors import ShapeError

MOST_CHANNELS = 4
"""No picture file has more; an axis that is longer is more likely a row of pixels."""


def checked_images(images: object) -> Images:
    """Give pictures that a user handed over, when they are (N, H, W, C) uint8.

    Raises:
        ShapeError: they are anything else; the sentence says how to make them so, and names N×C×H×W where it looks so.
    """
    wanted = "images are wanted as a NumPy array (N, H, W, C) of uint8"
    if not isinstance(images, np.ndarray):
        if type(images).__module__.partition(".")[0] != "torch":
            raise ShapeError(f"{wanted}, got a {type(images).__name__}; give numpy.asarray(images)")
        shape = tuple(map(int, getattr(images, "shape", ())))
        first = len(shape) == 4 and _looks_channels_first(shape)
        turned = "images.permute(0, 2, 3, 1)" if first else "images"
        raise ShapeError(f"{wanted}, got a torch tensor {shape}; give {turned}.cpu().numpy()")
    got = f"{wanted}, got {images.dtype} {images.shape}"
    if images.ndim == 3:
        single = images.shape[2] in (1, 3)
        mend = "images[None]" if single else "images[..., None]"
        raise ShapeError(f"{got}; {'a single picture is' if single else 'grey pictures are'} {mend}")
    if images.ndim != 4:
        raise ShapeError(f"{got}; bring them to four axes")
    if _looks_channels_first(images.shape):
        raise ShapeError(f"{got}, which looks like N×C×H×W; give images.transpose(0, 2, 3, 1)")
    if images.dtype != np.uint8:
        raise ShapeError(f"{got}; {_to_bytes(images)}")
    if images.shape[3] < 1 or 0 in images.shape[1:3]:
        raise ShapeError(f"{got}, pictures without a pixel; look at how they were cut or loaded")
    return images


def _looks_channels_first(shape: tuple[int, ...]) -> bool:
    """Say whether the second axis rather than the last holds channels: few of them before a much longer row."""
    _, second, third, last = shape
    return last > MOST_CHANNELS and (second <= MOST_CHANNELS or second < third == last)


def _to_bytes(images: Any) -> str:
    if images.dtype.kind == "b":
        return "give images.astype(numpy.uint8) * 255"
    low, high = (images.min(), images.max()) if images.size else (0, 0)
    if images.dtype.kind == "f" and low >= 0 and high <= 1:
        return "they lie between 0 and 1: give (images * 255).round().astype(numpy.uint8)"
    if low >= 0 and high <= 255:
        return "give images.round().astype(numpy.uint8)"
    return f"they run from {low:.3g} to {high:.3g}: undo any normalisation, so that they are grey levels from 0 to 255"
