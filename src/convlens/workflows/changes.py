"""How much can the picture be turned, blurred, darkened … before the answer changes?"""

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convlens.audit.changes import SEVERITIES
from convlens.audit.in_parts import Progress
from convlens.audit.poses import Limits
from convlens.audit.severities import SeverityProtocol, severities_of, severity_audit
from convlens.audit.severity_measures import to_json
from convlens.audit.spatial import SpatialProtocol, spatial_audit
from convlens.audit.spatial_measures import to_json as spatial_to_json
from convlens.data.dataset import Dataset
from convlens.errors import SettingsError, UnknownNameError
from convlens.files import sha256, write_json, write_text
from convlens.models.precision import Precision
from convlens.registry import near_names
from convlens.tables import Table
from convlens.workflows.asking import Say, asked, require_blank
from convlens.workflows.audit_figures import figures_of
from convlens.workflows.audit_files import SPATIAL, own_audits, safe_name, unfinished, whose
from convlens.workflows.auditing import blank_note
from convlens.workflows.reading import Reading
from convlens.workflows.subjects import Subject

ALL = "all"


@dataclass(frozen=True, eq=False)
class ChangeAudits:
    """What audits of some changes say.

    Attributes:
        results: one for each change, ready for JSON: its name, the protocol, cells, numbers and their intervals.
        saved: the files they were written to.
    """

    subject: Subject
    dataset: Dataset
    results: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]
    saved: tuple[Path, ...]


def severities(
    reference: str | Path,
    changes: Sequence[str] | str = ALL,
    *,
    amounts: Mapping[str, Sequence[float]] | None = None,
    border: str = "zeros",
    fill: int = 0,
    data: str | None = None,
    split: str = "test",
    take: int | None = None,
    seed: int = 0,
    model: str | None = None,
    reading: Reading | None = None,
    device: str = "cpu",
    precision: Precision = "fp32",
    to: Path | str | None = None,
    progress: Progress | None = None,
    say: Say | None = None,
) -> ChangeAudits:
    """Show every test picture to a network at every amount of some changes.

    Args:
        reference: a run folder, a weights file, a registered network, or a model from elsewhere.
        changes: names from `convlens.audit.SEVERITIES` ("motion_blur" is "motion-blur"), or "all" of them.
        amounts: those to try, by the name of the change; its own where it is not named.
        border: what comes in where a turned, scaled or sheared picture leaves a place empty.
        fill: for "zeros": its grey level, 0–255, before any normalisation.
        take: audit so many pictures, stratified and drawn with `seed`; all when None.
        seed: of that, and of what a change draws for each picture.
        to: the folder for the results; the run's own, or `audits/NAME` for what is no run, when None.
        reading: how a model from elsewhere reads its pictures; see `audit`, as for `say`.
        progress: told how many predictions are done, and of how many for all changes together.

    Raises:
        ConvlensError: the network, the pictures or the settings are not usable; the sentence says which.
    """
    chosen = changes_named([changes] if isinstance(changes, str) else changes)
    if idle := [name for name in amounts or {} if name not in chosen]:
        raise SettingsError(f"amounts are given for {', '.join(idle)}, which is not asked for")
    require_blank(border, fill)
    who = asked(
        reference, data=data, split=split, take=take, seed=seed, model=model, reading=reading, device=device,
        precision=precision, fill=fill, to=to, say=say,
    )  # fmt: skip
    subject, dataset, folder = who.subject, who.dataset, who.folder
    wanted = {name: (amounts or {}).get(name) for name in chosen}
    counts = [len(dataset) * len(severities_of(name, dataset.size, wanted[name])) for name in chosen]
    results: list[dict[str, Any]] = []
    saved: list[Path] = []
    # All parts stay until the last change is done: what is interrupted there begins with none of them anew.
    with ExitStack() as kept:
        for place, name in enumerate(chosen):
            told = (name, wanted[name], border, fill, seed, precision)
            swept = severity_audit(
                who.predict,
                dataset.images,
                dataset.labels,
                dataset.class_names,
                name,
                amounts=wanted[name],
                border=border,
                fill=fill,
                seed=seed,
                data=dataset.name,
                split=dataset.split,
                manifest_hash=dataset.manifest_hash,
                notes={"precision": precision, **subject.reading},
                tried=True,
                parts=kept.enter_context(unfinished(folder, subject, dataset, *told)),
                progress=_from(sum(counts[:place]), sum(counts), progress),
            )
            results.append(_result(subject, name, SEVERITIES[name].summary, to_json(swept, labelled=who.labelled)))
            saved += _save(folder, f"change-{name}", swept.protocol, results[-1])
    moves = any(SEVERITIES[name].moves for name in chosen)
    notes = blank_note(dataset, border, fill) if moves else ()
    return ChangeAudits(subject, dataset, tuple(results), (*who.notes, *notes), tuple(saved))


