"""A table for a terminal that is too narrow for it: columns are moved, and no number or shape is broken."""

import itertools
import textwrap
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

GAP = 2
"""So many blanks stand between two columns, where there is room."""

SENTENCE = 24
"""A column with longer cells, of several words, is told beneath its row when there is no room beside it."""

SMALLEST_NAMES = 16
"""The first column, which names the rows, is folded between words to no less than this."""

Row = Sequence[str]
Line = tuple[str, bool]
"""A line, and whether it is a head."""


def natural_width(heads: Row, rows: Sequence[Row], gap: int = GAP) -> int:
    """Give how wide a table is when nothing is folded."""
    widths = [max(map(cell_len, column)) for column in zip(heads, *rows, strict=True)]
    return sum(widths) + gap * (len(widths) - 1)


def narrow(heads: Row, rows: Sequence[Row], right: Sequence[bool], room: int) -> Iterator[Line]:
    """Lay out a table for `room` columns of a terminal.

    Heads are folded between words, and sentences stand beneath their row. If the rest fits then with the first column
    folded between words, it is; else the columns move closer, and what still does not fit stands in further blocks,
    each with the first column. A cell that is wider than the terminal by itself stays as it is.

    Args:
        heads: one a column; sentences beneath a row are led by theirs.
        right: by column: it stands to the right, as numbers do.
    """
    places = range(1, len(heads))
    widths = [_width(head, [row[place] for row in rows]) for place, head in enumerate(heads)]
    beneath: list[int] = []
    for place in sorted(places, key=lambda place: -widths[place]):
        if sum(widths) + GAP * (len(heads) - 1) <= room:
            break
        if _is_sentence([row[place] for row in rows]):
            beneath.append(place)
    beside = [place for place in places if place not in beneath]
    left = room - sum(widths[place] + GAP for place in beside)
    if left >= max(SMALLEST_NAMES, _longest_word([row[0] for row in rows])):
        widths[0] = min(widths[0], left)
    gap = 1 if len(_blocks(widths, beside, room, 1)) < len(_blocks(widths, beside, room, GAP)) else GAP
    for number, block in enumerate(_blocks(widths, beside, room, gap)):
        if number:
            yield "", False
        columns = [0, *block]
        own = _widened([widths[place] for place in columns], [heads[place] for place in columns], room, gap)
        sides = [(width, right[place]) for width, place in zip(own, columns, strict=True)]
        folded = [_folded(heads[place], width) for place, (width, _) in zip(columns, sides, strict=True)]
        tallest = max(map(len, folded))
        level = [[""] * (tallest - len(head)) + head for head in folded]  # their last lines stand above the cells
        yield from ((line, True) for line in _together(level, sides, gap))
        for row in rows:
            cells = [_folded(row[0], own[0]), *([row[place]] for place in block)]
            yield from ((line, False) for line in _together(cells, sides, gap))
            if number == 0:
                yield from (
                    (line, False) for place in sorted(beneath) for line in _told(heads[place], row[place], room)
                )


def _width(head: str, cells: Sequence[str]) -> int:
    return max([_longest_word([head]), *map(cell_len, cells)])


def _longest_word(texts: Sequence[str]) -> int:
    return max((cell_len(word) for text in texts for word in text.replace("-", "- ").split()), default=0)


def _is_sentence(cells: Sequence[str]) -> bool:
    return any(cell_len(cell) > SENTENCE and " " in cell for cell in cells)


def _blocks(widths: Sequence[int], beside: Sequence[int], room: int, gap: int) -> list[list[int]]:
    """Share columns out over blocks that fit, in their order."""
    blocks: list[list[int]] = [[]]
    for place in beside:
        if blocks[-1] and sum(widths[one] + gap for one in (*blocks[-1], place)) + widths[0] > room:
            blocks.append([])
        blocks[-1].append(place)
    return blocks


def _widened(widths: Sequence[int], heads: Row, room: int, gap: int) -> list[int]:
    """Give heads the room that is left in their block, the first one first, so that fewer are folded."""
    widened = list(widths)
    for place, head in enumerate(heads):
        more, left = cell_len(head) - widened[place], room - sum(widened) - gap * (len(widened) - 1)
        if 0 < more <= left:
            widened[place] += more
    return widened


def _folded(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, 1), break_long_words=False) or [""]


def _told(head: str, text: str, room: int) -> list[str]:
    """Give a sentence beneath its row, unless it says nothing."""
    if text in {"", "—"}:
        return []
    led = f"{head}: {text}" if head else text
    return textwrap.wrap(
        led, room, initial_indent="    ", subsequent_indent="      ", break_long_words=False, break_on_hyphens=False
    )


def _together(cells: Sequence[Sequence[str]], sides: Sequence[tuple[int, bool]], gap: int) -> Iterator[str]:
    """Give the lines of cells that stand side by side.

    Args:
        sides: of each, how wide it is, and whether it stands to the right.
    """
    for parts in itertools.zip_longest(*cells, fillvalue=""):
        padded = [
            " " * (width - cell_len(part)) + part if to_the_right else part + " " * (width - cell_len(part))
            for part, (width, to_the_right) in zip(parts, sides, strict=True)
        ]
        yield (" " * gap).join(padded).rstrip()
