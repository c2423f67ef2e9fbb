"""How far the influence on a number reaches, in words."""

from convlens.report.words import percent

Corners = tuple[int, int, int, int]
"""First row and column, height and width."""


def influence_in_words(box: Corners, seen: Corners | None, name: str, share: float = 0.95) -> str:
    """Say how far the influence reaches, beside what can be seen at all."""
    told = f"{percent(share, 0)} of what moves {name} lies in {box[2]}×{box[3]} pixels"
    if seen is None:
        return f"{told}; how much of the picture it can see is unknown."
    return f"{told}; it can see {seen[2]}×{seen[3]}."


def influence_in_short(box: Corners, seen: Corners | None, share: float) -> str:
    """Say both sizes as a legend of the two frames."""
    told = f"solid: {percent(share, 0)} of the influence, {box[2]}×{box[3]} px"
    return told if seen is None else f"{told}; dashed: can be seen, {seen[2]}×{seen[3]} px"
