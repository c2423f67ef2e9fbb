"""Climb the ladder of remedies from a run: train each rung, audit all in the same way, say which one to ship."""

import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from convlens.audit.in_parts import Progress
from convlens.augment.geometry import checked_border
from convlens.errors import SettingsError
from convlens.files import read_json, write_json, write_text
from convlens.models.custom import build, is_custom, one_spelling, why_unchanged
from convlens.models.options import base
from convlens.models.precision import Precision
from convlens.runs.folder import Run, open_run, read_config
from convlens.workflows.audit_figures import figures_of
from convlens.workflows.jobs import Watch
from convlens.workflows.ladder import NOT_RUN, SKIPPED, Hardened, Rung, best_so_far, going_on, judged
from convlens.workflows.remedies import AS_IT_IS, OWN_SAMPLING, VOTE, Remedy, remedies
from convlens.workflows.rungs import BEFORE, Meanwhile, Way, audited_rung, trained_rung, voting_rung
from convlens.workflows.settings import RunSettings
from convlens.workflows.subjects import Subject, trained

JSON, CSV = "ladder.json", "ladder.csv"


@dataclass(frozen=True)
class _Climb:
    """What all rungs have in common."""

    run: Run
    folder: Path
    way: Way
    epochs: int
    digest: str

    def meaning(self) -> dict[str, Any]:
        """Give what the numbers of a ladder mean; it must stay the same from one call to the next."""
        way = {name: getattr(self.way, name) for name in ("shift", "border", "fill", "take", "precision")}
        return {"run": str(self.run.path), "weights_sha256": self.digest, "epochs": self.epochs} | way


