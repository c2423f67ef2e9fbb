"""One self-contained HTML page from a report: styles, script, figures, pictures and numbers all inside."""

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from jinja2 import Environment

from convlens.report import figures, views, words
from convlens.report.blocks import Drawn, TableView
from convlens.report.content import Board, Filmstrip, ModelReport, Proportion, Report
from convlens.report.environment import templates
from convlens.report.findings import learning, moves
from convlens.report.findings import pictures as seen
from convlens.report.island import island
from convlens.report.measures import MEASURES
from convlens.report.pictures import picture
from convlens.report.story import inside, other_changes, story

_BRACKETS = re.compile(r"(\([+−≥]?\d[^()]{0,30}\))")

MANY_CLASSES = 16
"""From here on a confusion map takes the whole width of the page."""

MOST_LISTED = 40
"""With more classes a confusion matrix is not given as a table too: the data on the page hold it."""


def page(report: Report) -> str:
    """Give the page as HTML text; the same report gives the same text.

    It asks for nothing from outside, and everything but the pointing at cells works without its script.
    """
    sections = list(story(report))
    return (
        _environment()
        .get_template("report.html")
        .render(
            report=report,
            measures=_measures(report),
            all_measures=_all_measures(report),
            maps=list(_maps(report)),
            shown=_shown(report),
            cells=[views.cells(model.name, model.cells) for model in report.models if model.cells],
            others=[views.others(model.name, model.others) for model in report.models if model.others],
            lines=_lines(report),
            scale=figures.accuracy_scale(),
            what=[section for section in sections if section.key in BEFORE_THE_PICTURE],
            strips=list(_strips(report)),
            why=[section for section in sections if section.key not in BEFORE_THE_PICTURE],
            changes=other_changes(report),
            inside=inside(report),
            models=[_model(report, number) for number in range(len(report.models))],
            island=island(report),
        )
    )


BEFORE_THE_PICTURE = {"distance", "comparison", "where"}
"""The sections of the story that come before the one picture; the others come after it."""


@dataclass(frozen=True)
class Maps:
    """Maps over the shifts that stand in one row: for each, which model's it is and which column it shows."""

    title: str
    figures: tuple[tuple[int, str, Drawn], ...]


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
    number: int | None
    offsets: tuple[int, ...]
    pictures: tuple[str, ...]
    side: int
    answers: tuple[tuple[str, tuple[Answer, ...]], ...]
    maps: tuple[Drawn, ...]
    boards: tuple[Drawn, ...]


@functools.cache
def _environment() -> Environment:
    environment = templates()
    environment.filters.update(
        percent=words.percent,
        interval=words.interval,
        signed=words.signed,
        grouped=lambda count: f"{count:,}",
        parts=_parts,
    )
    environment.globals["moved"] = words.moved
    return environment


def _parts(text: str) -> list[str]:
    """Split a text so that every second part is what stands in brackets after a number, to be kept in one line."""
    return _BRACKETS.split(text)


def _measures(report: Report) -> list[tuple[str, str, list[Proportion | None]]]:
    """Give the columns of the table of models: those that at least one model has.

    The accuracy on the whole test set is left out where it is that of the audit's unmoved pictures.
    """
    columns: list[tuple[str, str, list[Proportion | None]]] = []
    if any(model.accuracy and _differs(model.accuracy, model.measures.get("clean")) for model in report.models):
        columns.append(("accuracy", "whole test set", [model.accuracy for model in report.models]))
    columns += [(key, name, [model.measures.get(key) for model in report.models]) for key, name in MEASURES.items()]
    return [column for column in columns if any(column[2])]


def _differs(accuracy: Proportion, clean: Proportion | None) -> bool:
    return clean is None or accuracy.value != clean.value


def _all_measures(report: Report) -> TableView | None:
    """Give every measure with its meaning, where there are more than the table of models shows."""
    networks = {model.name: model.measures for model in report.models}
    if not any(set(found) - set(MEASURES) for found in networks.values()):
        return None
    radii = [int(model.rings["radius"][-1] or 0) for model in report.models if model.rings]
    flips = {model.name: model.first_flip for model in report.models}
    return views.measures(networks, flips, max(radii, default=None))


