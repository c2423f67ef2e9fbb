"""What the ladder of remedies shows, in words."""

from convlens.report.content import Ladder
from convlens.report.findings.numbers import share


def ladder_in_words(ladder: Ladder) -> str:
    """Say for each rung how many pictures are right as they are and at every shift."""
    said = []
    for rung in ladder.rungs:
        parts = [
            f"{words} {share(rung.measures[name])}"
            for name, words in (("clean", "as they are"), ("right_everywhere", "at every shift"))
            if name in rung.measures
        ]
        said.append(f"{rung.name}: {', '.join(parts) or rung.why_not or 'not measured'}.")
    return f"Right answers. {' '.join(said)}"


def gain_in_words(ladder: Ladder) -> str:
    """Hold the rung to ship against the first one; where that is the first, the one that is right everywhere most."""
    measured = [rung for rung in ladder.rungs if "right_everywhere" in rung.measures]
    if not measured:
        return "No rung was measured."
    first = measured[0]
    chosen = next((rung for rung in measured if rung.ship and rung is not first), None)
    best = chosen or max(measured, key=lambda rung: rung.measures["right_everywhere"].value)
    said = f"Right at every shift: {first.name} {share(first.measures['right_everywhere'])}"
    if best is first:
        return f"{said}."
    return f"{said}, {best.name} {share(best.measures['right_everywhere'])}."
