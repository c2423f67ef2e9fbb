"""One picture: what a model says to it at every shift."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from convlens.audit.shifts import grid
from convlens.files import write_text
from convlens.report import figures
from convlens.report.captioned import captioned
from convlens.report.svg import alone
from convlens.tables import Table
from convlens.workflows.asked_picture import MovedPicture, keep_question
from convlens.workflows.asking import asked
from convlens.workflows.audit_files import safe_name
from convlens.workflows.figure_words import of_picture
from convlens.workflows.reading import Reading
from convlens.workflows.shifted import strip_and_board
from convlens.workflows.split_words import require_picture


@dataclass(frozen=True, eq=False)
class OneImage:
    """What a model says to one picture at every shift.

    Attributes:
        table: a row per shift sideways: dx, the answer, and a column of probabilities per class.
        winners: the answer at every shift of the grid, row by row from the top: `winners[R + dy][R + dx]`.
        true: the right class; None where nobody knows.
        first_flip_px: the smallest move, max(|dx|, |dy|), at which the answer is another than unmoved; None when there
            is none.
        saved: the figures, and the question, which the page answers too.
        notes: what the user should know.
    """

    subject: str
    number: int
    radius: int
    border: str
    true: str | None
    table: Table
    winners: tuple[tuple[str, ...], ...]
    first_flip_px: int | None
    saved: tuple[Path, ...]
    notes: tuple[str, ...] = ()

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
    who = asked(
        reference, data=data, split=split, model=model, reading=reading, device=device, shifts=grid(shift),
        border=border, fill=fill, to=to,
    )  # fmt: skip
    dataset, names = who.dataset, who.subject.card.class_names
    require_picture(dataset, number)
    true = int(dataset.labels[number]) if who.labelled else None
    strip, board = strip_and_board(who.predict, dataset.images[number], true, radius=shift, border=border, fill=fill)
    columns: dict[str, list[Any]] = {"dx": list(strip.offsets)}
    columns["answer"] = [names[one] for one in strip.probabilities.argmax(axis=1)]
    columns |= {name: strip.probabilities[:, column].tolist() for column, name in enumerate(names)}
    winners = [names[one] for one in board.probabilities.argmax(axis=1)]
    side = len(strip.offsets)
    shifts = grid(shift)
    flips = shifts.levels[np.array(winners) != winners[shifts.origin]]
    stem = safe_name(f"image-{number}-{dataset.name[-40:]}-{dataset.split}-{shift}-{border}{fill or ''}")
    saved = tuple(who.folder / f"{stem}{end}" for end in ("-probabilities.svg", "-winners.svg", ".json"))
    made = f"{who.subject.name}; picture {number} of {dataset.name}, {dataset.split} split; border {border}"
    truly = None if true is None else names[true]
    sideways = captioned(figures.probability_map(strip, names), of_picture("probabilities", made, truly))
    write_text(saved[0], alone(sideways))
    write_text(saved[1], alone(captioned(figures.winner_map(board, names), of_picture("winners", made, truly))))
    keep_question(saved[2], who.subject, dataset, MovedPicture(number, shift, border, fill))
    return OneImage(
        who.subject.name,
        number,
        shift,
        border,
        truly,
        Table(columns),
        tuple(tuple(winners[start : start + side]) for start in range(0, len(winners), side)),
        int(flips.min()) if len(flips) else None,
        saved,
        who.notes,
    )
