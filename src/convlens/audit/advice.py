"""Which rung of a ladder of remedies to ship, from how each one answered the same images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from convlens.arrays import Mask
from convlens.audit.paired import mcnemar
from convlens.audit.ranking import LEVEL, spelled
from convlens.audit.significance import holm
from convlens.errors import SettingsError, ShapeError

CLEAN_LOSS = 0.01
"""What a remedy may cost on unmoved images: one point of accuracy."""


@dataclass(frozen=True, eq=False)
class Rung:
    """How a network of the ladder answered.

    Attributes:
        clean: which images it answers rightly as they are.
        everywhere: which it answers rightly at every shift.
    """

    name: str
    clean: Mask
    everywhere: Mask


@dataclass(frozen=True)
class Advice:
    """The rung to ship, and why in whole sentences."""

    ship: str
    why: tuple[str, ...]


def advice(ladder: Sequence[Rung], *, clean_loss: float = CLEAN_LOSS) -> Advice:
    """Choose the rung that answers most images rightly at every shift, among those that cost little on unmoved ones.

    Where no difference from a simpler rung is shown (McNemar's exact test of being right at every shift, adjusted by
    Holm for all simpler ones), the simplest such rung is chosen.

    Args:
        ladder: from the simplest rung to the most elaborate; the first is the network as it was.
        clean_loss: how much of the first rung's accuracy on unmoved images may be lost.

    Raises:
        SettingsError: there are no rungs, or two have one name.
        ShapeError: they were not shown equally many images.
    """
    _require_same_images(ladder)
    count = len(ladder[0].clean)
    allowed = [one for one in ladder if _loss(ladder, one) <= clean_loss + 1e-9]
    best = max(allowed, key=lambda one: int(one.everywhere.sum()))  # the first of equals, which is the simplest
    simpler = allowed[: allowed.index(best)]
    tests = [mcnemar(best.everywhere, one.everywhere).p for one in simpler]
    adjusted = dict(zip(simpler, holm(np.array(tests, np.float64)).tolist(), strict=True))
    level = next((one for one in simpler if adjusted[one] > LEVEL), best)
    first = ladder[0]
    if len(ladder) == 1:
        why = [f"{first.name} is all that was audited so far: there is no remedy yet to hold against it."]
    elif level is first:
        why = [f"Keep {first.name}: no remedy was shown to be better without losing more than {_points(clean_loss)}."]
    else:
        shares = f"{_percent(level.everywhere)} of {count:,} pictures, {first.name} for {_percent(first.everywhere)}"
        why = [f"Ship {level.name}: it is right at every shift for {shares}; {_change(_loss(ladder, level))}."]
    if level is not best:
        why.append(
            f"{best.name} has {_percent(best.everywhere)}, but no difference is shown (adjusted p "
            f"{spelled(adjusted[level])}), and {level.name} is simpler."
        )
    why += [
        f"{one.name} has {_percent(one.everywhere)}, but loses {_points(_loss(ladder, one))}, more than the "
        f"{_points(clean_loss).partition(' ')[0]} allowed."
        for one in ladder
        if one not in allowed and one.everywhere.sum() > level.everywhere.sum()
    ]
    return Advice(level.name, tuple(why))


def _loss(ladder: Sequence[Rung], one: Rung) -> float:
    return float(ladder[0].clean.mean() - one.clean.mean())


def _change(loss: float) -> str:
    if loss == 0:
        return "unmoved ones it answers as well"
    return f"it {'loses' if loss > 0 else 'gains'} {_points(abs(loss))}"


def _points(loss: float) -> str:
    return f"{100 * loss:.1f} points on unmoved pictures"


def _percent(hits: Mask) -> str:
    return f"{100 * hits.mean():.1f} %"


def _require_same_images(ladder: Sequence[Rung]) -> None:
    names = [one.name for one in ladder]
    if not names or len(set(names)) < len(names):
        raise SettingsError(f"advice wants one rung or more, each with a name of its own, got {', '.join(names)!r}")
    sizes = {len(part) for one in ladder for part in (one.clean, one.everywhere)}
    if len(sizes) > 1 or 0 in sizes:
        raise ShapeError(f"advice wants the same images for every rung, got {sorted(sizes)} of them")