def _maps(report: Report) -> Iterator[Maps]:
    """Draw the maps: of one network side by side, of several in a row for each column."""
    audited = [(number, model, model.cells) for number, model in enumerate(report.models) if model.cells]
    drawn = [
        (number, column, _shift_map(number, model, column))
        for number, model, cells in audited
        for column in moves.mapped(cells)
    ]
    if len(audited) == 1 and len(drawn) > 1:
        yield Maps("", tuple((at, column, replace(one, name=moves.MAPPED[column])) for at, column, one in drawn))
        return
    columns = list(dict.fromkeys(column for _, column, _ in drawn))
    for column in columns:
        title = moves.MAPPED[column] if len(columns) > 1 else ""
        yield Maps(title, tuple(one for one in drawn if one[1] == column))


def _shown(report: Report) -> str:
    """Say what the cells of the maps are."""
    columns = {column for model in report.models if model.cells for column in moves.mapped(model.cells)}
    if columns == {"unchanged"}:
        return "the share of pictures whose answer is still the one of the unmoved picture"
    right = "the share of pictures still named rightly"
    return f"{right}, or the mean probability of the true class" if "true_probability" in columns else right


def _shift_map(number: int, model: ModelReport, column: str) -> Drawn:
    assert model.cells, "only audited models have a map"
    lowest = moves.lowest_cell(model.cells, column)
    if column == "accuracy":
        lowest = model.lowest_at or lowest
    svg = figures.shift_map(model.cells, column=column, lowest_at=lowest, key=f"{column}-{number}")
    return Drawn(model.name, svg, moves.cells_in_words(model.cells, lowest, column))


def _lines(report: Report) -> Drawn | None:
    """Draw the sideways line of every audited model; one shift alone makes no line."""
    audits = {
        model.name: model.cells
        for model in report.models
        if model.cells and "accuracy" in model.cells.columns and sum(row["dy"] == 0 for row in model.cells.rows()) > 1
    }
    if not audits:
        return None
    order = [model.name for model in report.models]
    return Drawn("Sideways", figures.shift_lines(audits, order=order, key="lines"), moves.lines_in_words(audits))


def _strips(report: Report) -> Iterator[Strip]:
    """Put the networks that saw the same moved picture together."""
    groups: dict[tuple[object, ...], list[tuple[ModelReport, Filmstrip]]] = {}
    for model in report.models:
        for strip in model.filmstrips:
            same = (strip.border, strip.offsets, strip.true_label, strip.images.shape, strip.images.tobytes())
            groups.setdefault(same, []).append((model, strip))
    order = seen.winners_of_all([board for model in report.models for board in model.boards])
    for number, members in enumerate(groups.values()):
        first = members[0][1]
        yield Strip(
            border=first.border,
            rule=words.BORDERS.get(first.border, ""),
            true_class=report.class_names[first.true_label],
            number=first.number,
            offsets=first.offsets,
            pictures=tuple(picture(image) for image in first.images),
            side=max(first.images.shape[1:3]),
            answers=tuple((model.name, _answers(strip, report)) for model, strip in members),
            maps=tuple(
                Drawn(
                    _of(model, members, "sideways"),
                    figures.probability_map(strip, report.class_names, key=f"strip-{number}-{place}"),
                    seen.strip_in_words(strip, report.class_names),
                    table=views.strip(model.name, strip, report.class_names),
                )
                for place, (model, strip) in enumerate(members)
            ),
            boards=tuple(
                Drawn(
                    _of(model, members, "along both axes"),
                    figures.winner_map(board, report.class_names, order=order, key=f"board-{number}-{place}"),
                    seen.board_in_words(board, report.class_names),
                    table=views.board(model.name, board, report.class_names),
                )
                for place, (model, _) in enumerate(members)
                for board in model.boards
                if _same(board, first)
            ),
        )


def _same(board: Board, strip: Filmstrip) -> bool:
    """Say whether both are of one picture, moved in the same way."""
    told = [(one.border, one.true_label, one.number) for one in (board, strip)]
    return told[0] == told[1] and max(board.dx) == max(strip.offsets)


def _of(model: ModelReport, members: Sequence[object], what: str) -> str:
    """Name a figure by its network where there are several, and by what it shows where there is one."""
    return f"{model.name}, {what}" if len(members) > 1 else what.capitalize()


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
        said = learning.history_in_words(model.history, model.measured_on)
        drawn.append(Drawn("Training", svg, said, table=views.history(model.history)))
    if model.confusion is not None:
        svg = figures.confusion_map(model.confusion, report.class_names, key=f"confusion-{number}")
        said = learning.confusion_in_words(model.confusion, report.class_names)
        wide = len(report.class_names) >= MANY_CLASSES
        listed = len(report.class_names) <= MOST_LISTED
        table = views.confusion(model.confusion, report.class_names) if listed else None
        drawn.append(Drawn("What is taken for what", svg, said, wide, table))
    return model, drawn
