"""The page about a run, or about several side by side."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convlens.arrays import Predict
from convlens.audit.answered import unpack
from convlens.audit.comparison import compare
from convlens.audit.poses import Limits
from convlens.audit.severities import SeverityProtocol
from convlens.audit.shifts import line
from convlens.audit.spatial import SpatialProtocol
from convlens.audit.sweep import Protocol, require_comparable
from convlens.augment.geometry import translate
from convlens.data.dataset import Dataset
from convlens.errors import DataError, SettingsError
from convlens.files import read_json, write_text
from convlens.report.content import Ladder, ModelReport, Proportion, Report
from convlens.report.page import page
from convlens.report.words import interval, moved, percent
from convlens.runs.folder import Run, open_run, read_config
from convlens.tables import Table
from convlens.workflows.audit_files import SHIFTS, SPATIAL, own_audits
from convlens.workflows.audited import Json, differences, further, ladder, model_report
from convlens.workflows.changes import newest_changes
from convlens.workflows.evaluation import evaluation
from convlens.workflows.exhibits import kept_exhibits
from convlens.workflows.kept_maps import kept_maps
from convlens.workflows.pictures import for_network, held_out, pictures_for
from convlens.workflows.shifted import strip_and_board
from convlens.workflows.split_words import require_picture
from convlens.workflows.subjects import Subject, answers, trained

STRIP_RADIUS_PX = 5
LADDER = "ladder.json"
LOOKED_AT = 300
"""Among how many test pictures the one shown is chosen."""


@dataclass(frozen=True, eq=False)
class _Entry:
    """One network of the page with its pictures and the audits of its weights, the newest first."""

    subject: Subject
    run: Run
    predict: Predict
    test: Dataset
    audits: tuple[tuple[Path, Json], ...]
    changes: tuple[Json, ...]

    @property
    def audit(self) -> Json | None:
        """The newest."""
        return self.audits[0][1] if self.audits else None


@dataclass(frozen=True)
class Page:
    """A page that was written, and its first lines."""

    path: Path
    lead: tuple[str, ...]


def write_report(
    references: Sequence[str | Path],
    *,
    out: Path | str | None = None,
    image: int | None = None,
    names: Sequence[str] | None = None,
    title: str | None = None,
    notes: Sequence[str] = (),
    force: bool = True,
    model: str | None = None,
    device: str = "cpu",
) -> Page:
    """Write one self-contained HTML page about one or several runs, with the newest audit of each.

    Args:
        references: run folders, judged on the same test pictures.
        out: the file; `report.html` in the run folder for a single run.
        image: the place of the picture shown in the test split; chosen by `telling_image` when None.
        names: what to call the networks; the runs' names when None.

    Raises:
        SettingsError: the audits were made differently, or the runs answer different classes.
    """
    target = _target(references, out, force)
    entries = [_entry(reference, model, device) for reference in references]
    labels = list(names or _distinct([entry.run for entry in entries]))
    _require_same_pictures(entries)
    test = entries[0].test
    audited = {
        label: Protocol(**entry.audit["protocol"]) for label, entry in zip(labels, entries, strict=True) if entry.audit
    }
    require_comparable(audited)
    _require_comparable_changes(labels, entries)
    shown = telling_image([entry.predict for entry in entries], test) if image is None else image
    require_picture(test, shown)
    models = tuple(_model(label, entry, shown) for label, entry in zip(labels, entries, strict=True))
    compared, ranked = _comparison(labels, entries)
    chosen = "" if image is not None else ": the first that shows the difference best, not a typical one"
    moved = f"The picture moved above is number {shown:,} of the {test.split} split{chosen}."
    content = Report(
        title=title or f"{labels[0] if len(labels) == 1 else f'{len(labels)} networks'} on {test.name}",
        lead=tuple(lead_line(model) for model in models),
        class_names=test.class_names,
        models=models,
        comparison=compared,
        ranking=ranked,
        ladder=_ladder(entries),
        protocol=_protocol(next(iter(audited.values()), None), [one for entry in entries for one in entry.changes]),
        environment=_environment(entries[0].run),
        notes=(*notes, *_left_out([entry.run for entry in entries]), moved),
        made=dt.datetime.now(dt.UTC).strftime("%d %B %Y"),
    )
    write_text(target, page(content))
    return Page(target, content.lead)


def telling_image(predictors: Sequence[Predict], test: Dataset) -> int:
    """Choose the picture that shows the difference best, among the first 300 of the test split.

    Every network is right about it unmoved; moved sideways, the earlier ones err at many shifts and the last at none.
    """
    looked = test.images[:LOOKED_AT]
    labels = test.labels[:LOOKED_AT]
    steps = line(STRIP_RADIUS_PX)
    count = len(looked)
    right = np.empty((len(predictors), len(steps), count), bool)
    for cell, (dx, dy) in enumerate(zip(steps.dx, steps.dy, strict=True)):
        moved = translate(looked, np.full(count, dx), np.full(count, dy), border="zeros")
        for number, predict in enumerate(predictors):
            right[number, cell] = predict(moved).argmax(axis=1) == labels
    clean = right[:, steps.origin].all(axis=0)
    steady = np.logical_and.reduce(right, axis=1)
    wrong_moves = (~right).sum(axis=1)
    others = wrong_moves[:-1].min(axis=0) if len(predictors) > 1 else wrong_moves[0]
    mended = steady[-1] if len(predictors) > 1 else np.ones(count, bool)
    return int(np.argmax(clean * (1 + others * (1 + 100 * mended))))


def lead_line(model: ModelReport) -> str:
    """Say in one sentence what a network's audit found, or its accuracy when it was not audited."""
    found = model.measures
    if "clean" not in found:
        told = f"{model.name}: right on {_share(model.accuracy)} of the test pictures" if model.accuracy else model.name
        if "unchanged_everywhere" not in found:
            return f"{told}." if model.accuracy else told
        kept = f"the same answer at every shift for {_share(found['unchanged_everywhere'])} of the pictures audited"
        return f"{told}; {kept}." if model.accuracy else f"{told}: {kept}."
    return (
        f"{model.name}: right on {_share(found['clean'])} of the pictures as they are, on "
        f"{_share(found['lowest'])} at the worst shift ({moved(*(model.lowest_at or (0, 0)))}), "
        f"and at every shift for {_share(found['right_everywhere'])} of them."
    )


