"""What an augmenter takes and gives back: arrays of bytes, of floats with their range, tensors, one or many.

Inside, images are `Raster`: (N, H, W, C), bytes or float32 in grey levels 0–255. Floats come in with an explicit
`value_range`, are brought to grey levels once, and leave in the range that they came in.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeGuard

import numpy as np
from jaxtyping import Float32, UInt8
from numpy.typing import NDArray

from convlens.arrays import Raster
from convlens.errors import SettingsError, ShapeError

RasterImage: TypeAlias = UInt8[np.ndarray, "_ _ _"] | Float32[np.ndarray, "_ _ _"]
Rasters: TypeAlias = UInt8[np.ndarray, "_ _ _ _"] | Float32[np.ndarray, "_ _ _ _"] | list[RasterImage]
"""A batch as one array, or image by image where their sizes differ; a change may give another size than it got."""
ValueRange: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Door:
    """The way in and out for one call.

    Args:
        value_range: the values that black and white have in float images; None for bytes.

    Raises:
        SettingsError: it is not two finite numbers, the smaller one first.
    """

    value_range: ValueRange | None = None

    def __post_init__(self) -> None:
        given: Any = self.value_range
        if given is not None:
            right = isinstance(given, (tuple, list)) and len(given) == 2 and all(np.isfinite(end) for end in given)
            if not right or not given[0] < given[1]:
                raise SettingsError(f"value_range wants (black, white) such as (0, 1) or (0, 255), got {given!r}")

    def batch(self, images: object) -> Raster:
        """Take (N, H, W) or (N, H, W, C).

        Raises:
            ShapeError: another number of axes, another dtype, floats without their range or with values outside of it.
        """
        array = self._checked(images, 3, "images", "(N, H, W) or (N, H, W, C)")
        return self._levels(array[..., None] if array.ndim == 3 else array)

    def one(self, image: object, what: str = "an image") -> Raster:
        """Take (H, W) or (H, W, C), as a batch of one; raises like `batch`."""
        array = self._checked(image, 2, what, "(H, W) or (H, W, C)")
        return self._levels(array[None, ..., None] if array.ndim == 2 else array[None])

    def out(self, changed: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
        """Give images back in their range, and without the axis of channels where `like` had none."""
        if changed.dtype != np.uint8 and self.value_range is not None and self.value_range != (0, 255):
            low, high = self.value_range
            changed = np.clip(changed * np.float32((high - low) / 255) + np.float32(low), low, high, dtype=np.float32)
        return changed[..., 0] if changed.ndim > like.ndim else changed

    def _checked(self, images: Any, rank: int, what: str, shapes: str) -> NDArray[Any]:
        wanted = (
            f"an augmenter wants {what} as a uint8 array {shapes} with values 0–255, "
            "or as float32 with the values of black and white, like value_range=(0, 1)"
        )
        if not isinstance(images, np.ndarray):
            raise ShapeError(f"{wanted}; got a {type(images).__name__}")
        if images.ndim not in (rank, rank + 1) or images.dtype not in (np.uint8, np.float32):
            raise ShapeError(f"{wanted}; got {images.dtype} {images.shape}")
        if images.dtype == np.float32 and self.value_range is None:
            raise ShapeError(f"{wanted}; got float32 {images.shape} without value_range")
        if images.dtype == np.uint8 and self.value_range not in (None, (0, 255)):
            raise ShapeError(f"uint8 images have the range 0–255, got value_range={self.value_range!r}")
        return images

    def _levels(self, batch: NDArray[Any]) -> Raster:
        if batch.dtype == np.uint8 or not batch.size:
            return batch
        assert self.value_range is not None
        low, high = self.value_range
        smallest, largest = batch.min(), batch.max()
        if not (low <= smallest and largest <= high):
            raise ShapeError(
                f"float images want values from {low} to {high}, as value_range says, got {smallest} to {largest}"
            )
        if low == 0 and high == 255:
            return batch
        levels: Raster = np.clip((batch - np.float32(low)) * np.float32(255 / (high - low)), 0, 255, dtype=np.float32)
        return levels


# glibc gives freed memory back to the system block by block, and faults it in again for the next array, until a large
# block was freed once: from then on it keeps what is smaller. A batch of small images is a third faster for it.
np.empty(16 << 20, np.uint8)


def is_tensor(images: object) -> TypeGuard[Any]:
    """Say whether these are torch's; without torch in the process nothing can be."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(images, torch.Tensor)


def together(images: Sequence[RasterImage]) -> Rasters:
    """Stack images of one size; give others as a list."""
    if images and all(one.shape == images[0].shape for one in images):
        return np.stack(images)
    return list(images)


def each_apart(images: Rasters, change: Callable[[int, Raster], Rasters]) -> Rasters:
    """Change image by image: `change` gets the row and a batch of one."""
    return together([change(row, image[None])[0] for row, image in enumerate(images)])
