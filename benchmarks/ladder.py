"""The ladder of remedies on Fashion-MNIST: every rung from several seeds, audited on all 10,000 test pictures.

    python benchmarks/ladder.py --minutes 90          train and audit what is missing; call it again to go on
    python benchmarks/ladder.py --cells worst-0       only these
    python benchmarks/ladder.py --list                what is there, and what is not
    python benchmarks/ladder.py --seconds             how long a step of each rung takes, against the plain network
    python benchmarks/ladder.py --write docs/results.md

A cell is a rung and a seed. What a finished one found is a small file in `results/ladder/`, which is committed and
never computed again; the run itself is kept in the user's cache and resumed when it was stopped. Several processes may
work at the same time, each with one thread (`OMP_NUM_THREADS=1`): a cell under way is locked.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from demo_figures import replaced
from ladder_cells import DATA, EPOCHS, PRECISION, RADIUS, RESULTS, RUNGS, RUNS, Cell, cells, measured, plain
from ladder_page import found, page

from convlens.audit.answered import of as answers_of
from convlens.audit.intervals import share_of
from convlens.audit.shifts import Shifts, grid
from convlens.audit.sweep import sweep
from convlens.augment.expressions import parse
from convlens.augment.geometry import translate
from convlens.data import load
from convlens.files import read_json, write_json, write_text
from convlens.models.card import Card
from convlens.models.networks import create
from convlens.models.sweep import shared_sweep
from convlens.models.voting import voting
from convlens.models.weights import Classifier
from convlens.runs.folder import Run
from convlens.runs.parts import KeptParts
from convlens.train.engine import make_engine
from convlens.train.loop import Training
from convlens.train.settings import RECIPES
from convlens.workflows.subjects import answers, trained
from convlens.workflows.training import finished, resume, train

START, END = "<!-- ladder: written by benchmarks/ladder.py -->", "<!-- ladder: end -->"


def made(cell: Cell) -> None:
    """Train a cell and audit it, and write what came of it."""
    run = trained_run(cell)
    subject = trained(run.path)
    test = load(DATA).test
    assert test is not None
    epochs = [one["seconds"] for one in read_json(run.checkpoints / "last-state" / "counters.json")["history"]]
    content: dict[str, Any] = {
        "rung": cell.rung.name,
        "seed": cell.seed,
        "asked": cell.asked,
        "settings": cell.settings,
        "border": cell.rung.border,
        "precision": PRECISION,
        "votes": cell.rung.votes,
        "count": len(test),
        "manifest_hash": test.manifest_hash,
        "weights_sha256": subject.digest,
        "parameters": sum(one.numel() for one in subject.module.parameters()),
        "seconds_per_epoch": round(float(np.median(epochs)), 2),
    }
    network = Classifier(subject.module, subject.card)
    by_shift, _ = shared_sweep(network, cell.rung.border, precision=PRECISION)
    if cell.at is not None:
        dx, dy = (np.full(len(test), step, np.int64) for step in cell.at)
        hits = (
            answers(subject, precision=PRECISION)(translate(test.images, dx, dy, border="zeros")).argmax(axis=1)
            == test.labels
        )
        content |= {"at": list(cell.at), "accuracy": plain(share_of(hits))}
        write_json(cell.file, content)
        return
    if cell.rung.votes:
        vote = voting(answers(subject, precision=PRECISION), radius=1, border="zeros", by_shift=by_shift)
        by_shift = None
    shifts = around() if cell.rung.border == "wrap" else grid(RADIUS)
    with KeptParts(RUNS / f"{cell.name}-parts") as parts:
        swept = sweep(
            vote if cell.rung.votes else answers(subject, precision=PRECISION),
            test.images,
            test.labels,
            test.class_names,
            shifts,
            border=cell.rung.border,
            data=test.name,
            split=test.split,
            manifest_hash=test.manifest_hash,
            by_shift=by_shift,
            parts=parts,
            progress=said(cell.name),
        )
    write_json(cell.file, content | measured(answers_of(swept)))


def trained_run(cell: Cell) -> Run:
    """Train a cell's network, or what is left to train of it; a vote uses the network that is there."""
    run = Run(RUNS / (f"{cell.rung.votes}-{cell.seed}" if cell.rung.votes else cell.name))
    if not run.config.exists():
        settings = cell.settings
        train(settings.pop("data"), out=RUNS, name=run.name, **settings)
    elif not finished(run):
        resume(run.path)
    if not finished(run):
        raise SystemExit(f"{run.name} was stopped; call again to go on")
    return run