def _target(references: Sequence[str | Path], out: Path | str | None, force: bool) -> Path:
    """Say where the page goes, before anything is computed for it."""
    if out is None:
        if len(references) != 1:
            raise SettingsError("a page about several runs needs a place: give it with --to FILE")
        return open_run(Path(references[0])).report
    target = Path(out)
    if target.exists() and not force:
        raise SettingsError(f"{target} exists already; choose another name, or add --force to replace it")
    return target


def _distinct(runs: Sequence[Run]) -> list[str]:
    """Give the runs' names; their paths where two are called the same."""
    names = [run.name for run in runs]
    labels = names if len(set(names)) == len(names) else [str(run.path) for run in runs]
    if len(set(labels)) < len(labels):
        raise SettingsError(f"the same run was named twice: {', '.join(labels)}; name each once")
    return labels


def _require_same_pictures(entries: Sequence[_Entry]) -> None:
    first = entries[0]
    for entry in entries[1:]:
        if entry.test.manifest_hash != first.test.manifest_hash:
            raise SettingsError(
                f"{entry.run.name} and {first.run.name} have different test pictures, so they cannot stand "
                "side by side; report them one at a time"
            )


def _entry(reference: str | Path, model: str | None, device: str) -> _Entry:
    subject = trained(open_run(Path(reference)).path, model=model)
    assert subject.run is not None
    splits = pictures_for(subject.card, subject.settings)
    if splits.test is None and splits.validation is None:
        raise DataError(f"{splits.source!r} has no test pictures to report on")
    test = for_network(held_out(splits, "test" if splits.test is not None else "validation"), subject.card)
    audits, changes = tuple(own_audits(subject, SHIFTS)), tuple(newest_changes(subject))
    return _Entry(subject, subject.run, answers(subject, device), test, audits, changes)


def _model(name: str, entry: _Entry, shown: int) -> ModelReport:
    run = entry.run
    result = evaluation(entry.subject, entry.test, entry.predict)
    history = Table.from_csv(run.history.read_text(encoding="utf-8")) if run.history.exists() else None
    audit = entry.audit
    fill = audit["protocol"]["fill"] if audit else 0
    image, label = entry.test.images[shown], int(entry.test.labels[shown])
    drawn = [
        strip_and_board(entry.predict, image, label, radius=STRIP_RADIUS_PX, border=border, fill=fill)
        for border in ("zeros", "wrap")
    ]
    return model_report(
        name,
        audit,
        entry.changes,
        facts=_facts(entry, history),
        history=history,
        measured_on=read_config(run)["measured_on"],
        confusion=result.confusion,
        accuracy=Proportion(result.accuracy, result.low, result.high),
        filmstrips=tuple(strip for strip, _ in drawn),
        boards=tuple(board for _, board in drawn),
        others=further(one for _, one in entry.audits[1:]),
        inside=kept_exhibits(entry.subject),
        saliency=kept_maps(entry.subject),
    )


