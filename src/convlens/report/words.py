"""Numbers and shifts in words, the same on the page, in captions and in alt texts."""

from collections.abc import Sequence
from itertools import chain, count

from convlens.audit.intervals import Estimate
from convlens.report.content import Proportion, Reach

NARROW = "\u202f"
"""The space before a unit: it does not break or stretch."""

BORDERS = {
    "zeros": "blank comes in",
    "wrap": "what leaves on one side comes in on the other",
    "edge": "the outermost pixels are repeated",
    "reflect": "the picture is mirrored at its outermost pixels",
    "symmetric": "the picture is mirrored at its edge",
    "canvas": "on a bigger blank canvas, so that nothing is lost",
    "crop": "a window of a bigger picture, whose surroundings come in",
}


def percent(share: float, digits: int = 1) -> str:
    """Write a share as per cent; the space before the sign does not break or stretch."""
    return f"{100 * share:.{digits}f}\u202f%"


def interval(proportion: Proportion, digits: int = 1) -> str:
    """Write the interval of a proportion: 86.1–90.2."""
    return f"{100 * proportion.low:.{digits}f}–{100 * proportion.high:.{digits}f}"


def either(names: Sequence[str]) -> str:
    """Join names to a choice: Bag, Dress or Sneaker."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def signed(count: int) -> str:
    """Write a whole number with a true minus sign."""
    return str(count).replace("-", "−")


def number(value: float) -> str:
    """Write a number without needless digits, with a true minus sign."""
    return f"{value:.4g}".replace("-", "−") if abs(value) >= 1e-9 else "0"


def signed_number(value: float) -> str:
    """Write a difference like a number, with its sign."""
    return f"+{number(value)}" if value > 0 and number(value) != "0" else number(value)


def points(estimate: Estimate) -> str:
    """Write a difference of shares in points with its interval: −5.0 points (−5.3 to −4.7)."""
    value, low, high = (f"{100 * part:+.1f}".replace("-", "−") for part in _parts(estimate))
    return f"{value} points ({low} to {high})"


def amount(value: float, unit: str) -> str:
    """Write a number with its unit: 18°, 20 %, 2 px."""
    return f"{number(value)}{'' if unit == '°' else NARROW}{unit}"


def reach(found: Reach, largest: float, unit: str) -> str:
    """Write how far half of the answers hold: 2 px (2–3); what lies beyond the last step is "more than 5 px"."""
    if found.value is None:
        return f"more than {amount(largest, unit)}" + (
            "" if found.low is None else f" (at least {amount(found.low, unit)})"
        )
    low = number(largest if found.low is None else found.low)
    high = f"–{number(found.high)}" if found.high is not None else f" to more than {number(largest)}"
    return f"{amount(found.value, unit)} ({low}{high})"


def reach_in_short(found: Reach, largest: float, unit: str) -> str:
    """Write the same with signs in the place of words, for a table: 2 px (2–3), 4 px (3–>5), >5 px (≥4)."""
    low = "" if found.low is None else number(found.low)
    if found.value is None:
        return f">{amount(largest, unit)}" + (f" (≥{low})" if low else "")
    high = f">{number(largest)}" if found.high is None else number(found.high)
    return f"{amount(found.value, unit)} ({low}–{high})"


def differs(estimate: Estimate) -> bool:
    """Say whether the whole interval lies on one side of 0."""
    return estimate.low > 0 or estimate.high < 0


def listed(parts: Sequence[str]) -> str:
    """Join parts of a sentence: a, b and c."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def moved(dx: int, dy: int = 0) -> str:
    """Say a shift: 3 px right, 2 px up."""
    parts = [
        f"{abs(pixels)} px {(back, forth)[pixels > 0]}"
        for pixels, back, forth in ((dx, "left", "right"), (dy, "up", "down"))
        if pixels
    ]
    return ", ".join(parts) or "not moved"


def short_names(names: Sequence[str]) -> tuple[str, ...]:
    """Give each name two or three letters of its own, for the cells of a map."""
    given: list[str] = []
    for place, name in enumerate(names):
        letters = "".join(filter(str.isalnum, name)) or "?"
        numbered = (f"{letters[0]}{number}" for number in count(place))
        tries = chain((letters[:2], letters[:3], letters[0] + letters[-1]), numbered)
        given.append(next(one for one in tries if one not in given))
    return tuple(given)


def shortened(name: str, limit: int = 14) -> str:
    """Give a name on one line, cut at `limit` characters with an ellipsis."""
    line = " ".join(name.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _parts(estimate: Estimate) -> tuple[float, float, float]:
    """Give value and ends; what rounds to nothing has no sign."""
    value, low, high = (0.0 if abs(part) < 5e-4 else part for part in (estimate.value, estimate.low, estimate.high))
    return value, low, high
