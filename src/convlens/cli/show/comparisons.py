"""How a comparison of audited networks looks."""

import math
from typing import TYPE_CHECKING

from convlens.cli.show.audits import NUMBERS
from convlens.cli.show.basics import as_grid, line, percent
from convlens.workflows.split_words import source_in_words

if TYPE_CHECKING:
    from convlens.audit.intervals import Estimate
    from convlens.workflows.comparing import Compared


def compared(result: "Compared") -> None:
    """Print a comparison: the numbers, the pairs with their tests and differences, then who is ahead of whom."""
    from convlens.audit.ranking import spelled

    found, protocol = result.comparison, result.comparison.protocol
    line(
        f"{protocol.count:,} pictures of {source_in_words(protocol.data, protocol.split)}, moved by up to "
        f"{protocol.radius} px, border {protocol.border}; 95 % intervals in brackets"
    )
    names, keys = tuple(found.numbers), tuple(next(iter(found.numbers.values())))
    shown = [
        (NUMBERS[key], *(_with_ends(key, found.numbers[name][key], protocol.radius) for name in names)) for key in keys
    ]
    as_grid(("", *names), shown)
    decided_on = NUMBERS[found.decided_on]
    line()
    line(f"{decided_on}, pair by pair (exact McNemar test; p adjusted by Holm for {len(found.pairs)} in all)")
    heads = ("pair", "both", "only the first", "only the second", "neither", "p", "adjusted p")
    rows = []
    for pair in found.pairs:
        test = pair.test
        counts = (test.both, test.only_one, test.only_other, test.neither)
        rows.append((f"{pair.one}, {pair.other}", *counts, spelled(test.p), spelled(pair.p_holm)))
    as_grid(heads, rows)
    for start in range(0, len(found.pairs), 3):
        some = found.pairs[start : start + 3]
        line()
        line("differences in percentage points (paired bootstrap over pictures, each interval for itself)")
        as_grid(
            ("", *(f"{pair.one} − {pair.other}" for pair in some)),
            [(NUMBERS[key], *(_points(key, pair.differences[key]) for pair in some)) for key in keys],
        )
    line()
    places = [(rank.name, _with_ends("", rank.value, protocol.radius), rank.letters) for rank in found.ranking]
    as_grid((f"ranking by: {decided_on}", "share of pictures", "group"), places)
    for sentence in found.sentences:
        line(sentence)


def _with_ends(key: str, one: "Estimate", radius: int) -> str:
    if not key.endswith("_px"):
        return percent(one.value, one.low, one.high)
    value, low, high = (f"{end:g}" if end < math.inf else f">{radius}" for end in (one.value, one.low, one.high))
    return f"{value} px ({low}–{high})"


def _points(key: str, one: "Estimate") -> str:
    if not math.isfinite(one.value):
        return "not known"
    scale, places, unit = (1, 0, " px") if key.endswith("_px") else (100, 1, "")
    ends = (one.value, one.low, one.high)
    value, low, high = (f"{scale * end:+.{places}f}" if math.isfinite(end) else "?" for end in ends)
    return f"{value}{unit} ({low} to {high})"