def _comparison(labels: Sequence[str], entries: Sequence[_Entry]) -> tuple[dict[str, Table], tuple[str, ...]]:
    """Compare the networks picture by picture, if all audits kept the answers; older ones did not."""
    kept = [path.with_suffix(".npz") for entry in entries for path, _ in entry.audits[:1]]
    if len(entries) < 2 or len(kept) < len(entries) or not all(path.is_file() for path in kept):
        return {}, ()
    found = compare({label: unpack(path.read_bytes(), path) for label, path in zip(labels, kept, strict=True)})
    return differences(found.to_json()), found.sentences


def _ladder(entries: Sequence[_Entry]) -> Ladder | None:
    """Read the remedies that were tried from one of these runs, or to which one of them belongs."""
    for entry in entries:
        path = entry.run.path.resolve()
        for folder in (path.with_name(f"{path.name}-hardened"), path.parent):
            if (folder / LADDER).is_file():
                content = read_json(folder / LADDER)
                known = [content["asked"]["weights_sha256"], *(one["run"] for one in content["ladder"])]
                if entry.subject.digest in known or str(path) in known:
                    return ladder(content)
    return None


def _facts(entry: _Entry, history: Table | None) -> tuple[tuple[str, str], ...]:
    subject, settings = entry.subject, entry.subject.settings
    assert settings is not None
    parameters = sum(one.numel() for one in subject.module.parameters())
    recorded = read_json(entry.run.environment)
    training = settings.training
    facts = [
        ("network", subject.card.architecture),
        ("parameters", f"{parameters:,}"),
        ("weights", subject.weights),
        ("trained on", f"{sum(recorded['data']['train'].values()):,} pictures of {entry.test.name}"),
        ("augmentation", settings.augment or "none"),
        ("recipe", settings.recipe),
        ("optimizer", f"{training.optimizer}, {training.schedule} rate {training.learning_rate:g}"),
        ("batch", f"{training.batch_size:,} pictures"),
        ("precision", training.precision),
        ("seed", str(training.seed)),
    ]
    if history is not None and len(history):
        seconds = sum(float(value or 0) for value in history["seconds"])
        facts += [("epochs", f"{len(history)} of {training.epochs}"), ("training time", f"{seconds:,.0f} s")]
    return tuple(facts)


def _protocol(protocol: Protocol | None, changes: Sequence[Json]) -> tuple[tuple[str, str], ...]:
    others = tuple(("other changes", told) for told in dict.fromkeys(map(_of_change, changes)))
    if protocol is None:
        return others
    blank = f" (grey level {protocol.fill})" if protocol.border in ("zeros", "canvas") else ""
    return (
        ("pictures", f"{protocol.count:,} of {protocol.data}, {protocol.split} split"),
        ("shifts", f"every whole-pixel shift of −{protocol.radius}…+{protocol.radius} px along both axes"),
        ("border rule", f"{protocol.border}{blank}"),
        ("pictures' hash", protocol.manifest_hash[:16]),
        *((name, str(value)) for name, value in protocol.notes.items()),
        *others,
    )


def _of_change(change: Json) -> str:
    """Say how an audit of another change was made, its pictures and what it draws."""
    found = change["protocol"]
    seed = f", seed {found['seed']}" if found.get("seed") is not None else ""
    border = f", border {found['border']}" if found.get("border") else ""
    return f"{found['count']:,} of {found['data']}, {found['split']} split{border}{seed}"


def _protocol_of(change: str, told: Json) -> SpatialProtocol | SeverityProtocol:
    """Read back how an audit of a change was made."""
    if change == SPATIAL:
        return SpatialProtocol(**{**told, "limits": Limits(**told["limits"])})
    return SeverityProtocol(**{**told, "amounts": tuple(told["amounts"])})


def _require_comparable_changes(labels: Sequence[str], entries: Sequence[_Entry]) -> None:
    """Refuse to draw the same change side by side when it was audited in different ways."""
    for change in dict.fromkeys(one["change"] for entry in entries for one in entry.changes):
        require_comparable(
            {
                label: _protocol_of(change, one["protocol"])
                for label, entry in zip(labels, entries, strict=True)
                for one in entry.changes
                if one["change"] == change
            }
        )


def _environment(run: Run) -> tuple[tuple[str, str], ...]:
    recorded = read_json(run.environment)
    packages = ", ".join(f"{name} {version}" for name, version in recorded["packages"].items())
    return (
        ("Python", recorded["python"]),
        ("system", recorded["system"]),
        ("processor", f"{recorded['machine']}, {recorded['cores']} cores, {recorded['threads']} threads"),
        ("packages", packages),
        ("precision", read_config(run)["precision_reason"]),
    )


def _left_out(runs: Sequence[Run]) -> tuple[str, ...]:
    """Give what was noted when the data were read, each sentence once."""
    return tuple(dict.fromkeys(note for run in runs for note in read_json(run.environment)["data"]["notes"]))


def _share(proportion: Proportion) -> str:
    return f"{percent(proportion.value)} ({interval(proportion)})"
