"""The audit's story in sections: how far the pictures may move, where the answers break, why, and what mends it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from convlens.report import figures, views
from convlens.report.blocks import Drawn, Group, Section
from convlens.report.content import Cause, Causes, Report, Severity
from convlens.report.figures.distance import WITHIN
from convlens.report.findings import causes as why
from convlens.report.findings import changes, flips, moves, remedies
from convlens.report.measures import MEANINGS
from convlens.report.plate_markup import group
from convlens.report.plates import within_size
from convlens.report.saliency import maps_groups
from convlens.tables import Table

PHASE = (
    "Above 0, more pictures are right in the first of the two. A network that halves its maps sees a picture moved by "
    "an even number of pixels as the same one in another place, but one moved by an odd number through other pixels: a "
    "difference between odd and even moves, the distance taken into account, is the mark of that stride phase. A "
    "difference is called one where its test shows it too, adjusted for having looked at all pairs (Holm)."
)
TESTS = (
    "A flip is a picture at a shift where the answer is another than unmoved. Each test changes one thing alone and "
    "asks whether that explains the flip. On fragile pictures any change may alter the answer, so the same test runs "
    "on as many answers that held: what points to a cause is the excess over these."
)
PAIRED = (
    "The same pictures at the same shifts, compared picture by picture. Where an interval holds 0, no difference is "
    "shown."
)
BANDS = "Bands are Wilson 95 % intervals."
MOST_BYTES = 800_000
"""So much of a page may be taken by what is seen inside the networks."""


def story(report: Report) -> Iterator[Section]:
    """Give the sections for which there are data, in the order in which they are read."""
    for section in (_how_far(report), _who_holds(report), _where(report), _why(report), _mended(report)):
        if section is not None:
            yield section


def other_changes(report: Report) -> Section | None:
    """Give the section on what else than a shift was tried."""
    names = dict.fromkeys(one.change for model in report.models for one in model.severities)
    curves = [
        {model.name: one for model in report.models for one in model.severities if one.change == name} for name in names
    ]
    groups = []
    if curves:
        legend = figures.legend(_names(report), key="changes-key") if len(report.models) > 1 else ""
        drawn = tuple(_severity(number, networks, _names(report)) for number, networks in enumerate(curves))
        lines = changes.lines_in_words([one for model in report.models for one in model.severities])
        groups.append(Group(said=(f"{BANDS} {lines}",), figures=drawn, room="small", legend=legend))
    attacked = {model.name: model.spatial for model in report.models if model.spatial}
    if attacked:
        said = changes.spatial_in_words(attacked)
        groups.append(Group("Moves and turns together", (said,), table=views.spatial(attacked)))
    return Section("changes", "When something else changes", (), tuple(groups)) if groups else None


def inside(report: Report) -> Section | None:
    """Give the section on what the layers, filters and units of the networks answer to pictures.

    Only so much of it that the page stays within its size; what is left out lies in the run's folder.
    """
    shown = [model for model in report.models if model.inside or model.saliency]
    groups: list[Group] = []
    for number, model in enumerate(shown):
        kept, left_out = within_size(model.inside, MOST_BYTES // len(shown))
        found = [group(exhibit) for exhibit in kept]
        found += maps_groups(model.saliency, key=f"saliency-{number}")
        if len(report.models) > 1:
            found = [replace(one, title=f"{model.name}: {one.title}") for one in found]
        groups += found
        if left_out:
            groups.append(Group(said=(f"{left_out} more figures lie in the folder `explain` of {model.name}.",)))
    return Section("inside", "See inside", (), tuple(groups)) if groups else None


def _how_far(report: Report) -> Section | None:
    rings = _having(report, "rings")
    if not rings:
        return None
    said = [
        moves.first_flip_in_words(model.name, model.first_flip, int(model.rings["radius"][-1] or 0))
        for model in report.models
        if model.rings and model.first_flip
    ]
    drawn = []
    for column, name in (("right_within", "Right within r pixels"), ("unflipped", "Unflipped within r pixels")):
        known = {network: table for network, table in rings.items() if column in table.columns}
        if known:
            svg = figures.within(known, column=column, order=_names(report), key=f"within-{column}")
            view = views.by_network(f"{WITHIN[column]}, with 95 % intervals", "r, px", known, "radius", column)
            drawn.append(Drawn(name, svg, moves.within_in_words(known, column), table=view))
    drifting = {network: table for network, table in rings.items() if "margin_drift" in table.columns}
    if drifting:
        caption = f"{moves.drift_in_words(drifting)} Each network's logits have their own scale."
        drawn.append(
            Drawn(
                "How the answer's lead changes",
                figures.drift(drifting, order=_names(report)),
                caption,
                table=views.drift(drifting),
            )
        )
    return Section("distance", "How far may it move?", tuple(said), (Group(figures=tuple(drawn)),))


def _who_holds(report: Report) -> Section | None:
    if not report.comparison:
        return None
    drawn = tuple(
        Drawn(
            MEANINGS[measure][0].capitalize(),
            figures.differences(table, key=f"difference-{measure}"),
            flips.comparison_in_words(table),
            table=views.differences("Differences with 95 % intervals", "pair", {"difference": table}, "name"),
        )
        for measure, table in report.comparison.items()
    )
    return Section("comparison", "Which network holds better?", (*report.ranking, PAIRED), (Group(figures=drawn),))


def _where(report: Report) -> Section | None:
    groups = []
    classes = [(number, model, model.classes) for number, model in enumerate(report.models) if model.classes]
    if classes:
        drawn = tuple(
            Drawn(
                model.name,
                figures.class_flips(table, key=f"classes-{number}"),
                flips.classes_in_words(table),
                table=views.classes(model.name, table),
            )
            for number, model, table in classes
        )
        groups.append(Group("Which pictures flip, and to what", figures=drawn))
    drawn = tuple(_sides(report))
    if drawn:
        groups.append(Group("Which way, and by odd or even steps", (PHASE,), figures=drawn))
    return Section("where", "Where it breaks", (), tuple(groups)) if groups else None


def _sides(report: Report) -> Iterator[Drawn]:
    directions, phases = _having(report, "directions"), _having(report, "phases")
    if directions:
        view = views.differences("Differences of accuracy with 95 % intervals", "pair", directions, "pair")
        yield Drawn(
            "Differences", figures.sides(directions, order=_names(report)), flips.sides_in_words(directions), table=view
        )
    if phases:
        view = views.by_network("Accuracy with 95 % intervals", "moves", phases, "phase", "accuracy", "")
        said = f"{flips.phases_in_words(phases)} The four kinds of moves also differ in their distance."
        yield Drawn("Accuracy at even and odd moves", figures.phases(phases, order=_names(report)), said, table=view)


def _why(report: Report) -> Section | None:
    known = [(number, model.name, model.causes) for number, model in enumerate(report.models) if model.causes]
    if not known:
        return None
    explained = {test.name: test for _, _, causes in known for test in causes.tests}
    groups = [Group("The tests", points=tuple(map(_explained, explained.values())))]
    for number, name, causes in known:
        said = (why.summary_in_words(causes),)
        found = tuple((test.name, f"{_capital(why.found_in_words(test))}.") for test in causes.tests)
        groups.append(Group(name, said, found, tuple(_causes(number, name, causes))))
    return Section("why", "Why it breaks", (TESTS,), tuple(groups))


def _explained(test: Cause) -> tuple[str, str]:
    return test.name, " ".join(filter(None, (test.meaning and f"{_capital(test.meaning)}.", test.definition)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _causes(number: int, name: str, causes: Causes) -> Iterator[Drawn]:
    said = f"{causes.pairs:,} of {causes.flips:,} flips, and {causes.controls:,} answers that held."
    svg = figures.cause_rates(causes, key=f"causes-{number}")
    yield Drawn("Each test on flips and on answers that held", svg, said, table=views.causes(name, causes))
    if causes.outcomes:
        svg = figures.outcomes(causes, key=f"outcomes-{number}")
        yield Drawn("All tests together", svg, why.outcomes_in_words(causes), table=views.outcomes(name, causes))


def _mended(report: Report) -> Section | None:
    ladder = report.ladder
    if ladder is None:
        return None
    drawn = Drawn("Right at every shift, and right as they are", figures.rungs(ladder), remedies.gain_in_words(ladder))
    return Section("mended", "What mends it", ladder.advice, (Group(figures=(drawn,), table=views.ladder(ladder)),))


def _severity(number: int, networks: Mapping[str, Severity], order: Sequence[str]) -> Drawn:
    svg = figures.severity_curve(networks, order=order, key=f"change-{number}")
    first = next(iter(networks.values()))
    said = f"{first.summary} {changes.curve_in_words(networks)}".strip()
    return Drawn(_capital(first.name), svg, said, table=views.severity(networks))


def _names(report: Report) -> list[str]:
    return [model.name for model in report.models]


def _having(report: Report, part: str) -> dict[str, Table]:
    """Give one part of all networks that have it, by name."""
    return {model.name: table for model in report.models if (table := getattr(model, part))}
