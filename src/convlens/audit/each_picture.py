"""What an audit says of each picture: is it right wherever it is moved, and how far away does the answer flip?"""

from typing import Any

import numpy as np

from convlens.arrays import Indices
from convlens.audit.answered import right, unchanged
from convlens.audit.first_flip import first_flip_levels
from convlens.audit.sweep import Sweep
from convlens.tables import Table


def by_picture(sweep: Sweep, places: Indices | None = None, *, labelled: bool = True) -> Table:
    """Give one row per picture.

    The columns: `picture`, its place in the split; `true`, the right class; `answer`, what is said to it unmoved;
    `right` (unmoved) and `right_everywhere`; `first_flip_px`, the smallest move, max(|dx|, |dy|) in pixels, at which
    the answer is another than unmoved, or ">R" when there is none within the audit's R; `share_right` and
    `share_unchanged`, of all shifts.

    Args:
        places: where each picture stands in its split, from 0; empty cells when None.
        labelled: the labels are the right ones; without them only what needs none is there.
    """
    hits, kept, names = right(sweep), unchanged(sweep), sweep.class_names
    columns: dict[str, Any] = {"picture": [None] * len(hits) if places is None else places.tolist()}
    if labelled:
        columns["true"] = [names[label] for label in sweep.labels]
    columns["answer"] = [names[label] for label in sweep.labels_at[:, sweep.origin]]
    if labelled:
        columns["right"] = hits[:, sweep.origin].tolist()
        columns["right_everywhere"] = hits.all(axis=1).tolist()
    columns["first_flip_px"] = [flip_in_px(level, sweep.shifts.radius) for level in first_flip_levels(sweep).tolist()]
    if labelled:
        columns["share_right"] = np.asarray(hits.mean(axis=1)).tolist()
    columns["share_unchanged"] = np.asarray(kept.mean(axis=1)).tolist()
    return Table(columns)


def flip_in_px(level: int, radius: int) -> int | str:
    """Spell a first flip: the move in pixels, or ">R" beyond all that were tried."""
    return level if level <= radius else f">{radius}"
