"""The page about a run, or about several side by side."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from convlens.arrays import Predict
from convlens.audit.answered import unpack
from convlens.audit.comparison import compare
from convlens.audit.shifts import line
from convlens.audit.sweep import Protocol, require_comparable
from convlens.augment.geometry import translate
from convlens.data.dataset import Dataset
from convlens.errors import SettingsError
from convlens.files import read_json, write_text
from convlens.report.content import Board, Filmstrip, Ladder, ModelReport, Proportion, Report
from convlens.report.page import page
from convlens.report.words import interval, moved, percent
from convlens.runs.folder import Run, read_config
from convlens.tables import Table
from convlens.workflows.asked_picture import MovedPicture, asked_last
from convlens.workflows.audited import Json, differences, further, ladder, model_report
from convlens.workflows.evaluation import evaluation
from convlens.workflows.reported import Network, Reported, alike, distinct_names, reported, require_same_pictures
from convlens.workflows.shifted import strip_and_board
from convlens.workflows.split_words import require_picture

STRIP_RADIUS_PX = 5
LADDER = "ladder.json"
LOOKED_AT = 300
"""Among how many test pictures the one shown is chosen."""


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
    """Write one self-contained HTML page about one or several networks, with the newest audit of each.

    Of several networks the newest audits that they have alike stand side by side.

    Args:
        references: run folders, judged on the same test pictures, or folders of audits and looks inside like
            `audits/NAME`, of which the page shows what is there.
        out: the file; `report.html` in the folder for a single one.
        image: the place of the picture shown in the test split; chosen by `telling_image` when None.
        names: what to call the networks; the runs' names when None.

    Raises:
        SettingsError: no audits are alike, or the runs are judged on different pictures.
        RunError: a folder is neither a run nor one of audits.
    """
    target = _target(references, out, force)
    entries = alike([reported(reference, model=model, device=device) for reference in references])
    labels = list(names or distinct_names(entries))
    require_same_pictures(entries)
    audited = {label: entry.audits[0].protocol for label, entry in zip(labels, entries, strict=True) if entry.audits}
    require_comparable(audited)
    _require_comparable_changes(labels, entries)
    shown, chosen = _shown_picture([entry.network for entry in entries if entry.network is not None], image)
    models = tuple(_model(label, entry, shown) for label, entry in zip(labels, entries, strict=True))
    compared, ranked = _comparison(labels, entries)
    protocol = next((one for one in audited.values() if isinstance(one, Protocol)), None)
    runs = [entry.network.run for entry in entries if entry.network is not None]
    content = Report(
        title=title or _title(labels, entries[0].data, protocol),
        lead=tuple(lead_line(model) for model in models),
        class_names=_class_names(entries),
        models=models,
        comparison=compared,
        ranking=ranked,
        ladder=_ladder(entries),
        protocol=_protocol(protocol, [one.content for entry in entries for one in entry.changes]),
        environment=_environment(runs[0]) if runs else (),
        notes=(*notes, *_left_out(runs), *chosen),
        made=dt.datetime.now(dt.UTC).strftime("%d %B %Y"),
    )
    write_text(target, page(content))
    return Page(target, content.lead)


def _title(labels: Sequence[str], data: str, protocol: Protocol | None) -> str:
    """Name the page: who, on which pictures, and on how many of them the audit rests."""
    who = f"{labels[0] if len(labels) == 1 else f'{len(labels)} networks'}{f' on {data}' if data else ''}"
    if protocol is None:
        return who
    return f"{who}: {protocol.count:,} pictures, moved by up to {protocol.radius} px"


def _class_names(entries: Sequence[Reported]) -> tuple[str, ...]:
    for entry in entries:
        if entry.network is not None:
            return entry.network.test.class_names
    return tuple(str(one["class"]) for one in (entries[0].audit or {}).get("classes") or ())


def _shown_picture(networks: Sequence[Network], image: int | None) -> tuple[int, tuple[str, ...]]:
    """Choose the picture that is moved before the reader's eyes, and say how; there is none without a run."""
    if not networks:
        if image is not None:
            raise SettingsError("--image moves a picture of a run, and a folder of audits has none; leave it out")
        return 0, ()
    test = networks[0].test
    shown = telling_image([network.predict for network in networks], test) if image is None else image
    require_picture(test, shown)
    chosen = "asked for" if image is not None else "the first that shows the difference best, not a typical one"
    return shown, (f"Of the pictures moved above, number {shown:,} of the {test.split} split is {chosen}.",)


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
    audited = "the pictures" if model.pictures is None else f"{model.pictures:,} pictures"
    if "clean" not in found:
        told = f"{model.name}: right on {_share(model.accuracy)} of the test pictures" if model.accuracy else model.name
        if "unchanged_everywhere" not in found:
            others = " and ".join(one.name for one in model.severities)
            made = f"audited under {others}" if others else "looked into, not audited"
            return f"{told}." if model.accuracy else f"{told}: {made}."
        kept = f"the same answer at every shift for {_share(found['unchanged_everywhere'])} of {audited} audited"
        return f"{told}; {kept}." if model.accuracy else f"{told}: {kept}."
    return (
        f"{model.name}: right on {_share(found['clean'])} of {audited} as they are, on "
        f"{_share(found['lowest'])} at the worst shift ({moved(*(model.lowest_at or (0, 0)))}), "
        f"and at every shift for {_share(found['right_everywhere'])} of them."
    )


