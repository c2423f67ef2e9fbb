"""Layers that drop the last rows or columns of a map whose size does not fit their stride."""

from collections.abc import Iterator, Sequence

from convlens.explain.doctor.dropping import Dropping, droppings, in_words
from convlens.explain.doctor.finding import Finding, NotChecked, Recheck
from convlens.explain.doctor.mending import (
    Mend,
    best,
    by_hand,
    larger_pictures,
    one_more_around,
    padding_of_convolutions,
    rounding_up,
)
from convlens.explain.doctor.patient import Patient
from convlens.explain.doctor.registry import finding
from convlens.explain.words import layer as named

KIND = "dropped-rows"


@finding(KIND)
def dropped_rows(patient: Patient) -> Sequence[Finding] | NotChecked:
    """Find the layers where the division by the stride leaves a remainder."""
    return tuple(_told(patient, one) for one in droppings(patient.recording) if sum(one.last))


def dropped(patient: Patient, layer: str) -> int:
    """Count the last rows and columns that a layer drops."""
    return sum(sum(one.last) for one in droppings(patient.recording) if one.layer == layer)


def _told(patient: Patient, one: Dropping) -> Finding:
    count = sum(one.last)
    (rows, columns), (height, width) = one.last, one.size
    parts = [f"{number} {name}{'s' if number > 1 else ''}" for number, name in ((rows, "row"), (columns, "column"))]
    lost = " and ".join(part for part, number in zip(parts, one.last, strict=True) if number)
    evidence = f"{in_words(one)}: the last {lost} of its {height}×{width} map are dropped"
    helps = best(patient, _mends(patient, one), lambda again: dropped(again, one.layer), count)
    if helps is None:
        remedy = (
            f"let the map before {named(one.layer)} have a size that its stride divides: pad it, or take other pictures"
        )
        return Finding(KIND, count, one.layer, evidence, remedy, by_hand(KIND))
    mend, left = helps
    recheck = Recheck(left, f"with {mend.words}, on a copy: {named(one.layer)} drops {left} rows and columns")
    return Finding(KIND, count, one.layer, evidence, f"{mend.words}, then train again", recheck)


def _mends(patient: Patient, one: Dropping) -> Iterator[Mend]:
    own = rounding_up(patient.module, [one.module]) or one_more_around(
        one.module, patient.module.get_submodule(one.module)
    )
    padded = padding_of_convolutions(patient.module)
    yield from (mend for mend in (own, padded) if mend is not None)
    yield from larger_pictures(patient.input_shape)
