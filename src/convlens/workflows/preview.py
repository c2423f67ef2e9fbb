"""Five pictures as a model sees them, and how often it is right before anything is moved.

A wrong mean, standard deviation, size or order of channels costs a few minutes when it is seen here, and a whole audit
when it is not. What is drawn is the very tensor that enters the network, on one fixed scale: undoing the normalisation
with the numbers that it was made with would show a good picture whatever they are.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from convlens.arrays import Image, Images, Predict
from convlens.audit.answers import checked_logits
from convlens.audit.intervals import wilson
from convlens.data.dataset import Dataset
from convlens.files import write_bytes
from convlens.models.foreign import PLAIN_FUNCTION, Entering, entering_network
from convlens.report.sheets import Cell, sheet
from convlens.workflows.subjects import Subject

SHOWN = 5
ASKED = 500
"""So many pictures are asked about at most, spread evenly over the set."""

SCALE = 2.5
"""What enters is drawn from −2.5 (black) to 2.5 (white): pictures with mean 0 and spread 1 lie within."""

USUAL_MEAN, USUAL_SPREAD = 1.5, (0.15, 3.0)
"""Beyond these, a mean or a spread of all that enters is worth a word: networks are trained near 0 and 1."""


@dataclass(frozen=True, eq=False)
class Preview:
    """What a first look at a model says.

    Attributes:
        path: the PNG with the pictures.
        sentence: how often it is right, unmoved, or what it answers where nobody knows what is right.
        accuracy: with the two ends of its Wilson interval; None without labels.
        doubt: what looks wrong about the numbers that enter, "" where nothing does.
    """

    path: Path
    sentence: str
    accuracy: tuple[float, float, float] | None
    doubt: str = ""


def preview(
    subject: Subject,
    dataset: Dataset,
    predict: Predict,
    folder: Path,
    *,
    labelled: bool = True,
    margin: int = 0,
) -> Preview:
    """Look at a model before a long audit; write `as-the-model-sees.png` into a folder.

    Args:
        predict: what the audit will ask, on whatever device.
        labelled: whether the labels say what is right.
        margin: so many pixels are cut off on every side, where the pictures are larger than the model reads.
    """
    rows = _spread(len(dataset), ASKED)
    seen = _cut(dataset.images[rows], margin)
    answers = checked_logits(predict, seen).argmax(axis=1)
    names = subject.card.class_names
    share = ""
    accuracy = None
    if labelled:
        right = int((answers == dataset.labels[rows]).sum())
        low, high = (float(end) for end in wilson(right, len(rows)))
        accuracy = right / len(rows), low, high
        share = f"right on {100 * accuracy[0]:.1f} % ({100 * low:.1f}–{100 * high:.1f})"
    else:
        counts = np.bincount(answers, minlength=len(names))
        often = counts.argsort(kind="stable")[::-1][:3]
        share = "answers " + ", ".join(
            f"{names[k]!r} for {100 * counts[k] / len(rows):.0f} %" for k in often if counts[k]
        )
    shown = _spread(len(rows), SHOWN)
    fed = _entering(subject, seen[shown])
    low_high = f"{fed.min():.2f} to {fed.max():.2f}, mean {fed.mean():.2f}, spread {fed.std():.2f}"
    text = f"what enters has numbers from {low_high}; below drawn from {-SCALE} (black) to {SCALE} (white)"
    if _plain(subject):
        text = "a plain function gets the pictures as they are, and normalises them itself"
    cells = [
        [Cell(image, _phrases(dataset, int(rows[at]), labelled)) for image, at in zip(seen[shown], shown, strict=True)],
        [
            Cell(_drawn(entering, _plain(subject)), (f"answer {names[answers[at]]}",))
            for entering, at in zip(fed, shown, strict=True)
        ],
    ]
    path = folder / "as-the-model-sees.png"
    title = f"{subject.name}: pictures as loaded (above) and as they enter (below)"
    write_bytes(path, sheet(title, text, (), cells))
    sentence = f"{subject.name}, nothing moved: {share} of {len(rows):,} pictures; five as it sees them: {path}"
    return Preview(path, sentence, accuracy, "" if _plain(subject) else _doubt(fed))


def _spread(count: int, most: int) -> Any:
    return np.unique(np.linspace(0, count - 1, most).astype(int))


def _cut(images: Images, margin: int) -> Any:
    return images[:, margin : images.shape[1] - margin, margin : images.shape[2] - margin]


def _plain(subject: Subject) -> bool:
    return subject.foreign is not None and subject.foreign.kind == PLAIN_FUNCTION


def _entering(subject: Subject, images: Images) -> Entering:
    if subject.network is not None:
        return entering_network(subject.network, subject.card, images)
    assert subject.foreign is not None
    return subject.foreign.entering(images, subject.card)


def _phrases(dataset: Dataset, row: int, labelled: bool) -> tuple[str, ...]:
    return (f"picture {row}", *((dataset.class_names[dataset.labels[row]],) if labelled else ()))


def _drawn(entering: Any, plain: bool) -> Image:
    levels = entering if plain else (entering + SCALE) * (255 / (2 * SCALE))
    drawn: Image = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return drawn


def _doubt(fed: Entering) -> str:
    mean, spread = float(fed.mean()), float(fed.std())
    if abs(mean) <= USUAL_MEAN and USUAL_SPREAD[0] <= spread <= USUAL_SPREAD[1]:
        return ""
    return (
        f"what enters the network has mean {mean:.2f} and spread {spread:.2g}; most networks are trained on about 0 "
        "and 1: are --mean and --std right, and of pictures scaled to 0-1?"
    )
