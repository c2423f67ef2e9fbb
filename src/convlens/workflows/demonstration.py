"""The whole story in one go: train two networks, move the pictures, see the answers flip, see it mended."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convlens.audit.in_parts import Progress
from convlens.errors import DataError, SettingsError, TrainingError
from convlens.runs.folder import Run, read_config
from convlens.workflows.auditing import newest_audit, result_of, save_audit, sharing, sweep_of
from convlens.workflows.jobs import Watch
from convlens.workflows.pictures import for_network, held_out, lasting, load_splits, pictures_for
from convlens.workflows.reporting import write_report
from convlens.workflows.settings import RunSettings
from convlens.workflows.subjects import answers, trained
from convlens.workflows.training import TrainResult, finished, resume, train

SHIFT_PX = 5
AUDITED = 1000
MENDED = 'Affine(translate_px={"x": (-5, 5), "y": (-5, 5)}, mode="constant")'


@dataclass(frozen=True)
class Chapter:
    """One network of the story."""

    run: str
    label: str
    settings: dict[str, Any]


CHAPTERS = (
    Chapter("plain", "Plain network", {"model": "mlp", "epochs": 5}),
    Chapter("cnn", "CNN", {"model": "cnn", "epochs": 4}),
    Chapter("cnn-shifted", "CNN + shifts", {"model": "cnn", "epochs": 6, "augment": MENDED}),
)


@dataclass(frozen=True)
class Demo:
    """What the demo leaves behind."""

    page: Path
    lead: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float


def demo(
    out: Path | str = "demo",
    *,
    data: str | None = None,
    watch: Watch | None = None,
    say: Callable[[str], None] = lambda _: None,
    progress: Progress | None = None,
) -> Demo:
    """Train, audit and report three networks on Fashion-MNIST; what is already there is used again.

    Args:
        out: the folder for the three runs and `report.html`.
        data: "fashion-mnist", or "fashion-mnist-mini"; the whole set where it can be had, when None.
    """
    started = time.monotonic()
    out = Path(out)
    data, notes = _data(data and lasting(data))
    runs = []
    for chapter in CHAPTERS:
        run = _trained(out, chapter, data, watch, say)
        _audited(run, chapter, say, progress)
        runs.append(run.path)
    say("writing the page")
    written = write_report(
        runs,
        out=out / "report.html",
        names=[chapter.label for chapter in CHAPTERS],
        title="The same picture, a few pixels over",
        notes=notes,
    )
    return Demo(written.path, written.lead, notes, time.monotonic() - started)


def _data(wanted: str | None) -> tuple[str, tuple[str, ...]]:
    """Choose the whole Fashion-MNIST where it can be had, else the part that is built in."""
    if wanted is not None:
        return wanted, ()
    try:
        load_splits(RunSettings("fashion-mnist"))
    except DataError as error:
        return "fashion-mnist-mini", (f"Trained on the built-in tenth of Fashion-MNIST, because {error}",)
    return "fashion-mnist", ()


def _trained(out: Path, chapter: Chapter, data: str, watch: Watch | None, say: Callable[[str], None]) -> Run:
    """Give the chapter's run: the finished one, the rest of an unfinished one, or a new one."""
    run = Run((out / chapter.run).resolve())
    if not run.config.exists():
        say(f"{chapter.label}: training on {data}")
        return _whole(train(data, out=out, name=chapter.run, watch=watch, **chapter.settings))
    if read_config(run)["settings"]["data"] != data:
        raise SettingsError(
            f"{out} holds a demo made with other pictures than {data}; remove it, or choose another --out"
        )
    if finished(run):
        say(f"{chapter.label}: trained already")
        return run
    say(f"{chapter.label}: going on with its training")
    return _whole(resume(run.path, watch=watch))


def _whole(result: TrainResult) -> Run:
    if result.stopped:
        raise TrainingError(f"the demo was {result.stopped}; run it again to go on from where it stopped")
    return result.run


def _audited(run: Run, chapter: Chapter, say: Callable[[str], None], progress: Progress | None) -> None:
    """Audit the chapter's run, unless that was done."""
    subject = trained(run.path)
    if newest_audit(subject) is not None:
        return
    say(f"{chapter.label}: {AUDITED:,} test pictures at {(2 * SHIFT_PX + 1) ** 2} shifts")
    splits = pictures_for(subject.card, subject.settings)
    whole = for_network(held_out(splits), subject.card)
    places = whole.taken(AUDITED)
    test = whole.select(places)
    by_shift = sharing(subject, "zeros")
    swept = sweep_of(answers(subject), test, shift=SHIFT_PX, border="zeros", by_shift=by_shift, progress=progress)
    save_audit(run.audit, swept, result_of(subject, swept), places)
