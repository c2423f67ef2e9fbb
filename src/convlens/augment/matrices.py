"""Where each pixel goes: one 3×3 matrix per image, source pixel → target pixel.

The conventions are those of `convlens.augment.geometry`; angles are in degrees and turn clockwise on the screen.

Source: homogeneous coordinates, Hartley & Zisserman, Multiple View Geometry, 2nd ed., section 2.4.
"""

from typing import TypeAlias

import numpy as np
from jaxtyping import Float64, Int64

from convlens.arrays import PerImage

Matrices: TypeAlias = Float64[np.ndarray, "n 3 3"]
Amount: TypeAlias = float | PerImage | Int64[np.ndarray, " n"]
"""One number for all images, or one for each."""
Parts: TypeAlias = float | Float64[np.ndarray, "..."]
Linear: TypeAlias = Float64[np.ndarray, "n 2 2"]


def affine_matrices(
    size: tuple[int, int],
    count: int,
    *,
    scale_x: Amount = 1.0,
    scale_y: Amount = 1.0,
    shear_x: Amount = 0.0,
    shear_y: Amount = 0.0,
    rotate: Amount = 0.0,
    right_px: Amount = 0.0,
    down_px: Amount = 0.0,
) -> Matrices:
    """Shear down, scale, shear sideways and rotate each image about its centre, then move it; always in this order.

    Args:
        size: height and width of the images.
        count: how many images.
        scale_x: above 1 makes the content wider.
        shear_x: angle by which the upper rows lean to the right.
        shear_y: angle by which the right side hangs down.
        rotate: angle of the turn, clockwise.
        right_px: pixels of the target to the right, fractions welcome.
        down_px: pixels of the target down.
    """
    cos, sin = _turn(rotate)
    lean, hang = _slope(shear_x), _slope(shear_y)
    # the rows of shear_x · scale · shear_y, multiplied out
    across = (scale_x - lean * scale_y * hang, -lean * scale_y)
    along = (scale_y * hang, scale_y)
    linear = np.empty((count, 2, 2))
    for column in (0, 1):
        linear[:, 0, column] = cos * across[column] - sin * along[column]
        linear[:, 1, column] = sin * across[column] + cos * along[column]
    moved = about_the_centre(linear, size)
    moved[:, 0, 2] += right_px
    moved[:, 1, 2] += down_px
    return moved


def about_the_centre(linear: Linear, size: tuple[int, int]) -> Matrices:
    """Apply each 2×2 matrix around the centre of the image, which stays where it is.

    Args:
        size: height and width of the images.
    """
    across, down = (size[1] - 1) / 2, (size[0] - 1) / 2
    matrices = np.zeros((len(linear), 3, 3))
    matrices[:, :2, :2] = linear
    matrices[:, 0, 2] = across - linear[:, 0, 0] * across - linear[:, 0, 1] * down
    matrices[:, 1, 2] = down - linear[:, 1, 0] * across - linear[:, 1, 1] * down
    matrices[:, 2, 2] = 1
    return matrices


def fitting(matrices: Matrices, size: tuple[int, int]) -> tuple[Matrices, Int64[np.ndarray, "n 2"]]:
    """Move each result to the smallest canvas that holds the four corner pixels; give the matrices and the sizes.

    Returns:
        The matrices, and (height, width) of each canvas.
    """
    height, width = size
    right, bottom = width - 1, height - 1
    corners = np.array([[0, right, 0, right], [0, 0, bottom, bottom], [1, 1, 1, 1]], np.float64)
    places = (matrices @ corners)[:, :2]
    first, last = places.min(axis=2), places.max(axis=2)
    moved = matrices.copy()
    moved[:, :2, 2] -= first
    # A turn by 90° ends a hair beside whole pixels.
    sizes = np.ceil(last - first + 1 - 1e-6).astype(np.int64)
    return moved, sizes[:, ::-1]


def inverted(matrices: Matrices) -> Matrices:
    """Give the matrices target pixel → source pixel of affine ones."""
    (a, b, x), (c, d, y) = matrices[:, :2].transpose(1, 2, 0)
    determinant = a * d - b * c
    backwards = np.zeros(matrices.shape)
    backwards[:, 0, 0], backwards[:, 0, 1], backwards[:, 0, 2] = d, -b, b * y - d * x
    backwards[:, 1, 0], backwards[:, 1, 1], backwards[:, 1, 2] = -c, a, c * x - a * y
    backwards[:, :2] /= determinant[:, None, None]
    backwards[:, 2, 2] = 1
    return backwards


def _turn(angle_deg: Amount) -> tuple[Parts, Parts]:
    """Give cosine and sine, exactly 0 at quarter turns, where those of π/2 and π as floats are not."""
    if isinstance(angle_deg, float) and angle_deg == 0:
        return 1.0, 0.0
    turned = np.asarray(angle_deg, np.float64) % 360
    angle = turned * (np.pi / 180)
    cos, sin = np.cos(angle), np.sin(angle)
    quarters = turned % 90 == 0
    if quarters.any():
        cos, sin = np.where(quarters, np.rint(cos), cos), np.where(quarters, np.rint(sin), sin)
    return cos, sin


def _slope(angle_deg: Amount) -> Parts:
    return 0.0 if isinstance(angle_deg, float) and angle_deg == 0 else np.tan(np.deg2rad(angle_deg))