def changes_named(names: Sequence[str]) -> list[str]:
    """Give the changes that are named, each once, as they are registered; "all" stands for all of them.

    Raises:
        UnknownNameError: there is none of that name; the sentence lists all.
    """
    spelled = list(dict.fromkeys(name.replace("_", "-") for name in names))
    for name in spelled:
        if name != ALL and name not in SEVERITIES:
            raise UnknownNameError(
                f"no change is named {name!r}{near_names(name, [*SEVERITIES, SPATIAL])}; there are "
                f"{', '.join(SEVERITIES)}; {ALL!r} is all of these, and {SPATIAL!r} moves and turns at once"
            )
    return list(SEVERITIES) if ALL in spelled else spelled


def changed(reference: str | Path, changes: Sequence[str], **asked: Any) -> ChangeAudits:
    """Audit the changes that are named: those of `severities`, or "spatial" alone.

    Raises:
        SettingsError: "spatial" beside others, which say other things.
    """
    if SPATIAL not in changes:
        return severities(reference, changes, **asked)
    if len(changes) > 1:
        raise SettingsError(f"{SPATIAL!r} is audited alone, got {', '.join(changes)}; ask for the others apart")
    return spatial(reference, **asked)


def spatial(
    reference: str | Path,
    *,
    limits: Limits | None = None,
    border: str = "zeros",
    fill: int = 0,
    data: str | None = None,
    split: str = "test",
    take: int | None = None,
    seed: int = 0,
    model: str | None = None,
    reading: Reading | None = None,
    device: str = "cpu",
    precision: Precision = "fp32",
    to: Path | str | None = None,
    progress: Progress | None = None,
    say: Say | None = None,
) -> ChangeAudits:
    """Show every test picture to a network in the 775 poses of Engstrom et al. 2019, and in ten drawn ones.

    Args:
        limits: the paper's for pictures of that size when None; the other settings are those of `severities`.

    Raises:
        ConvlensError: the network, the pictures or the settings are not usable; the sentence says which.
    """
    require_blank(border, fill)
    who = asked(
        reference, data=data, split=split, take=take, seed=seed, model=model, reading=reading, device=device,
        precision=precision, fill=fill, to=to, say=say,
    )  # fmt: skip
    subject, dataset, folder = who.subject, who.dataset, who.folder
    with unfinished(folder, subject, dataset, SPATIAL, limits, border, fill, seed, precision) as parts:
        swept = spatial_audit(
            who.predict,
            dataset.images,
            dataset.labels,
            dataset.class_names,
            limits=limits,
            border=border,
            fill=fill,
            seed=seed,
            data=dataset.name,
            split=dataset.split,
            manifest_hash=dataset.manifest_hash,
            notes={"precision": precision, **subject.reading},
            tried=True,
            parts=parts,
            progress=progress,
        )
    summary = "Turn the picture about its centre and move it; the worst of all poses counts."
    result = _result(subject, SPATIAL, summary, spatial_to_json(swept, labelled=who.labelled))
    saved = _save(folder, SPATIAL, swept.protocol, result)
    return ChangeAudits(subject, dataset, (result,), (*who.notes, *blank_note(dataset, border, fill)), saved)


def newest_changes(subject: Subject) -> list[dict[str, Any]]:
    """Read the audits of these very weights that were written last, one for each change, the spatial attack at the end.

    Weights without a digest cannot be known again.
    """
    newest: dict[str, dict[str, Any]] = {}
    for _, one in own_audits(subject, "change-*.json", f"{SPATIAL}-*.json"):
        newest.setdefault(one["change"], one)
    return [newest[name] for name in sorted(newest, key=lambda name: (name == SPATIAL, name))]


def _from(before: int, total: int, progress: Progress | None) -> Progress | None:
    """Make a progress for one of several audits out of the common one, which counts what was done before."""
    if progress is None:
        return None
    common = progress
    return lambda done, _: common(before + done, total)


def _result(subject: Subject, change: str, summary: str, told: Mapping[str, Any]) -> dict[str, Any]:
    return {**whose(subject), "change": change, "summary": summary, **told}


def _save(
    folder: Path, name: str, protocol: SeverityProtocol | SpatialProtocol, result: Mapping[str, Any]
) -> tuple[Path, ...]:
    """Write an audit into a folder: all as JSON, cells as CSV, a curve; an equal protocol replaces the older one."""
    rules = [repr(getattr(protocol, one.name)) for one in dataclasses.fields(protocol) if one.compare]
    pictures = f"{protocol.data[-40:]}-{protocol.split}-{protocol.count}"
    stem = safe_name(f"{name}-{pictures}-{sha256(' '.join(rules).encode())[:8]}")
    paths = folder / f"{stem}.json", folder / f"{stem}.csv"
    write_json(paths[0], result)
    write_text(paths[1], Table.from_rows(result["cells"]).to_csv())
    if name == SPATIAL:
        return paths
    curve = folder / f"{stem}.svg"
    write_text(curve, figures_of(result)["curve.svg"])
    return (*paths, curve)
