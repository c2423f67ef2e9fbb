"""Models of two classes that see a bright pixel or do not, small enough to know by hand why they flip."""

from dataclasses import dataclass, field

import numpy as np

NAMES = ("dark", "seen")


def two(seen: np.ndarray) -> np.ndarray:
    """Logits of a model that answers 1 where it sees something."""
    return np.stack([np.ones(len(seen)), 2 * seen.astype(float)], axis=1).astype(np.float32)


def anywhere(images):
    """Sees a bright pixel wherever it is."""
    return two((images > 100).any(axis=(1, 2, 3)))


def even(images):
    """Sees a bright pixel in even rows and columns only, as a network that keeps one place in four does."""
    return two((images[:, ::2, ::2] > 100).any(axis=(1, 2, 3)))


def left(images):
    """Sees a bright pixel in the left half only."""
    return two((images[:, :, : images.shape[2] // 2] > 100).any(axis=(1, 2, 3)))


def at_the_rim(images):
    """Sees a bright pixel in the first column."""
    return two((images[:, :, 0] > 100).any(axis=(1, 2)))


def dot(row: int, column: int, side: int = 8) -> np.ndarray:
    image = np.zeros((side, side, 1), np.uint8)
    image[row, column] = 200
    return image


def head_of(cells: int, move: bool = True):
    """A head that wants the bright cell at the left; the map is the image itself, a stride of `cells` pixels a cell."""

    def head(images, right, down):
        moved = [
            np.roll(image, (cells * y, cells * x), (0, 1)) for image, x, y in zip(images, right, down, strict=True)
        ]
        return left(np.stack(moved) if move else images)

    return head


@dataclass(frozen=True)
class Opened:
    """Probes of a model that is written down here."""

    stride: tuple[int, int] | None = None
    head_at: object = None
    head_without: object = None
    variants: dict = field(default_factory=dict)
    no_map: str = ""
    no_variant: str = ""
