"""The spatial attack of Engstrom et al. 2019: small moves and turns together, and the worst of them counts.

Every picture is turned about its centre, then moved: on a grid of 5 × 5 moves and 31 turns, 775 in all, and by ten
turns and moves drawn from the same range. It is the grid that tells how a network stands: the paper finds it worse than
what gradients find.

Source: Engstrom, Tran, Tsipras, Schmidt & Madry, "Exploring the landscape of spatial robustness", ICML 2019, section 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from jaxtyping import Int64

from convlens.arrays import Images, Indices, Labels, Logits, PerImage, Predict
from convlens.audit.answers import class_logits
from convlens.audit.given import checked_names, checked_pairs, require_function, require_usable
from convlens.audit.in_parts import Parts, Progress, in_batches, in_parts
from convlens.audit.poses import Limits, Poses, drawn_poses, engstrom, posed, poses
from convlens.augment.geometry import checked_border
from convlens.rng import keys_of


@dataclass(frozen=True)
class SpatialProtocol:
    """How a spatial attack was made; only those with equal protocols may be compared.

    Attributes:
        limits: how far, and in how many steps.
        border: what comes in where content has moved away.
        fill: its grey level, under the border rule "zeros".
        seed: of the moves and turns that are drawn.
        data: name of the data set.
        split: which part of it.
        manifest_hash: which images exactly.
        count: how many images.
        notes: what else is worth knowing; no part of a comparison.
    """

    limits: Limits
    border: str
    fill: int
    seed: int
    data: str
    split: str
    manifest_hash: str
    count: int
    notes: Mapping[str, str | int | float | bool] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, eq=False)
class SpatialSweep:
    """What a model answered for every image in every pose.

    Attributes:
        poses: the grid.
        labels_at: the class answered for each image in each pose of the grid.
        labels_drawn: and in each pose that was drawn for it.
        labels: the right class of each image.
    """

    protocol: SpatialProtocol
    poses: Poses
    labels_at: Int64[np.ndarray, "n s"]
    labels_drawn: Int64[np.ndarray, "n tries"]
    labels: Labels
    class_names: tuple[str, ...]

    @property
    def origin(self) -> int:
        """The position of the unchanged picture."""
        return self.poses.origin


def spatial_audit(
    predict: Predict,
    images: Images,
    labels: Labels,
    class_names: tuple[str, ...],
    *,
    limits: Limits | None = None,
    border: str = "zeros",
    fill: int = 0,
    seed: int = 0,
    data: str = "",
    split: str = "",
    manifest_hash: str = "",
    notes: Mapping[str, str | int | float | bool] | None = None,
    batch_size: int = 1024,
    tried: bool = False,
    parts: Parts | None = None,
    progress: Progress | None = None,
) -> SpatialSweep:
    """Ask the model about every image in every pose of the grid, and in those drawn for it.

    Args:
        limits: the paper's for pictures of that size when None.
        border: what comes in where content has moved away; the paper has black, which is "zeros".
        fill: its grey level under "zeros", before any normalisation.
        seed: of what is drawn for each picture, by its position among the images.
        data: for the protocol, like `split`, `manifest_hash` and `notes`.
        batch_size: rows of one call of `predict`.
        tried: the model was tried on a few pictures before, and is not tried again; see `shift_audit`.
        parts: where finished parts are looked for and kept; here (images, poses, 1), each number being a class.

    Raises:
        SettingsError: a border rule or grey level that makes no sense.
        ShapeError: no function, pictures that are not (N, H, W, C) uint8, or labels, names or answers that do not fit.
        ConvlensError: the model's answers are not finite, or one picture gets several; the sentence gives the proof.
    """
    require_function(predict)
    images, labels = checked_pairs(images, labels)
    class_names = checked_names(predict, images, class_names, tried=tried)
    labels = require_usable(images, labels, class_names, batch_size)
    rule, within = checked_border(border), limits or engstrom((images.shape[1], images.shape[2]))
    grid, drawn = poses(within), drawn_poses(within, keys_of(seed, "audit spatial", 0, np.arange(len(images))))

    def answers(which: Indices, cell: Indices) -> Logits:
        changed = posed(images[which], *_amounts(grid, drawn, which, cell), border=rule, fill=fill)
        classes: Logits = class_logits(predict, changed, class_names).argmax(axis=1)[:, None].astype(np.float32)
        return classes

    cells = len(grid) + within.tries
    batched = partial(in_batches, answers, images, cells=cells, batch_size=batch_size)
    found = in_parts(batched, images, cells, parts, progress)[..., 0].astype(np.int64)
    protocol = SpatialProtocol(within, rule, fill, seed, data, split, manifest_hash, len(images), dict(notes or {}))
    return SpatialSweep(protocol, grid, found[:, : len(grid)], found[:, len(grid) :], labels, class_names)


def _amounts(grid: Poses, drawn: Poses, which: Indices, cell: Indices) -> tuple[PerImage, PerImage, PerImage]:
    """Give dx, dy and turn of each row: from the grid, or, behind its end, what was drawn for that image."""
    on_grid, beyond = np.minimum(cell, len(grid) - 1), np.maximum(cell - len(grid), 0)
    dx, dy, turn = (
        np.where(cell < len(grid), of_grid[on_grid], of_drawn[which, beyond])
        for of_grid, of_drawn in ((grid.dx, drawn.dx), (grid.dy, drawn.dy), (grid.turn, drawn.turn))
    )
    return dx, dy, turn
