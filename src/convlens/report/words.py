"""Numbers and shifts in words, the same on the page, in captions and in alt texts."""

from collections.abc import Sequence

from convlens.report.content import Proportion

BORDERS = {
    "zeros": "blank comes in",
    "wrap": "what leaves on one side comes in on the other",
    "edge": "the outermost pixels are repeated",
    "reflect": "the picture is mirrored at its outermost pixels",
    "symmetric": "the picture is mirrored at its edge",
    "canvas": "on a bigger blank canvas, so that nothing is lost",
}


def percent(share: float, digits: int = 1) -> str:
    """Write a share as per cent; the space before the sign does not break or stretch."""
    return f"{100 * share:.{digits}f}\u202f%"


def interval(proportion: Proportion) -> str:
    """Write the interval of a proportion: 86.1–90.2."""
    return f"{100 * proportion.low:.1f}–{100 * proportion.high:.1f}"


def either(names: Sequence[str]) -> str:
    """Join names to a choice: Bag, Dress or Sneaker."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def signed(count: int) -> str:
    """Write a whole number with a true minus sign."""
    return str(count).replace("-", "−")


def moved(dx: int, dy: int = 0) -> str:
    """Say a shift: 3 px right, 2 px up."""
    parts = [
        f"{abs(pixels)} px {(back, forth)[pixels > 0]}"
        for pixels, back, forth in ((dx, "left", "right"), (dy, "up", "down"))
        if pixels
    ]
    return ", ".join(parts) or "not moved"


def shortened(name: str, limit: int = 14) -> str:
    """Give a name on one line, cut at `limit` characters with an ellipsis."""
    line = " ".join(name.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
