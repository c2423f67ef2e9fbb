"""Which of a model's answers is which class of the pictures: a small file in one of two forms.

    a JSON object        {"cats": ["281-285"], "dogs": ["151-268"]}
    a text, line by line the name of each column's class, in the columns' order

In the JSON object a class has a list of columns, counted from 0; "a-b" means those from a to b, both included. Columns
that no class claims are left out, as in a test with a given choice of answers; with `"*": "other"` they are a class of
their own, named "other", which is never right. In a text the same name on several lines makes one class of these
columns, and a name that the pictures do not have is an answer that is never right.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convlens.errors import DataError
from convlens.registry import near_names

REST = "*"
IN_ORDER = "same"
"""In the place of a file: the columns are the classes of the pictures, in their order."""


@dataclass(frozen=True)
class ClassMap:
    """Classes by name, each with the model's columns that mean it.

    Attributes:
        rest: the name for all columns that no class claims, "" to leave them out.
        length: how many columns there must be, where the file names every one.
        source: the file, for sentences.
    """

    names: tuple[str, ...]
    groups: tuple[tuple[int, ...], ...]
    source: str
    rest: str = ""
    length: int | None = None

    def for_columns(self, count: int) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
        """Give the classes and their columns, for a model with so many columns.

        Raises:
            DataError: the model has other columns than the file speaks of.
        """
        if self.length is not None and self.length != count:
            raise DataError(
                f"the class map {self.source!r} names {self.length:,} answers, one a line, but the model gives "
                f"{count:,}"
            )
        beyond = [column for group in self.groups for column in group if column >= count]
        if beyond:
            raise DataError(
                f"the class map {self.source!r} speaks of column {beyond[0]}, but the model gives {count:,} answers: "
                f"the columns 0 to {count - 1:,}"
            )
        claimed = {column for group in self.groups for column in group}
        left = tuple(column for column in range(count) if column not in claimed)
        if not self.rest or not left:
            return self.names, self.groups
        return (*self.names, self.rest), (*self.groups, left)


def read_class_map(path: Path) -> ClassMap:
    """Read a class map: JSON when the file's name ends in .json, else a text with a name on each line.

    Raises:
        DataError: it cannot be read, has fewer than two classes, or gives a column to two of them.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise DataError(f"could not read the class map {str(path)!r}: {reason}") from error
    read = _from_json(text, str(path)) if path.suffix.lower() == ".json" else _from_lines(text, str(path))
    if len(read.names) + bool(read.rest) < 2:
        raise DataError(
            f"the class map {str(path)!r} has one class only, {read.names[0]!r}, and a classifier tells at least "
            "two apart"
        )
    return read


def in_order(class_names: Sequence[str]) -> ClassMap:
    """Give the class map of a model whose columns are these classes, in this order."""
    groups = tuple((column,) for column in range(len(class_names)))
    return ClassMap(tuple(class_names), groups, IN_ORDER, length=len(class_names))


def require_all(class_map: ClassMap, class_names: Sequence[str]) -> None:
    """Refuse a class map that lacks a class of the pictures, or a JSON one that names one they do not have.

    Raises:
        DataError: it does.
    """
    lacking = [name for name in class_names if name not in class_map.names]
    if lacking:
        raise DataError(
            f"the class map {class_map.source!r} does not say which answers mean {lacking[0]!r}"
            f"{near_names(lacking[0], list(class_map.names))}: the pictures have the classes {', '.join(class_names)}"
        )
    strange = [name for name in class_map.names if name not in class_names]
    if strange and class_map.length is None:
        raise DataError(
            f"the class map {class_map.source!r} names {strange[0]!r}{near_names(strange[0], list(class_names))}, but "
            f"the pictures have the classes {', '.join(class_names)}; for answers of no class write "
            f'"{REST}": "{strange[0]}"'
        )


def _from_lines(text: str, source: str) -> ClassMap:
    lines = [line.strip() for line in text.rstrip().splitlines()]
    if not lines or not all(lines):
        empty = f"line {lines.index('') + 1} is empty" if lines else "it is empty"
        raise DataError(f"the class map {source!r} must name the class of a column on each line, but {empty}")
    columns: dict[str, list[int]] = {}
    for column, name in enumerate(lines):
        columns.setdefault(name, []).append(column)
    return ClassMap(tuple(columns), tuple(map(tuple, columns.values())), source, length=len(lines))


def _from_json(text: str, source: str) -> ClassMap:
    try:
        content = json.loads(text, object_pairs_hook=list)
    except ValueError as error:
        raise DataError(f"the class map {source!r} is no JSON: {error}") from error
    # pairs, so that a name that stands there twice is seen; a JSON list holds no pairs with names
    if not isinstance(content, list) or not content or not all(isinstance(pair, tuple) for pair in content):
        raise DataError(
            f"the class map {source!r} must be a JSON object from class to columns, such as "
            '{"cats": ["281-285"], "dogs": [151, 152]}'
        )
    owner: dict[int, str] = {}
    columns: dict[str, tuple[int, ...]] = {}
    rest = ""
    for name, value in content:
        if name == REST:
            rest = _rest(value, source)
            continue
        if name in columns:
            raise DataError(f"the class map {source!r} names {name!r} twice; put its columns into one list")
        columns[name] = _columns(name, value, source)
        for column in columns[name]:
            if column in owner:
                twice = f"{owner[column]!r} and {name!r}" if owner[column] != name else f"{name!r} twice"
                raise DataError(
                    f"the class map {source!r} gives column {column} to {twice}; it can mean one thing only"
                )
            owner[column] = name
    if rest in columns or not columns:
        raise DataError(f"the class map {source!r} needs classes, and a name of its own for {REST!r}")
    return ClassMap(tuple(columns), tuple(columns.values()), source, rest)


def _rest(value: Any, source: str) -> str:
    if not isinstance(value, str) or not value:
        raise DataError(
            f'the class map {source!r} must give a name for all other columns, such as "{REST}": "other"; got {value!r}'
        )
    return value


def _columns(name: str, value: Any, source: str) -> tuple[int, ...]:
    found: list[int] = []
    for part in value if isinstance(value, list) else [value]:
        ends = re.fullmatch(r"(\d+)\s*-\s*(\d+)", part) if isinstance(part, str) else None
        if isinstance(part, int) and not isinstance(part, bool) and part >= 0:
            found.append(part)
        elif ends and int(ends[1]) <= int(ends[2]):
            found += range(int(ends[1]), int(ends[2]) + 1)
        else:
            raise DataError(
                f"the class map {source!r} must list the columns of {name!r} as numbers from 0 or as "
                f'"first-last"; got {part!r}'
            )
    if not found:
        raise DataError(f"the class map {source!r} gives no column to {name!r}")
    return tuple(found)
