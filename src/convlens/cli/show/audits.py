"""How an audit of shifts looks, of many pictures or of one."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from convlens.cli.show.basics import as_grid, line, note, percent, room, wrote
from convlens.cli.show.flips import causes
from convlens.cli.show.narrow import GAP, natural_width
from convlens.workflows.split_words import source_in_words

if TYPE_CHECKING:
    from pathlib import Path

    from convlens.workflows.auditing import Audit
    from convlens.workflows.one_image import OneImage

FIRST_FLIP = "median_first_flip_px"
NUMBERS = {
    "clean": "right, not moved",
    "mean": "right, mean over all shifts",
    "lowest": "right at the worst shift",
    "right_everywhere": "right at every shift",
    "unchanged_everywhere": "same answer at every shift",
    "pair_consistency": "same answer at two random shifts",
    "consistency_to_origin": "same answer as not moved",
    "fidelity": "same answer as not moved, and right",
    "flip_probability": "another answer one pixel on",
    "area_under_curve": "right within r px, mean over r",
    FIRST_FLIP: "half of the answers flip within",
}
"""What the numbers of an audit of shifts are called."""

LIKELY = 12
"""So many classes are shown of one picture, the likeliest."""


def audit(result: "Audit") -> None:
    """Print an audit: the numbers for the whole, the map of accuracies or unchanged answers, and why answers flip."""
    values = result.result
    protocol, ends, radius = values["protocol"], values["intervals"], values["protocol"]["radius"]
    line(
        f"{values['subject']} ({values['weights']}): {protocol['count']:,} pictures of "
        f"{source_in_words(protocol['data'], protocol['split'])}, moved by up to {radius} px each way, "
        f"border {protocol['border']}"
    )
    rows = [
        (NUMBERS[key], percent(values[key], *ends[key])) for key in NUMBERS if key in ends and not key.endswith("_px")
    ]
    if "lowest_at" in values:
        at = f"{values['lowest_at']['dx']:+d}, {values['lowest_at']['dy']:+d}"
        named = NUMBERS["lowest"]
        rows = [(f"{name} ({at} px)" if name == named else name, share) for name, share in rows]
    if FIRST_FLIP in ends:
        found = (values[FIRST_FLIP], *ends[FIRST_FLIP])
        value, low, high = (f">{radius}" if one is None else f"{one:g}" for one in found)
        rows.append((NUMBERS[FIRST_FLIP], f"{value} px ({low}–{high})"))
    as_grid(("share of pictures", "95 % interval"), rows)
    line()
    shown, words = ("accuracy", "accuracy") if "lowest_at" in values else ("unchanged", "same answer as not moved,")
    line(f"{words} in %, moved right (→) and down (↓) by … px")
    by_place = {(cell["dx"], cell["dy"]): f"{100 * cell[shown]:.0f}" for cell in values["cells"]}
    _plane(radius, lambda dx, dy: by_place[dx, dy], _whole(result.saved, "map-"))
    line("the interval of every cell stands in the CSV and JSON files, and on the page that `convlens report` writes")
    if values.get("causes"):
        line()
        causes(values["causes"])
    wrote(result.saved)


def one_image(result: "OneImage") -> None:
    """Print what is said to one picture: the probabilities sideways, then the winning class over both axes."""
    from convlens.report.words import short_names

    truly = "" if result.true is None else f", truly {result.true!r}"
    line(f"{result.subject}: picture {result.number}{truly}, border {result.border}")
    line("probability of each class in %, moved right by … px")
    columns: Any = result.table.columns
    classes = list(columns)[2:]
    likely = sorted(classes, key=lambda name: max(columns[name]), reverse=True)[:LIKELY]
    shown = [name for name in classes if name in likely]
    rows = [
        (row["dx"], row["answer"], *(f"{100 * float(row[name] or 0):.1f}" for name in shown))
        for row in result.table.rows()
    ]
    won = dict.fromkeys(name for row in result.winners for name in row)
    named = list(dict.fromkeys((*won, *shown)))
    short = dict(zip(named, short_names(named), strict=True))
    if _fits(("px", "answer", *shown), rows):
        as_grid(("px", "answer", *shown), rows)
    else:
        as_grid(("px", "is", *(short[name] for name in shown)), [(px, short[is_], *more) for px, is_, *more in rows])
        line(", ".join(f"{short[name]} {name}" for name in dict.fromkeys((*shown, *(row[1] for row in rows)))))
    if len(shown) < len(classes):
        line(f"the likeliest {len(shown)} of {len(classes)} classes; --json has all")
    line()
    line("the winning class, moved right (→) and down (↓) by … px")
    winner = result.winners
    drawn = next((path for path in result.saved if path.name.endswith("-winners.svg")), None)
    _plane(result.radius, lambda dx, dy: short[winner[result.radius + dy][result.radius + dx]], drawn)
    counts = {name: sum(row.count(name) for row in result.winners) for name in won}
    line(", ".join(f"{short[name]} {name} ({counts[name]})" for name in won))
    flips = f"no flip within {result.radius} px" if result.first_flip_px is None else f"{result.first_flip_px} px"
    line(f"first flip at {flips}" if result.first_flip_px is not None else flips)
    wrote(result.saved)
    for sentence in result.notes:
        note(f"note: {sentence}")


def _plane(radius: int, cell: Callable[[int, int], str], drawn: "Path | None") -> None:
    """Print a value for each shift, moved right along a row and down along a column, as far out as there is room.

    Args:
        drawn: the whole map as a figure.
    """
    for shown in range(radius, -1, -1):
        steps = range(-shown, shown + 1)
        heads, rows = ("px", *map(str, steps)), [(str(dy), *(cell(dx, dy) for dx in steps)) for dy in steps]
        gap = next((gap for gap in (GAP, 1) if _fits(heads, rows, gap)), None)
        if gap is not None:
            break
    as_grid(heads, rows, gap or 1)
    if shown < radius:
        where = f"{drawn} draws" if drawn is not None else "--json has"
        line(f"the terminal has room for moves of up to {shown} px; {where} all of them, up to {radius} px")


def _fits(heads: Sequence[str], rows: Sequence[Sequence[object]], gap: int = GAP) -> bool:
    """Say whether a table of texts fits into the terminal as it is."""
    space = room()
    return space is None or natural_width(heads, [[str(value) for value in row] for row in rows], gap) <= space


def _whole(saved: "Sequence[Path]", start: str) -> "Path | None":
    """Find the first figure of an audit whose name begins so."""
    return next((figure for path in saved for figure in sorted(path.glob(f"{start}*.svg"))), None)
