"""Flips, and answers that held: pairs of an image and a shift, drawn so that the two kinds can be compared."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64

from convlens.arrays import Indices, Keys, PerImage
from convlens.audit.answered import unchanged
from convlens.audit.sweep import Sweep
from convlens.data.strata import stratified
from convlens.rng import keys_of, subkeys

Hits = Bool[np.ndarray, "n s"]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Images, each at one shift.

    Attributes:
        images: places of the images in the sweep.
        cells: places of the shifts.
    """

    images: Indices
    cells: Indices

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, which: slice | Int64[np.ndarray, " m"] | Bool[np.ndarray, " n"]) -> "Pairs":
        return Pairs(self.images[which], self.cells[which])


def flipped(sweep: Sweep) -> Hits:
    """Say at which shifts the answer is another one than for the unshifted image, be it right or not."""
    return ~unchanged(sweep)


def drawn_flips(sweep: Sweep, count: int, seed: int = 0) -> Pairs:
    """Draw so many of the flipped pairs, all of them when there are fewer, each ring with its share.

    A larger draw with the same seed holds the smaller one.
    """
    images, cells = np.nonzero(flipped(sweep))
    keys = _keys(sweep, seed)[images, cells]
    chosen = stratified(sweep.levels[cells], keys, count)
    return Pairs(images[chosen].astype(np.int64), cells[chosen].astype(np.int64))


def controls(sweep: Sweep, flips: Pairs, seed: int = 0) -> Pairs:
    """Give for each flip an answer that held, at the same shift, of the image answered most nearly as certainly.

    Fragile answers flip more often, and are changed more often by whatever is done to an image. Unflipped pairs drawn
    regardless would be of firmer images, and every test would look as if it had found something. So the twin of a flip
    is the free image whose unshifted answer has the nearest margin (largest logit less the second); no pair is taken
    twice. Where a shift flips so many images that none is left, it is one of the same ring; where none is left there,
    the flip goes without.
    """
    held = ~flipped(sweep)
    held[:, sweep.origin] = False
    margins, rings, keys = _margins(sweep), sweep.levels, _keys(sweep, seed)
    taken: list[tuple[int, int]] = []
    for place in np.argsort(keys[flips.images, flips.cells], kind="stable"):
        image, cell = flips.images[place], flips.cells[place]
        cells = np.array([cell]) if held[:, cell].any() else np.flatnonzero(rings == rings[cell])
        free = held[:, cells]
        if not free.any():
            continue
        distances = np.where(free, np.abs(margins - margins[image])[:, None], np.inf)
        nearest, column = np.unravel_index(distances.argmin(), distances.shape)
        taken.append((int(nearest), int(cells[column])))
        held[nearest, cells[column]] = False
    found = np.array(taken, np.int64).reshape(-1, 2)
    return Pairs(found[:, 0], found[:, 1])


def _margins(sweep: Sweep) -> PerImage:
    ordered = np.sort(sweep.logits[:, sweep.origin].astype(np.float64), axis=1)
    margins: PerImage = ordered[:, -1] - ordered[:, -2]
    return margins


def _keys(sweep: Sweep, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    """Give a key per image and shift; it depends on these alone, not on which other shifts were tried."""
    per_image: Keys = keys_of(seed, "flips", 0, np.arange(len(sweep.labels)))
    names = (f"{dx} {dy}" for dx, dy in zip(sweep.shifts.dx, sweep.shifts.dy, strict=True))
    return np.stack([subkeys(per_image, name) for name in names], axis=1)
