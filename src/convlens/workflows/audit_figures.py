"""The figures of an audit as files that stand alone, beside its numbers."""

from collections.abc import Iterator
from pathlib import Path

from convlens.files import write_text
from convlens.report import figures
from convlens.report.captioned import Words, captioned
from convlens.report.content import ModelReport
from convlens.report.findings.moves import mapped
from convlens.report.svg import alone
from convlens.workflows.audit_files import SPATIAL
from convlens.workflows.audited import Json, ladder, of_audit, severity
from convlens.workflows.figure_words import of_change, of_ladder, of_shifts


def figures_of(result: Json) -> dict[str, str]:
    """Give the figures of one audit, ready to be written: the end of each file's name, and its SVG.

    Args:
        result: as JSON: an audit over shifts, of another change, or a ladder of remedies; what it lacks is not drawn.
    """
    if "ladder" in result:
        climbed = ladder(result)
        return {} if climbed is None else {"ladder.svg": _alone(figures.rungs(climbed), of_ladder(result))}
    if "change" in result:
        if result["change"] == SPATIAL:
            return {}
        return {"curve.svg": _alone(figures.severity_curve({result["subject"]: severity(result)}), of_change(result))}
    model = ModelReport(result["subject"], **of_audit(result))
    return {f"{name}.svg": _alone(drawn, of_shifts(name, result)) for name, drawn in _drawn(model)}


def write_figures(folder: Path, result: Json) -> Path:
    """Write the figures of one audit into a folder of their own; what it no longer says is taken away."""
    drawn = figures_of(result)
    for old in folder.glob("*.svg"):
        if old.name not in drawn:
            old.unlink()
    for name, svg in drawn.items():
        write_text(folder / name, svg)
    return folder


def _alone(svg: str, words: Words) -> str:
    return alone(captioned(svg, words))


def _drawn(model: ModelReport) -> Iterator[tuple[str, str]]:
    """Draw everything for which there are data."""
    assert model.cells is not None, "an audit over shifts has cells"
    for column in mapped(model.cells):
        lowest = model.lowest_at if column == "accuracy" else None
        yield f"map-{column.replace('_', '-')}", figures.shift_map(model.cells, column=column, lowest_at=lowest)
    if model.rings:
        rings = {model.name: model.rings}
        for column, name in (("right_within", "right-within"), ("unflipped", "unflipped-within")):
            if column in model.rings.columns:
                yield name, figures.within(rings, column=column)
        if "margin_drift" in model.rings.columns:
            yield "margin-drift", figures.drift(rings)
    if model.classes:
        yield "classes", figures.class_flips(model.classes)
    if model.directions:
        yield "directions", figures.sides({model.name: model.directions})
    if model.phases:
        yield "phases", figures.phases({model.name: model.phases})
    if model.causes:
        yield "causes", figures.cause_rates(model.causes)
        if model.causes.outcomes:
            yield "causes-together", figures.outcomes(model.causes)
