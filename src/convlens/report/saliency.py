"""The part of a page about saliency maps: a group for each picture, every map beside its checks."""

from collections.abc import Sequence

from convlens.explain.saliency.pictures import PictureMaps
from convlens.explain.saliency.results import Checked
from convlens.report import figures
from convlens.report.blocks import Drawn, Group, TableView
from convlens.report.figures.drawing import TEXT
from convlens.report.findings.saliency import CHECKS, NAMES, checked_in_words, verdict
from convlens.report.scrolling import scrolling
from convlens.report.words import percent


def maps_groups(pictures: Sequence[PictureMaps], *, key: str) -> list[Group]:
    """Give a group for each picture.

    Args:
        key: starts the ids of the figures.
    """
    return [_group(one, f"{key}-{number}", first=number == 0) for number, one in enumerate(pictures)]


def checks_table(one: PictureMaps) -> TableView:
    """Give what the checks of each map found."""
    rows = []
    for found in one.maps:
        areas, (low, high) = found.deletion.random_areas, found.randomisation.spread
        rows.append(
            (
                NAMES[found.map.method],
                f"{found.deletion.area:.3f}",
                f"{areas.mean():.3f} ({areas.min():.3f}–{areas.max():.3f})",
                f"{found.randomisation.likeness:.2f} ({low:.2f} to {high:.2f})".replace("-", "−"),
                verdict(found),
            )
        )
    heads = ("map", "deletion area", "random orders (range)", "likeness under random weights", "verdict")
    return TableView(f"Checks of the maps of {one.name}", heads, tuple(rows))


def _group(one: PictureMaps, key: str, *, first: bool) -> Group:
    said = [f"{_answer(one)}", *([CHECKS] if first else [])]
    said += [f"{NAMES.get(method, method)} is left out: {reason}." for method, reason in one.left_out]  # type: ignore[call-overload]
    drawn = tuple(
        Drawn(
            NAMES[found.map.method],
            _readable(found, figures.saliency_map(one.picture, found, one.class_name, key=f"{key}-{found.map.method}")),
            checked_in_words(found, one.class_name),
        )
        for found in one.maps
    )
    return Group(
        f"Which pixels speak for {one.class_name}: {one.name}",
        tuple(said),
        figures=drawn,
        room="broad",
        table=checks_table(one),
    )


def _readable(found: Checked, svg: str) -> str:
    return scrolling(svg, NAMES[found.map.method], float(svg.partition(' width="')[2].partition('"')[0]), TEXT)


def _answer(one: PictureMaps) -> str:
    if one.answer == one.class_name:
        return f"The network answers {one.answer}, with {percent(one.probability)}."
    return f"The network answers {one.answer}; {one.class_name}, which is explained, has {percent(one.probability)}."
