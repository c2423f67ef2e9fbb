"""What a model answered in a sweep, without how sure it was: all that counts and comparisons need, small on disk."""

import dataclasses
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Bool, Int64

from convlens.arrays import Labels, Pixels
from convlens.audit.levelled import LevelledAnswers
from convlens.audit.shifts import Shifts
from convlens.audit.sweep import Protocol, Sweep
from convlens.errors import DataError, SettingsError

FORMAT = "convlens-answers-1"
UNKNOWN = -1
"""The label of an image whose right class is not known."""

Answers: TypeAlias = Int64[np.ndarray, "n s"]
Hits: TypeAlias = Bool[np.ndarray, "n s"]


@dataclass(frozen=True, eq=False)
class Answered:
    """What a model answered for every image at every shift.

    Attributes:
        labels: the right class of each image; −1 throughout when they are not known.
        answers: the class answered for each image at each shift.
    """

    protocol: Protocol
    shifts: Shifts
    labels: Labels
    answers: Answers
    class_names: tuple[str, ...]

    @property
    def labels_at(self) -> Answers:
        """The class answered for each image at each shift."""
        return self.answers

    @property
    def origin(self) -> int:
        """The position of the unshifted cell."""
        return self.shifts.origin

    @property
    def levels(self) -> Pixels:
        """The ring of each cell, in pixels."""
        return self.shifts.levels

    @property
    def labelled(self) -> bool:
        """Whether the right classes are known."""
        return bool((self.labels != UNKNOWN).all())


Shifted: TypeAlias = Sweep | Answered
"""A sweep over shifts, with its logits or without."""


def of(sweep: Sweep, *, labelled: bool = True) -> Answered:
    """Keep a sweep's answers and let its logits go.

    Args:
        labelled: the sweep's labels are the right ones; else they are forgotten.
    """
    labels = sweep.labels if labelled else np.full_like(sweep.labels, UNKNOWN)
    return Answered(sweep.protocol, sweep.shifts, labels, sweep.labels_at, sweep.class_names)


def right(answers: LevelledAnswers) -> Hits:
    """Say which images are answered rightly in which cell."""
    hits: Hits = answers.labels_at == answers.labels[:, None]
    return hits


def unchanged(answers: LevelledAnswers) -> Hits:
    """Say which answers are those of the unchanged image."""
    hits: Hits = answers.labels_at == answers.labels_at[:, [answers.origin]]
    return hits


def pack(answered: Answered) -> bytes:
    """Give the content of an `.npz` file, compressed, without pickle; equal answers give equal bytes."""
    about = {
        "format": FORMAT,
        "protocol": dataclasses.asdict(answered.protocol),
        "class_names": list(answered.class_names),
    }
    arrays: dict[str, Any] = {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)}
    arrays |= {"dx": answered.shifts.dx, "dy": answered.shifts.dy}
    whole = np.min_scalar_type(len(answered.class_names) - 1)
    arrays["answers"] = answered.answers.astype(whole)
    if answered.labelled:
        arrays["labels"] = answered.labels.astype(whole)
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def unpack(content: bytes, source: Path | str) -> Answered:
    """Read what `pack` gave.

    Args:
        source: where it comes from, for the sentence when it is damaged.

    Raises:
        DataError: it holds no answers of an audit, or not whole ones.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            about = json.loads(arrays["about"].tobytes())
            if about["format"] != FORMAT:
                raise ValueError(f"its format is {about['format']!r}, not {FORMAT!r}")
            dx, dy, answers = (arrays[name].astype(np.int64) for name in ("dx", "dy", "answers"))
            labels = arrays["labels"].astype(np.int64) if "labels" in arrays else np.full(len(answers), UNKNOWN)
        protocol, names = Protocol(**about["protocol"]), tuple(about["class_names"])
        if answers.shape != (protocol.count, len(dx)) or labels.shape != answers.shape[:1]:
            raise ValueError(f"it holds answers {answers.shape} for {protocol.count} images at {len(dx)} shifts")
        if max(answers.max(initial=0), labels.max(initial=0)) >= len(names):
            raise ValueError(f"it holds answers beyond its {len(names)} classes")
        return Answered(protocol, Shifts(dx, dy, protocol.radius, protocol.pattern), labels, answers, names)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, SettingsError) as error:
        reason = f"{type(error).__name__}: {error}" if isinstance(error, KeyError | TypeError) else str(error)
        raise DataError(f"{str(source)!r} does not hold the answers of an audit ({reason}); audit again") from error
