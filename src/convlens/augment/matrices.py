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
    cos, sin = _cosine(rotate), _sine(rotate)
    lean, hang = np.tan(np.deg2rad(shear_x)), np.tan(np.deg2rad(shear_y))
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
    height, width = size
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    matrices = np.zeros((len(linear), 3, 3))
    matrices[:, :2, :2] = linear
    matrices[:, :2, 2] = centre - linear @ centre
    matrices[:, 2, 2] = 1
    return matrices


def _cosine(angle_deg: Amount) -> Float64[np.ndarray, "..."]:
    """Give the cosine, exactly 0 at a quarter turn, where the one of π/2 as a float is not."""
    turned = np.asarray(angle_deg, np.float64) % 360
    return np.where(turned % 180 == 90, 0.0, np.cos(np.deg2rad(turned)))


def _sine(angle_deg: Amount) -> Float64[np.ndarray, "..."]:
    turned = np.asarray(angle_deg, np.float64) % 360
    return np.where(turned % 180 == 0, 0.0, np.sin(np.deg2rad(turned)))
