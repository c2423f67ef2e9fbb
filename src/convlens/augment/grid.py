"""A picture of what an augmenter does: many of its results, side by side."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convlens.errors import SettingsError

Grid: TypeAlias = NDArray[np.uint8]
Several: TypeAlias = list[NDArray[Any]]


def grid_of(augment: Callable[[Several], Several], images: Any, rows: int, cols: int) -> Grid:
    """Draw `rows` × `cols` results of each image, (tall, wide, 3); a row of them for each image in turn.

    Args:
        augment: changes a list of images.
        images: one uint8 image, or several of any sizes.

    Raises:
        SettingsError: rows or cols are below 1, or there is no image.
    """
    if rows < 1 or cols < 1:
        raise SettingsError(f"a grid wants at least one row and one column, got {rows} × {cols}")
    several = [images] if isinstance(images, np.ndarray) and images.ndim == 2 else list(images)
    if isinstance(images, np.ndarray) and images.ndim == 3 and images.shape[2] in (1, 3):
        several = [images]
    if not several:
        raise SettingsError("a grid wants at least one image, got none")
    results = augment([image for _ in range(rows) for image in several for _ in range(cols)])
    return tiled(results, cols)


def tiled(images: Several, cols: int) -> Grid:
    """Put images of any sizes, grey or coloured, into cells of the largest one's size, on black."""
    tall, wide = (max(image.shape[axis] for image in images) for axis in (0, 1))
    lines = -(-len(images) // cols)
    grid = np.zeros((lines * tall, cols * wide, 3), np.uint8)
    for place, image in enumerate(images):
        top, left = place // cols * tall, place % cols * wide
        colours = image[..., None] if image.ndim == 2 else image
        shown = colours[..., :3] if colours.shape[2] >= 3 else colours[..., :1]
        grid[top : top + image.shape[0], left : left + image.shape[1]] = shown
    return grid
