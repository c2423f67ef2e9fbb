"""One rung of the ladder: its network trained into a run folder, and audited; what is there already is used again."""

import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from convlens.audit.answered import Answered, of, unpack
from convlens.audit.in_parts import Progress
from convlens.data.dataset import Dataset
from convlens.errors import RunError, SettingsError, ShapeError, TrainingError
from convlens.models.custom import is_custom
from convlens.models.precision import Precision
from convlens.models.voting import voting
from convlens.runs.folder import Run
from convlens.tables import Table
from convlens.train.progress import Epoch, history_from
from convlens.train.settings import Settings
from convlens.workflows.audit_files import SHIFTS, audits_of, unfinished, written
from convlens.workflows.auditing import audit, result_of, save_audit, sharing, subject_and_pictures, sweep_of
from convlens.workflows.jobs import Watch
from convlens.workflows.ladder import DONE, FAILED, NOT_RUN, Rung
from convlens.workflows.remedies import VOTE_RADIUS, Remedy
from convlens.workflows.settings import RunSettings
from convlens.workflows.signals import TIME_IS_UP
from convlens.workflows.subjects import Subject, answers
from convlens.workflows.training import TrainResult, finished, resume, train

BEFORE = "the time budget was used up before"


class TimeIsUpError(Exception):
    """The budget was used up in the middle of an audit, whose finished parts are kept."""


@dataclass(frozen=True)
class Way:
    """How every rung is audited."""

    shift: int
    border: str
    fill: int
    take: int | None
    device: str
    precision: Precision


@dataclass(frozen=True)
class Meanwhile:
    """Who is told what while it lasts, and when it has to end.

    Attributes:
        deadline: by the clock that only goes forward; None when there is time.
    """

    deadline: float | None = None
    watch: Watch | None = None
    progress: Progress | None = None
    say: Callable[[str], None] = lambda _: None

    @property
    def left(self) -> float | None:
        """The seconds of the budget that are left, at least an instant."""
        return None if self.deadline is None else max(self.deadline - time.monotonic(), 1e-9)

    @property
    def is_up(self) -> bool:
        """Whether the budget is used up."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    def counted(self, done: int, total: int) -> None:
        """Pass on how far an audit is.

        Raises:
            TimeIsUpError: it is not done, and the budget is used up.
        """
        if self.progress is not None:
            self.progress(done, total)
        if self.is_up and done < total:
            raise TimeIsUpError


def history_of(run: Run) -> list[Epoch]:
    """Read a run's finished epochs."""
    return history_from(Table.from_csv(run.history.read_text(encoding="utf-8")).rows())


def trained_rung(remedy: Remedy, run: Run, way: Way, meanwhile: Meanwhile) -> tuple[Rung, str]:
    """Train what is left to train of a rung and audit it; give it with why everything stops here, or ""."""
    if meanwhile.is_up:
        return Rung(remedy, NOT_RUN, BEFORE), TIME_IS_UP
    try:
        history, stopped = _trained(run, remedy.settings, meanwhile)
    except (TrainingError, ShapeError, SettingsError) as error:  # a rung that cannot be says nothing about the others
        return Rung(remedy, FAILED, str(error), run.path), ""
    if stopped:
        why = f"{stopped}, after {len(history)} of {remedy.settings.training.epochs} epochs"
        return Rung(remedy, NOT_RUN, why, run.path, *_spent(history)), stopped
    return audited_rung(remedy, run, way, meanwhile)


def audited_rung(remedy: Remedy, run: Run, way: Way, meanwhile: Meanwhile) -> tuple[Rung, str]:
    """Audit a trained run; give it with why everything stops here, or ""."""
    spent = _spent(history_of(run))
    own = remedy.settings.model if is_custom(remedy.settings.model) else None
    subject, dataset = subject_and_pictures(str(run.path), None, "test", way.take, 0, own)
    try:
        found = _kept(audits_of(subject), subject, dataset, way) or _audited(run, own, way, meanwhile)
    except TimeIsUpError:
        why = "trained, but the time budget was used up during its audit"
        return Rung(remedy, NOT_RUN, why, run.path, *spent), TIME_IS_UP
    return Rung(remedy, DONE, "", run.path, *spent, *found), ""


