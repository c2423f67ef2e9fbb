"""Mirrored and turned by quarters: pixels change places, and none is interpolated."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Int64

from convlens.arrays import Pixels, Raster
from convlens.augment.augmenter import Augmenter, drawn
from convlens.augment.door import RasterImage, Rasters, together
from convlens.augment.draws import Drawn, Happens, Parameters
from convlens.augment.grammar import ALL, Spelling
from convlens.augment.matrices import Matrices
from convlens.augment.registry import augmenter
from convlens.augment.resizing import back_in_size, window_matrices

Yes = Int64[np.ndarray, " n"]

_CLOCKWISE = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}
# Below so many bytes in an image, moving all at once costs less than a call of OpenCV for each.
_SMALL = 8192


def flipped_left_right(images: Raster, flipped: Yes) -> Raster:
    """Mirror the chosen images, left to right."""
    changed = images.copy()
    rows = np.flatnonzero(flipped)
    if images[0].nbytes < _SMALL or images.shape[3] > 4:
        changed[rows] = images[rows, :, ::-1]
        return changed
    for row in rows:
        cv2.flip(images[row], 1, changed[row])
    return changed


def flipped_up_down(images: Raster, flipped: Yes) -> Raster:
    """Mirror the chosen images, top to bottom."""
    changed = images.copy()
    rows = np.flatnonzero(flipped)
    changed[rows] = images[rows, ::-1]
    return changed


def quarter_turned(images: Raster, k: Pixels, *, keep_size: bool = True) -> Rasters:
    """Turn each image clockwise by its own number of quarters.

    A square image is turned exactly. Of another, an odd number of quarters exchanges the sides; to keep the size, the
    result is then resized to what it was before.
    """
    height, width, channels = images.shape[1:]
    square = height == width
    if not square and not keep_size:
        return together([_turned(one, turn) for one, turn in zip(images, (k % 4).tolist(), strict=True)])
    changed = images.copy()
    for turn in (1, 2, 3):
        chosen = np.flatnonzero(k % 4 == turn)
        if (square or turn == 2) and (images[0].nbytes < _SMALL or channels > 4):
            changed[chosen] = np.rot90(images[chosen], -turn, axes=(1, 2))
            continue
        for row in chosen:
            image = _turned(images[row], turn)
            changed[row] = image if image.shape == changed[row].shape else back_in_size(image, (height, width))
    return changed


def quarter_matrices(k: Pixels, size: tuple[int, int], *, keep_size: bool = True) -> Matrices:
    """Give the matrices of `quarter_turned`, source pixel → target pixel, for images of that height and width."""
    height, width = size
    right, bottom = width - 1, height - 1
    clockwise = [
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0, -1, bottom], [1, 0, 0], [0, 0, 1]],
        [[-1, 0, right], [0, -1, bottom], [0, 0, 1]],
        [[0, 1, 0], [-1, 0, right], [0, 0, 1]],
    ]
    matrices: Matrices = np.array(clockwise, np.float64)[k % 4]
    if keep_size and height != width:
        lying = np.flatnonzero(k % 2)
        windows = np.tile([0, 0, width, height], (len(lying), 1))
        matrices[lying] = window_matrices(windows, np.tile(size, (len(lying), 1))) @ matrices[lying]
    return matrices


class _Flip(Augmenter):
    """What both flips share: "flipped" is 1 for the images that are."""

    p: Spelling

    def draws(self) -> dict[str, Drawn]:
        """List what came of the probability."""
        return {"flipped": Drawn("flipped", Happens(super().draws()["p"].draw))}


@augmenter
@dataclass(frozen=True, repr=False)
class Fliplr(_Flip):
    """Mirror each image left to right with the probability `p`."""

    p: Spelling = field(default=1, metadata=drawn(whole=False, low=0, high=1) | {"spelled": "always"})
    kernel = staticmethod(flipped_left_right)

    def matrices(self, parameters: Parameters, size: tuple[int, int]) -> Matrices:
        """Give the matrix of each image, source pixel → target pixel, for images of that height and width."""
        return _mirrors(parameters["flipped"], 0, size[1])


@augmenter
@dataclass(frozen=True, repr=False)
class Flipud(_Flip):
    """Mirror each image top to bottom with the probability `p`."""

    p: Spelling = field(default=1, metadata=drawn(whole=False, low=0, high=1) | {"spelled": "always"})
    kernel = staticmethod(flipped_up_down)

    def matrices(self, parameters: Parameters, size: tuple[int, int]) -> Matrices:
        """Give the matrix of each image, source pixel → target pixel, for images of that height and width."""
        return _mirrors(parameters["flipped"], 1, size[0])


@augmenter
@dataclass(frozen=True, repr=False)
class Rot90(Augmenter):
    """Turn each image clockwise by `k` quarters; ALL draws from 0 to 3.

    Attributes:
        keep_size: an image that is not square is resized to what it was before an odd number of quarters.
    """

    k: Spelling | str = field(default=1, metadata=drawn(whole=True) | {"spelled": "always"})
    keep_size: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.k, str) and self.k == ALL:
            object.__setattr__(self, "k", [0, 1, 2, 3])
        super().__post_init__()

    def matrices(self, parameters: Parameters, size: tuple[int, int]) -> Matrices:
        """Give the matrix of each image, source pixel → target pixel, for images of that height and width.

        The target is of the size that the result has.
        """
        return quarter_matrices(parameters["k"], size, keep_size=self.keep_size)

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Turn the images."""
        return quarter_turned(images, parameters["k"], keep_size=self.keep_size)


def _mirrors(flipped: Yes, axis: int, side: int) -> Matrices:
    matrices = np.tile(np.eye(3), (len(flipped), 1, 1))
    rows = np.flatnonzero(flipped)
    matrices[rows, axis, axis], matrices[rows, axis, 2] = -1, side - 1
    return matrices


def _turned(image: RasterImage, turn: int) -> RasterImage:
    if turn == 0 or image.shape[2] > 4:
        return np.rot90(image, -turn).copy()
    result = cv2.rotate(image, _CLOCKWISE[turn])
    turned: RasterImage = result.reshape(*result.shape[:2], image.shape[2])
    return turned
