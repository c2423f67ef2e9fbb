"""An order of several models that claims no more than was shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from convlens.audit.intervals import Estimate

LEVEL = 0.05
"""A difference is shown when its adjusted p is at most this."""


@dataclass(frozen=True)
class Rank:
    """One model's place.

    Attributes:
        value: what the order goes by.
        letters: models without a common letter were told apart, those with one were not.
        p_next: the adjusted p of the difference from the next one in the order; None for the last.
    """

    name: str
    value: Estimate
    letters: str
    p_next: float | None

    @property
    def ahead_of_next(self) -> bool:
        """Whether a difference from the next one was shown."""
        return self.p_next is not None and self.p_next <= LEVEL


def ranking(values: Mapping[str, Estimate], p: Mapping[frozenset[str], float]) -> tuple[Rank, ...]:
    """Order models from the highest value to the lowest, equal ones as they came.

    Args:
        p: the adjusted p of every pair's difference.
    """
    order = sorted(values, key=lambda name: -values[name].value)
    groups = letters(order, p)
    following = [p[frozenset(pair)] for pair in pairwise(order)]
    return tuple(
        Rank(name, values[name], groups[name], p_next) for name, p_next in zip(order, [*following, None], strict=True)
    )


def letters(order: Sequence[str], p: Mapping[frozenset[str], float]) -> dict[str, str]:
    """Give each model the letters of the groups in which nothing was told apart, "a" for the group of the first.

    All models are one group to begin with. A pair that was told apart splits every group that holds both into one
    without the first and one without the second; a group within another is dropped.

    Source: Piepho, "An algorithm for a letter-based representation of all-pairwise comparisons", Journal of
    Computational and Graphical Statistics 13 (2004), the insert-and-absorb algorithm.
    """
    groups = [frozenset(order)]
    for pair in (pair for pair, adjusted in p.items() if adjusted <= LEVEL):
        split = [part for group in groups for part in ([group - {one} for one in pair] if pair <= group else [group])]
        groups = [one for one in dict.fromkeys(split) if not any(one < other for other in split)]
    groups.sort(key=lambda group: sorted(map(order.index, group)))
    names = [_letter(place) for place in range(len(groups))]
    return {one: "".join(name for name, group in zip(names, groups, strict=True) if one in group) for one in order}


def sentences(ranks: Sequence[Rank], p: Mapping[frozenset[str], float]) -> tuple[str, ...]:
    """Say how each model stands to the next one in the order, and where two that are further apart stand otherwise.

    Args:
        p: the adjusted p of every pair's difference.
    """
    told = []
    for (start, one), (stop, other) in combinations(enumerate(ranks), 2):
        adjusted = p[frozenset((one.name, other.name))]
        if stop > start + 1 and (adjusted <= LEVEL) == any(rank.ahead_of_next for rank in ranks[start:stop]):
            continue
        if adjusted <= LEVEL:
            told.append(f"{one.name} is ahead of {other.name} (adjusted p {spelled(adjusted)}).")
        else:
            told.append(
                f"Between {one.name} and {other.name} no difference is shown (adjusted p {spelled(adjusted)}); "
                "that does not make them equal."
            )
    return tuple(told)


def spelled(p: float) -> str:
    """Write a p-value: "0.031", or "< 0.0001"."""
    return "< 0.0001" if p < 0.0001 else f"{p:.2g}"


def _letter(place: int) -> str:
    """Give "a" to "z", then "a1", "b1" and so on."""
    return f"{chr(ord('a') + place % 26)}{place // 26 or ''}"
