"""One picture: what a model says to it at every shift."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convlens.audit.shifts import grid
from convlens.files import write_text
from convlens.report import figures
from convlens.report.svg import alone
from convlens.tables import Table
from convlens.workflows.asking import asked
from convlens.workflows.audit_files import safe_name
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
    stem = safe_name(f"image-{number}-{dataset.name[-40:]}-{dataset.split}-{shift}-{border}{fill or ''}")
    saved = who.folder / f"{stem}-probabilities.svg", who.folder / f"{stem}-winners.svg"
    write_text(saved[0], alone(figures.probability_map(strip, names)))
    write_text(saved[1], alone(figures.winner_map(board, names)))
    return OneImage(
        who.subject.name,
        number,
        shift,
        border,
        None if true is None else names[true],
        Table(columns),
        tuple(tuple(winners[start : start + side]) for start in range(0, len(winners), side)),
        saved,
    )