def around() -> Shifts:
    """Give all 784 moves of a picture round the torus."""
    steps = np.arange(-13, 15, dtype=np.int64)
    return Shifts(np.tile(steps, len(steps)), np.repeat(steps, len(steps)), 14)


def said(name: str) -> Callable[[int, int], None]:
    """Make a progress that prints a line every half minute."""
    begun = last = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > 30:
            last = now
            print(
                f"{name}: audited {done:,} of {total:,}, {(now - begun) / done * (total - done):.0f} s left", flush=True
            )

    return progress


@contextmanager
def locked(name: str) -> Iterator[bool]:
    """Say whether this process may work on a cell: no other one that still lives does."""
    lock = RUNS / f"{name}.lock"
    RUNS.mkdir(parents=True, exist_ok=True)
    if lock.exists() and not _lives(lock.read_text()):
        lock.unlink(missing_ok=True)
    try:
        place = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        yield False
        return
    os.write(place, str(os.getpid()).encode())
    os.close(place)
    try:
        yield True
    finally:
        lock.unlink(missing_ok=True)


def _lives(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def work(wanted: Sequence[str], minutes: float) -> None:
    """Make missing cells, one after another, as long as there is time to begin one."""
    ends = time.monotonic() + 60 * minutes
    for cell in cells():
        if (wanted and cell.name not in wanted) or cell.result() is not None or time.monotonic() > ends:
            continue
        if cell.rung.votes and not Run(RUNS / f"{cell.rung.votes}-{cell.seed}").config.exists():
            continue
        with locked(f"{cell.rung.votes or cell.rung.name}-{cell.seed}" if cell.rung.votes else cell.name) as mine:
            if mine and cell.result() is None:
                begun = time.monotonic()
                print(f"{cell.name}: begun", flush=True)
                made(cell)
                print(f"{cell.name}: done in {(time.monotonic() - begun) / 60:.1f} min", flush=True)


def steps_timed(rounds: int = 20) -> dict[str, float]:
    """Time a training step of each rung against one of the plain network, turn by turn; give the medians' ratios."""
    few = load(DATA).train.take(12_800, 0)
    card = Card("cnn", few.class_names, few.size, few.channels, "softmax", (0.286,), (0.353,))
    runs = {}
    for rung in (one for one in RUNGS if not one.votes):
        engine = make_engine("cpu", 1, "bf16")
        engine.launch()
        worst_of = rung.settings.get("worst_of", 1)
        settings = replace(RECIPES["fast"], epochs=EPOCHS, precision="bf16", worst_of=worst_of)
        augment = parse(rung.settings["augment"]) if "augment" in rung.settings else None
        module = create(rung.settings["model"])
        runs[rung.name] = Training(engine, module, card, few, None, settings, augment).run()
    took: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds + 2):
        for name, steps in runs.items():
            begun = time.process_time()
            next(steps)
            took[name].append(time.process_time() - begun)
    medians = {name: float(np.median(seconds[2:])) for name, seconds in took.items()}
    print({name: f"{1000 * one:.0f} ms" for name, one in medians.items()})
    return {name: round(one / medians["cnn"], 2) for name, one in medians.items()}


def main() -> None:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", nargs="*", default=[], help="only these, such as worst-0")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no further cell after so long")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--seconds", action="store_true")
    parser.add_argument("--write", type=Path, metavar="PAGE")
    asked = parser.parse_args()
    if unknown := set(asked.cells) - {cell.name for cell in cells()}:
        raise SystemExit(f"there are no cells {', '.join(sorted(unknown))}; --list names all")
    if asked.list:
        for cell in cells():
            print(f"{cell.name:20} {'done' if cell.result() is not None else 'missing'}")
    elif asked.seconds:
        write_json(RESULTS / "seconds.json", steps_timed())
    elif asked.write is not None:
        write_text(asked.write, replaced(asked.write, START, END, page(found())))
    else:
        work(asked.cells, asked.minutes)


if __name__ == "__main__":
    main()