def harden(
    reference: str | Path,
    *,
    budget: float | None = None,
    epochs: int | None = None,
    shift: int = 5,
    border: str = "zeros",
    fill: int = 0,
    take: int | None = None,
    out: str | Path | None = None,
    model: str | None = None,
    device: str = "cpu",
    precision: Precision = "fp32",
    watch: Watch | None = None,
    progress: Progress | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Hardened:
    """Train a run's network anew with one remedy on top of another, audit each in the same way, say which to ship.

    Each rung is a run of its own beside the user's, in `<run>-hardened/`. What is there already is used again, so that
    the same call goes on where the last one stopped.

    Args:
        budget: seconds for all of it; what is not done by then is left for the next call.
        epochs: of each rung's training; as many as the run's own when None.
        shift: train for, and audit, shifts of up to so many pixels along both axes.
        border: what comes in where content has moved away: zeros, wrap, edge, reflect or symmetric.
        take: audit so many of the test pictures; all when None.
        out: the folder for the rungs.
        model: the `module:function` that builds it, for a network of the user's own.
        device: of the audits; the trainings use the run's own.
        watch: called with every `Step` and `Epoch`.
        progress: told how far an audit is.
        say: told what begins.

    Raises:
        SettingsError: the folder holds a ladder that means something else; the sentence says what differs.
        ConvlensError: the run, its pictures or the settings are not usable.
    """
    run = open_run(Path(reference))
    own = RunSettings.from_config(read_config(run)["settings"])
    subject = trained(run.path, model=model)
    stays = {}
    if model is not None and is_custom(own.model):
        own = replace(own, model=one_spelling(model))
        stays = _stays(subject, model)
    asked = own if epochs is None else replace(own, training=replace(own.training, epochs=epochs))
    rungs = remedies(asked, shift=shift, border=border, fill=fill, stays=stays)
    climb = _Climb(
        run,
        Path(out) if out is not None else run.path.with_name(f"{run.name}-hardened"),
        Way(shift, checked_border(border), fill, take, device, precision),
        asked.training.epochs,
        subject.digest,
    )
    _require_same_meaning(climb)
    deadline = None if budget is None else time.monotonic() + budget
    ladder, stopped = _climbed(rungs, climb, Meanwhile(deadline, watch, progress, say))
    notes = _notes(own, asked)
    given = {"epochs": epochs, "shift": shift, "border": border, "fill": fill, "take": take, "out": out, "model": model}
    given |= {"device": device, "precision": precision}
    return _written(climb, going_on(judged(climb.folder, ladder), stopped, _command(reference, given), notes))


def _stays(subject: Subject, model: str) -> dict[str, str]:
    """Say why a network of the user's own does not change in a rung, by the rung's name."""
    card = subject.card
    plain = build(base(model), classes=len(card.class_names), channels=card.channels, size=card.size, head=card.head)
    reasons = {rung: why_unchanged(plain, way) for rung, way in OWN_SAMPLING.items()}
    return {rung: why for rung, why in reasons.items() if why}


def _climbed(rungs: tuple[Remedy, ...], climb: _Climb, meanwhile: Meanwhile) -> tuple[list[Rung], str]:
    """Climb rung by rung; give the ladder, and why it was left early, or ""."""
    ladder: list[Rung] = []
    stopped = ""
    for number, remedy in enumerate(rungs, start=1):
        if remedy.skipped:
            ladder.append(Rung(remedy, SKIPPED, remedy.skipped))
        elif stopped:
            ladder.append(Rung(remedy, NOT_RUN, BEFORE if "budget" in stopped else f"{stopped} before"))
        else:
            left = "" if meanwhile.left is None else f" ({meanwhile.left / 60:.0f} min of the budget left)"
            meanwhile.say(f"rung {number} of {len(rungs)}: {remedy.label}{left}")
            rung, stopped = _rung(remedy, ladder, climb, meanwhile)
            ladder.append(rung)
            _written(climb, judged(climb.folder, ladder))
    return ladder, stopped


def _rung(remedy: Remedy, below: list[Rung], climb: _Climb, meanwhile: Meanwhile) -> tuple[Rung, str]:
    match remedy.name:
        case name if name == AS_IT_IS:
            return audited_rung(remedy, climb.run, climb.way, meanwhile)
        case name if name == VOTE:
            return voting_rung(remedy, best_so_far(below), climb.folder / VOTE, climb.way, meanwhile)
        case name:
            return trained_rung(remedy, Run((climb.folder / name).resolve()), climb.way, meanwhile)


def _require_same_meaning(climb: _Climb) -> None:
    path = climb.folder / JSON
    if not path.exists():
        return
    there, asked = read_json(path).get("asked", {}), climb.meaning()
    differing = [
        f"{name} ({there.get(name)!r}, now {asked[name]!r})" for name in asked if there.get(name) != asked[name]
    ]
    if differing:
        raise SettingsError(
            f"{str(climb.folder)!r} holds a ladder with other settings: {', '.join(differing)}; ask for the same, or "
            "choose another folder with --out"
        )


def _written(climb: _Climb, found: Hardened) -> Hardened:
    content = {"asked": climb.meaning()} | found.to_json()
    write_json(climb.folder / JSON, content)
    write_text(climb.folder / CSV, found.table().to_csv())
    for name, svg in figures_of(content).items():
        write_text(climb.folder / name, svg)
    return found


def _notes(own: RunSettings, asked: RunSettings) -> tuple[str, ...]:
    notes = []
    if own.training.epochs != asked.training.epochs:
        notes.append(
            f"the run itself was trained for {own.training.epochs} epochs and the rungs for {asked.training.epochs}: "
            "part of the difference may be that"
        )
    if own.augment:
        notes.append(f"the run's own augmentation is kept in front of the shifts: {own.augment}")
    return tuple(notes)


def _command(reference: str | Path, given: dict[str, Any]) -> str:
    """Spell the call again."""
    usual = {"shift": 5, "border": "zeros", "fill": 0, "device": "cpu", "precision": "fp32"}
    options = [
        part
        for name, value in given.items()
        if value is not None and value != usual.get(name)
        for part in (f"--{name}", str(value))
    ]
    return shlex.join(["convlens", "harden", str(reference), *options])
