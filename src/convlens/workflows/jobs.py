"""One training process's work: what it is given, how it saves, when it stops."""

from collections.abc import Callable
from dataclasses import dataclass

from convlens.augment.expressions import parse
from convlens.data.dataset import Dataset
from convlens.files import write_text
from convlens.models.card import Card
from convlens.models.networks import Module
from convlens.models.weights import pack, pack_tensors, unpack, unpack_tensors
from convlens.runs.checkpoints import (
    BEST,
    LAST,
    OPTIMIZER,
    has_checkpoint,
    read_checkpoint,
    read_counters,
    write_checkpoints,
)
from convlens.runs.folder import Run
from convlens.train.engine import Engine
from convlens.train.loop import State, Training
from convlens.train.progress import Epoch, Step, history_table
from convlens.workflows.settings import RunSettings
from convlens.workflows.signals import INTERRUPTED, TIME_IS_UP, stopping

Watch = Callable[[Step | Epoch], None]


@dataclass(frozen=True)
class Job:
    """All that one training process needs besides the network; it travels to spawned processes as a whole.

    Attributes:
        measured: the pictures measured after every epoch.
        seconds: the time budget.
    """

    run: Run
    settings: RunSettings
    card: Card
    train: Dataset
    measured: Dataset | None
    seconds: float | None = None
    watch: Watch | None = None


def work(job: Job, engine: Engine, module: Module) -> str:
    """Run the loop, saving after each epoch and when it is stopped; give the reason of a stop, or "".

    The network stands beside the job because it is no plain value: Fabric gives each spawned process its own copy.

    Raises:
        TrainingError: the loss or the weights are no longer finite; what was saved before stays.
    """
    settings = job.settings
    augment = parse(settings.augment) if settings.augment else None
    training = Training(engine, module, job.card, job.train, job.measured, settings.training, augment)
    state = load_checkpoint(job.run)
    if state is not None:
        training.restore(state)
    with stopping(job.seconds) as stop:
        for event in training.run():
            if job.watch is not None and training.is_first:
                job.watch(event)
            stopped = training.anywhere(bool(stop.asked()))
            if isinstance(event, Epoch) or stopped:
                state = training.state()
                if training.is_first:
                    save_checkpoint(
                        job.run, training, state, best=isinstance(event, Epoch) and is_best(training.history)
                    )
            if stopped and not training.finished:
                return stop.reason or (INTERRUPTED if job.seconds is None else TIME_IS_UP)
    return ""


def load_checkpoint(run: Run) -> State | None:
    """Read the state a run was saved in; None when it was killed before the first checkpoint."""
    if not has_checkpoint(run.checkpoints, LAST):
        return None
    _, weights = unpack(read_checkpoint(run.checkpoints, LAST), run.checkpoints / LAST)
    memory, _ = unpack_tensors(read_checkpoint(run.checkpoints, OPTIMIZER), run.checkpoints / OPTIMIZER)
    return State(weights, memory, read_counters(run.checkpoints))


def save_checkpoint(run: Run, training: Training, state: State, *, best: bool) -> None:
    """Write the state, the last weights, and the best ones when these are they; all or nothing."""
    weights = pack(training.module, training.card)
    files = {LAST: weights, OPTIMIZER: pack_tensors(state.optimizer, "optimizer")}
    if training.history:  # before the checkpoint: after a kill in between, the next save writes the row again
        write_text(run.history, history_table(training.history).to_csv())
    write_checkpoints(run.checkpoints, files | ({BEST: weights} if best else {}), state.counters)


def is_best(history: list[Epoch]) -> bool:
    """Say whether the last epoch is the best so far: highest measured accuracy, then lowest loss."""
    scores = [
        (
            one.train_accuracy if one.validation_accuracy is None else one.validation_accuracy,
            -(one.train_loss if one.validation_loss is None else one.validation_loss),
        )
        for one in history
    ]
    return scores[-1] >= max(scores)