def _target(references: Sequence[str | Path], out: Path | str | None, force: bool) -> Path:
    """Say where the page goes, before anything is computed for it."""
    if out is None:
        if len(references) != 1:
            raise SettingsError("a page about several runs needs a place: give it with --to FILE")
        return Path(references[0]).resolve() / "report.html"
    target = Path(out)
    if target.exists() and not force:
        raise SettingsError(f"{target} exists already; choose another name, or add --force to replace it")
    return target


def _model(name: str, entry: Reported, shown: int) -> ModelReport:
    """Give all that the page says about one network."""
    network, audit = entry.network, entry.audit
    inside, saliency = entry.inside
    known: dict[str, Any] = {
        "facts": _facts_of_audits(entry),
        "others": further(one.content for one in entry.audits[1:]),
        "inside": inside,
        "saliency": saliency,
    }
    if network is not None:
        known |= _of_run(network, shown, audit["protocol"]["fill"] if audit else 0)
    return model_report(name, audit, [one.content for one in entry.changes], **known)


def _of_run(network: Network, shown: int, fill: int) -> dict[str, Any]:
    """Give what the page says of a network besides its audits: its training, its confusions, one picture moved."""
    run, test = network.run, network.test
    result = evaluation(network.subject, test, network.predict)
    history = Table.from_csv(run.history.read_text(encoding="utf-8")) if run.history.exists() else None
    asked = asked_last(network.subject, test)
    pictures = [MovedPicture(shown, STRIP_RADIUS_PX, border, fill) for border in ("zeros", "wrap")]
    drawn = [_drawn(network, one) for one in dict.fromkeys([*([] if asked is None else [asked]), *pictures])]
    return {
        "facts": _facts(network, history),
        "history": history,
        "measured_on": read_config(run)["measured_on"],
        "confusion": result.confusion,
        "accuracy": Proportion(result.accuracy, result.low, result.high),
        "filmstrips": tuple(strip for strip, _ in drawn),
        "boards": tuple(board for _, board in drawn),
    }


def _drawn(network: Network, one: MovedPicture) -> tuple[Filmstrip, Board]:
    """Move one picture of the test split before the reader's eyes."""
    image, label = network.test.images[one.number], int(network.test.labels[one.number])
    strip, board = strip_and_board(network.predict, image, label, radius=one.radius, border=one.border, fill=one.fill)
    return replace(strip, number=one.number), replace(board, number=one.number)


def _comparison(labels: Sequence[str], entries: Sequence[Reported]) -> tuple[dict[str, Table], tuple[str, ...]]:
    """Compare the networks picture by picture, if all audits kept the answers; older ones did not."""
    kept = [one.answers for entry in entries for one in entry.audits[:1]]
    if len(entries) < 2 or len(kept) < len(entries) or not all(path.is_file() for path in kept):
        return {}, ()
    found = compare({label: unpack(path.read_bytes(), path) for label, path in zip(labels, kept, strict=True)})
    return differences(found.to_json()), found.sentences


def _ladder(entries: Sequence[Reported]) -> Ladder | None:
    """Read the remedies that were tried from one of these runs, or to which one of them belongs."""
    for network in (entry.network for entry in entries if entry.network is not None):
        path = network.run.path.resolve()
        for folder in (path.with_name(f"{path.name}-hardened"), path.parent):
            if (folder / LADDER).is_file():
                content = read_json(folder / LADDER)
                known = [content["asked"]["weights_sha256"], *(one["run"] for one in content["ladder"])]
                if network.subject.digest in known or str(path) in known:
                    return ladder(content)
    return None


def _facts_of_audits(entry: Reported) -> tuple[tuple[str, str], ...]:
    """Give what a folder alone says of the model."""
    if entry.network is not None:
        return ()
    newest, count = entry.newest, len(entry.audits) + len(entry.changes)
    found = f"{count} audit{'s' if count != 1 else ''}" if count else "what was looked at inside it"
    return (
        ("model", str(newest["subject"])),
        ("weights", str(newest["weights"])),
        ("known from", f"{found}; the model itself is not in the folder"),
    )


def _facts(network: Network, history: Table | None) -> tuple[tuple[str, str], ...]:
    subject, settings = network.subject, network.subject.settings
    assert settings is not None
    parameters = sum(one.numel() for one in subject.module.parameters())
    recorded = read_json(network.run.environment)
    training = settings.training
    facts = [
        ("network", subject.card.architecture),
        ("parameters", f"{parameters:,}"),
        ("weights", subject.weights),
        ("trained on", f"{sum(recorded['data']['train'].values()):,} pictures of {network.test.name}"),
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


def _require_comparable_changes(labels: Sequence[str], entries: Sequence[Reported]) -> None:
    """Refuse to draw the same change side by side when it was audited in different ways."""
    for change in dict.fromkeys(one.content["change"] for entry in entries for one in entry.changes):
        require_comparable(
            {
                label: one.protocol
                for label, entry in zip(labels, entries, strict=True)
                for one in entry.changes
                if one.content["change"] == change
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