def voting_rung(remedy: Remedy, over: Rung, folder: Path, way: Way, meanwhile: Meanwhile) -> tuple[Rung, str]:
    """Audit a vote over small moves of an audited rung's network; give it with why everything stops here, or ""."""
    if meanwhile.is_up:
        return Rung(remedy, NOT_RUN, BEFORE), TIME_IS_UP
    assert over.run is not None
    own = over.remedy.settings.model if is_custom(over.remedy.settings.model) else None
    subject, dataset = subject_and_pictures(str(over.run), None, "test", way.take, 0, own)
    try:
        found = _kept(folder, subject, dataset, way) or _voted(folder, subject, dataset, way, meanwhile)
    except TimeIsUpError:
        return Rung(remedy, NOT_RUN, "the time budget was used up during its audit", over=over.name), TIME_IS_UP
    return Rung(remedy, DONE, "", over.run, 0, None, *found, over.name), ""


def _spent(history: list[Epoch]) -> tuple[int, float]:
    return len(history), round(sum(one.seconds for one in history), 3)


def _trained(run: Run, settings: RunSettings, meanwhile: Meanwhile) -> tuple[list[Epoch], str]:
    """Give the history of a rung's training, and why it stopped early, or ""."""
    own: dict[str, Any] = {"model": settings.model} if is_custom(settings.model) else {}
    result: TrainResult
    if run.config.exists():
        if finished(run):
            return history_of(run), ""
        result = resume(run.path, seconds=meanwhile.left, watch=meanwhile.watch, **own)
    elif run.path.exists():
        raise RunError(f"{str(run.path)!r} is in the way and no run; remove it, or choose another folder with --out")
    else:
        inner = {one.name: getattr(settings.training, one.name) for one in fields(Settings)}
        outer: dict[str, Any] = {
            one.name: getattr(settings, one.name) for one in fields(RunSettings) if one.name != "training"
        }
        given: dict[str, Any] = {
            name: value for name, value in (outer | inner).items() if value not in ("", 0) or name in inner
        }
        place: dict[str, Any] = {"out": run.path.parent, "name": run.name}
        result = train(given.pop("data"), seconds=meanwhile.left, watch=meanwhile.watch, **place, **given)
    return list(result.history), result.stopped


def _audited(run: Run, own: str | None, way: Way, meanwhile: Meanwhile) -> tuple[dict[str, Any], Answered]:
    done = audit(
        run.path,
        shift=way.shift,
        border=way.border,
        fill=way.fill,
        take=way.take,
        model=own,
        device=way.device,
        precision=way.precision,
        progress=meanwhile.counted,
    )
    return done.result, of(done.sweep)


def _voted(
    folder: Path, subject: Subject, dataset: Dataset, way: Way, meanwhile: Meanwhile
) -> tuple[dict[str, Any], Answered]:
    predict = answers(subject, way.device, way.precision)
    by_shift = sharing(subject, way.border, way.device, way.precision)
    vote = voting(predict, radius=VOTE_RADIUS, border=way.border, fill=way.fill, by_shift=by_shift)
    with unfinished(folder, subject, dataset, "vote", VOTE_RADIUS, way) as parts:
        swept = sweep_of(
            vote,
            dataset,
            shift=way.shift,
            border=way.border,
            fill=way.fill,
            precision=way.precision,
            parts=parts,
            progress=meanwhile.counted,
        )
    result = result_of(subject, swept) | {"subject": f"a vote of {subject.name}", "vote": {"radius": VOTE_RADIUS}}
    save_audit(folder, swept, result)
    return result, of(swept)


def _kept(folder: Path, subject: Subject, dataset: Dataset, way: Way) -> tuple[dict[str, Any], Answered] | None:
    """Find the audit of these weights that was made in this way; None when there is none with its answers."""
    wanted = {
        "radius": way.shift,
        "border": way.border,
        "fill": way.fill,
        "manifest_hash": dataset.manifest_hash,
        "count": len(dataset),
        "pattern": "grid",
    }
    for path, result in written(folder, SHIFTS):
        beside = path.with_suffix(".npz")
        protocol = result.get("protocol", {})
        if (
            result.get("weights_sha256") == subject.digest
            and wanted.items() <= protocol.items()
            and protocol.get("notes", {}).get("precision") == way.precision
            and beside.is_file()
        ):
            return result, unpack(beside.read_bytes(), beside)
    return None
