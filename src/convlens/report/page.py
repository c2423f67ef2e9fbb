"""One self-contained HTML page from a report: styles, script, figures, pictures and numbers all inside."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from convlens.report import figures, findings, words
from convlens.report.content import Filmstrip, ModelReport, Proportion, Report
from convlens.report.island import island
from convlens.report.pictures import picture

MEASURES = {
    "clean": "not moved",
    "mean": "mean over all shifts",
    "lowest": "lowest shift",
    "right_everywhere": "right at every shift",
    "unchanged_everywhere": "same answer at every shift",
}
"""The audit's measures in the order of the table, with the words of its head."""

MANY_CLASSES = 16
"""From here on a confusion map takes the whole width of the page."""


def page(report: Report) -> str:
    """Give the page as HTML text; the same report gives the same text.

    It asks for nothing from outside, and everything but the pointing at cells works without its script.
    """
    audited = [(number, model) for number, model in enumerate(report.models) if model.cells]
    return (
        _environment()
        .get_template("report.html")
        .render(
            report=report,
            measures=_measures(report),
            maps=[_shift_map(number, model) for number, model in audited],
            lines=_lines(report),
            scale=figures.accuracy_scale(),
            strips=list(_strips(report)),
            models=[_model(report, number) for number in range(len(report.models))],
            island=island(report),
        )
    )


@dataclass(frozen=True)
class Drawn:
    """A figure on the page: its heading, its markup and the sentence below it."""

    name: str
    svg: str
    caption: str
    wide: bool = False


@dataclass(frozen=True)
class Answer:
    """What a network says to one moved picture."""

    name: str
    right: bool
    share: str


@dataclass(frozen=True)
class Strip:
    """One picture moved under one border rule, and every network's answers to it."""

    border: str
    rule: str
    true_class: str
    offsets: tuple[int, ...]
    pictures: tuple[str, ...]
    side: int
    answers: tuple[tuple[str, tuple[Answer, ...]], ...]
    maps: tuple[Drawn, ...]


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("convlens.report", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(
        percent=words.percent, interval=words.interval, signed=words.signed, grouped=lambda count: f"{count:,}"
    )
    environment.globals["moved"] = words.moved
    return environment


def _measures(report: Report) -> list[tuple[str, str, list[Proportion | None]]]:
    """Give the columns of the table of models: those that at least one model has."""
    columns: list[tuple[str, str, list[Proportion | None]]] = [
        ("accuracy", "whole test set", [model.accuracy for model in report.models])
    ]
    columns += [(key, head, [model.measures.get(key) for model in report.models]) for key, head in MEASURES.items()]
    return [column for column in columns if any(column[2])]


def _shift_map(number: int, model: ModelReport) -> tuple[int, Drawn]:
    assert model.cells, "only audited models have a map"
    lowest = model.lowest_at or findings.lowest_cell(model.cells)
    svg = figures.shift_map(model.cells, lowest_at=lowest, key=f"shifts-{number}")
    return number, Drawn(model.name, svg, findings.cells_in_words(model.cells, lowest))


def _lines(report: Report) -> Drawn | None:
    """Draw the sideways line of every audited model; one shift alone makes no line."""
    audits = {
        model.name: model.cells
        for model in report.models
        if model.cells and sum(row["dy"] == 0 for row in model.cells.rows()) > 1
    }
    if not audits:
        return None
    return Drawn("Sideways", figures.shift_lines(audits, key="lines"), findings.lines_in_words(audits))


def _strips(report: Report) -> Iterator[Strip]:
    """Put the networks that saw the same moved picture together."""
    groups: dict[tuple[object, ...], list[tuple[ModelReport, Filmstrip]]] = {}
    for model in report.models:
        for strip in model.filmstrips:
            same = (strip.border, strip.offsets, strip.true_label, strip.images.shape, strip.images.tobytes())
            groups.setdefault(same, []).append((model, strip))
    for number, members in enumerate(groups.values()):
        first = members[0][1]
        yield Strip(
            border=first.border,
            rule=words.BORDERS.get(first.border, ""),
            true_class=report.class_names[first.true_label],
            offsets=first.offsets,
            pictures=tuple(picture(image) for image in first.images),
            side=max(first.images.shape[1:3]),
            answers=tuple((model.name, _answers(strip, report)) for model, strip in members),
            maps=tuple(
                Drawn(
                    model.name,
                    figures.probability_map(strip, report.class_names, key=f"strip-{number}-{place}"),
                    findings.strip_in_words(strip, report.class_names),
                )
                for place, (model, strip) in enumerate(members)
            ),
        )


def _answers(strip: Filmstrip, report: Report) -> tuple[Answer, ...]:
    winners = strip.probabilities.argmax(axis=1).tolist()
    return tuple(
        Answer(report.class_names[winner], winner == strip.true_label, words.percent(float(row[winner]), 0))
        for winner, row in zip(winners, strip.probabilities, strict=True)
    )


def _model(report: Report, number: int) -> tuple[ModelReport, list[Drawn]]:
    """Draw the figures that belong to one model alone."""
    model, drawn = report.models[number], []
    if model.history:
        svg = figures.curves(model.history, measured_on=model.measured_on, key=f"curves-{number}")
        drawn.append(Drawn("Training", svg, findings.history_in_words(model.history, model.measured_on)))
    if model.confusion is not None:
        svg = figures.confusion_map(model.confusion, report.class_names, key=f"confusion-{number}")
        said = findings.confusion_in_words(model.confusion, report.class_names)
        wide = len(report.class_names) >= MANY_CLASSES
        drawn.append(Drawn("What is taken for what", svg, said, wide))
    return model, drawn
