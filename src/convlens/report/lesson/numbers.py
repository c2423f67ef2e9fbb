"""Numbers and sums as they stand on the page: at most six significant digits, brackets around what is below 0."""

from collections.abc import Iterable, Sequence


def told(value: float) -> str:
    """Write a number: 44, −0.5, 54.5982."""
    text = f"{value:.6g}"
    return "0" if text == "-0" else text.replace("-", "−")


def bracketed(value: float) -> str:
    """Write a number inside a sum or a product: (−3)."""
    text = told(value)
    return f"({text})" if text.startswith("−") else text


def products(pairs: Iterable[tuple[float, float]]) -> str:
    """Write a sum of products: 1·1 + 2·2 + 5·(−3)."""
    return " + ".join(f"{bracketed(one)}·{bracketed(other)}" for one, other in pairs)


def added(values: Sequence[float]) -> str:
    """Write a sum: 1 + 4 + (−15)."""
    return " + ".join(map(bracketed, values))


def span(places: Sequence[int], word: str) -> str:
    """Say which rows or columns a window lies on: rows 0 and 1, rows 0 to 2, rows 0, 2 and 4, row 3."""
    names = [told(place) for place in places]
    if len(places) == 1:
        return f"{word} {names[0]}"
    if len(places) > 2 and list(places) == list(range(places[0], places[-1] + 1)):
        return f"{word}s {names[0]} to {names[-1]}"
    return f"{word}s {', '.join(names[:-1])} and {names[-1]}"
