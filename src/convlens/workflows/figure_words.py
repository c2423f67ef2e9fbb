"""What the figures of an audit say around themselves where they stand alone, as files."""

from collections.abc import Mapping
from typing import Any, Literal

from convlens.report.captioned import Words
from convlens.report.figures import accuracy_scale
from convlens.report.findings.changes import lines_in_words
from convlens.report.findings.moves import MAPPED
from convlens.workflows.audited import severity

Json = Mapping[str, Any]

BAND = "Band: 95 % interval."
BARS = "Bars: 95 % intervals."
NOTES = {
    "right-within": ("Right at every shift within r pixels", f"{BAND} Dashed: one half."),
    "unflipped-within": ("The same answer at every shift within r pixels", f"{BAND} Dashed: one half."),
    "margin-drift": ("How the answer's lead over the next class changes with the distance", BAND),
    "classes": ("Which pictures flip, and to what", BARS),
    "directions": ("Differences of accuracy between moves, in points", BARS),
    "phases": ("Accuracy at even and odd moves", BARS),
    "causes": ("How often each test of a cause is positive", f"{BARS} The number on the right: the excess."),
    "causes-together": ("Flips by what the tests of causes say together", BARS),
}
"""The title of each figure of an audit over shifts but the maps, and how it is read."""


def of_shifts(name: str, result: Json) -> Words:
    """Give the words of a figure of an audit over shifts, by its name."""
    column = name.removeprefix("map-").replace("-", "_")
    if column in MAPPED:
        lowest = "solid frame: not moved; dashed frame: the lowest."
        return Words(
            f"{MAPPED[column]} at every shift, %", _made(result), f"Colours: 0–100 %; {lowest}", accuracy_scale()
        )
    title, notes = NOTES[name]
    return Words(title, _made(result), notes)


def of_change(result: Json) -> Words:
    """Give the words of the curve of a change."""
    found = severity(result)
    share = "Right answers" if found.labelled else "Same answers"
    return Words(f"{share} against {found.name}", _made(result), f"{BAND} {lines_in_words([found])}")


def of_ladder(result: Json) -> Words:
    """Give the words of a ladder of remedies."""
    return Words("Each rung of the ladder of remedies", _made(result), BARS)


def of_picture(kind: Literal["probabilities", "winners"], made: str, true: str | None) -> Words:
    """Give the words of a figure of one moved picture.

    Args:
        made: whose answers, which picture, and how it is moved.
        true: its class; None where nobody knows it: the answer to the unmoved picture stands in its place.
    """
    marked = "the answer to the unmoved picture" if true is None else f"the true class, {true}"
    if kind == "probabilities":
        notes = f"Frame: the answer. Bar and bold letters: {marked}."
        return Words("Probability of each class when the picture moves sideways, %", made, notes)
    return Words("The answer at every shift", made, f"Plain cells: {marked}. Frame: not moved.")


def _made(result: Json) -> str:
    """Say of which network, on which pictures and under which border rule; what is not known is left out."""
    told, protocol = [str(result.get("subject", ""))], result.get("protocol") or {}
    if "count" in protocol:
        told.append(f"{protocol['count']:,} pictures of {protocol['data']}, {protocol['split']} split")
    if "radius" in protocol:
        told.append(f"moved by up to {protocol['radius']} px each way")
    if protocol.get("border"):
        blank = f" (grey level {protocol['fill']})" if protocol["border"] in ("zeros", "canvas") else ""
        told.append(f"border {protocol['border']}{blank}")
    return "; ".join(filter(None, told))
