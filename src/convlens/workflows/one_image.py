"""One picture: what a model says to it at every shift."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from convlens.audit.one_image import probabilities_by_shift
from convlens.audit.placing import placed
from convlens.audit.shifts import grid, line
from convlens.errors import SettingsError
from convlens.files import write_text
from convlens.report import figures
from convlens.report.content import Board, Filmstrip
from convlens.report.svg import alone
from convlens.tables import Table
from convlens.workflows.asking import asked
from convlens.workflows.audit_files import safe_name
from convlens.workflows.reading import Reading


@dataclass(frozen=True, eq=False)
class OneImage:
    """What a model says to one picture at every shift.

    Attributes:
        table: a row per shift sideways: dx, the answer, and a column of probabilities per class.
        winners: the answer at every shift of the grid, row by row from the top: `winners[R + dy][R + dx]`.
        true: the right class; None where nobody knows.
        saved: the figures.
    """

    subject: str
    number: int
    radius: int
    border: str
    true: str | None
    table: Table
    winners: tuple[tuple[str, ...], ...]
    saved: tuple[Path, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Give the rows of the table, each with the answers up and down at that dx: `answers_by_dy`."""
        steps = range(-self.radius, self.radius + 1)
        return [
            row | {"answers_by_dy": {str(dy): self.winners[self.radius + dy][column] for dy in steps}}
            for column, row in enumerate(self.table.rows())
        ]


def one_image(
    reference: str | Path,
    number: int,
    *,
    shift: int = 5,
    border: str = "zeros",
    fill: int = 0,
    data: str | None = None,
    split: str = "test",
    model: str | None = None,
    reading: Reading | None = None,
    device: str = "cpu",
    to: Path | str | None = None,
) -> OneImage:
    """Give the class probabilities of one picture at −R…+R pixels sideways, and the winning class over both axes.

    Args:
        number: the picture's place in its split, from 0.
        to: the folder for the two figures; as for an audit when None.

    Raises:
        ConvlensError: the model, the pictures or the settings are not usable; the sentence says which.
        SettingsError: there is no such picture.
    """
    shifts = grid(shift)
    who = asked(
        reference, data=data, split=split, model=model, reading=reading, device=device, shifts=shifts,
        border=border, fill=fill, to=to,
    )  # fmt: skip
    dataset, names = who.dataset, who.subject.card.class_names
    if not 0 <= number < len(dataset):
        raise SettingsError(f"the {dataset.split} split has the pictures 0 to {len(dataset) - 1:,}; got {number!r}")
    image = dataset.images[number]
    everywhere = probabilities_by_shift(who.predict, image, shifts, border=border, fill=fill)
    sideways = everywhere[shifts.dy == 0]
    answers = everywhere.argmax(axis=1)
    along = line(shift)
    steps = along.dx.tolist()
    columns: dict[str, list[Any]] = {"dx": steps, "answer": [names[one] for one in answers[shifts.dy == 0]]}
    columns |= {name: sideways[:, column].tolist() for column, name in enumerate(names)}
    named = [names[one] for one in answers]
    side = len(steps)
    # Where nobody knows what is right, the figures hold the answers against the unmoved picture's.
    true = int(dataset.labels[number]) if who.labelled else int(answers[shifts.origin])
    copies = np.repeat(image[None], len(along), axis=0)
    moved = placed(copies, along.dx, along.dy, radius=shift, border=border, fill=fill)
    strip = Filmstrip(moved, tuple(steps), sideways, true, border)
    board = Board(tuple(shifts.dx.tolist()), tuple(shifts.dy.tolist()), everywhere, true, border)
    stem = safe_name(f"image-{number}-{dataset.name[-40:]}-{dataset.split}-{shift}-{border}{fill or ''}")
    saved = who.folder / f"{stem}-probabilities.svg", who.folder / f"{stem}-winners.svg"
    write_text(saved[0], alone(figures.probability_map(strip, names)))
    write_text(saved[1], alone(figures.winner_map(board, names)))
    return OneImage(
        who.subject.name,
        number,
        shift,
        border,
        names[true] if who.labelled else None,
        Table(columns),
        tuple(tuple(named[start : start + side]) for start in range(0, len(named), side)),
        saved,
    )
