"""Tables: named columns of equal length that become CSV, JSON or lines of text."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from convlens.errors import DataError

Value = str | int | float | bool | None


@dataclass(frozen=True)
class Table:
    """Columns by name, all of one length."""

    columns: Mapping[str, Sequence[Value]]

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in self.columns.items()}
        assert len(set(lengths.values())) <= 1, f"columns of unequal length: {lengths}"

    @staticmethod
    def from_rows(rows: Iterable[Mapping[str, Value]]) -> "Table":
        """Build a table from dictionaries that share their keys; the first one gives the order."""
        listed = list(rows)
        names = list(listed[0]) if listed else []
        return Table({name: [row[name] for row in listed] for name in names})

    @staticmethod
    def from_csv(text: str) -> "Table":
        """Read what `to_csv` wrote: whole numbers, decimals, empty cells (None) and words come back as they were.

        A cell is a number only when it is spelled as Python spells that number, so that a class called 007 or 1_000
        stays a word.

        Raises:
            DataError: a line has more or fewer cells than the header.
        """
        lines = [line for line in csv.reader(io.StringIO(text, newline="")) if line]
        names = lines.pop(0) if lines else []
        for number, line in enumerate(lines, start=1):
            if len(line) != len(names):
                raise DataError(
                    f"row {number} of a table has {len(line)} cells and its header {len(names)}; "
                    "remove that row, it was not written whole"
                )
        return Table({name: [_value(line[place]) for line in lines] for place, name in enumerate(names)})

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __getitem__(self, name: str) -> Sequence[Value]:
        return self.columns[name]

    def rows(self) -> list[dict[str, Value]]:
        """Give one dictionary per row, ready for JSON."""
        return [dict(zip(self.columns, cells, strict=True)) for cells in zip(*self.columns.values(), strict=True)]

    def to_csv(self) -> str:
        """Write a header line and one line per row; floats keep every digit, None is an empty cell."""
        return "".join(map(_line, [self.columns, *zip(*self.columns.values(), strict=True)]))


def _line(cells: Iterable[Value]) -> str:
    # the writer quotes what holds a character of its line end: with "\r\n" a lone "\r" in a file name survives too
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n") + "\n"


def _value(cell: str) -> Value:
    if cell == "":
        return None
    if cell in {"True", "False"}:
        return cell == "True"
    for kind in (int, float):
        with suppress(ValueError):
            number = kind(cell)
            if str(number) == cell:
                return number
    return cell
