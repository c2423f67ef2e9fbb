"""Progress on stderr: a bar with the time left in a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from convlens.train.progress import Epoch, Step

T = TypeVar("T")
QUIET_SECONDS = 2.0
LINE_SECONDS = 10.0


def track(items: Iterable[T], total: int, label: str) -> Iterator[T]:
    """Show how far a loop is, once it has taken two seconds."""
    with Counter(label) as counter:
        for done, item in enumerate(items, start=1):
            yield item
            counter(done, total)


class Counter:
    """A context whose value is told (done, total) after each batch, and shows a bar once two seconds have passed."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._bar = _bar(transient=True)
        self._task: TaskID | None = None
        self._started = self._last = time.monotonic()

    def __enter__(self) -> "Counter":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """Show how far it is."""
        now = time.monotonic()
        if self._task is None or done < self._bar.tasks[0].completed:
            self._bar.stop()
            self._bar, self._started, self._last = _bar(transient=True), now, now
            self._task = self._bar.add_task(self._label, total=total)
        elif now - self._started > QUIET_SECONDS and not self._bar.live.is_started:
            self._bar.start()
        self._bar.update(self._task, completed=done)
        if done == total:
            self._bar.stop()
        if not self._bar.console.is_terminal and now - self._last > LINE_SECONDS:
            self._last = now
            left = (now - self._started) / done * (total - done)
            print(f"{self._label}: {done:,} of {total:,}, {left:.0f} s left", file=sys.stderr, flush=True)


@dataclass
class TrainingProgress:
    """Prints what training yields: a bar per epoch and one line at its end.

    It holds nothing before the first event, so that it can travel to the process that trains.
    """

    epochs: int | None = None
    _bar: Progress | None = field(default=None, init=False)
    _task: TaskID | None = field(default=None, init=False)

    def __enter__(self) -> "TrainingProgress":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, event: Step | Epoch) -> None:
        """Show one event."""
        if isinstance(event, Step):
            self._step(event)
        else:
            self._epoch(event)

    def close(self) -> None:
        """Take the bar away; what was printed stays."""
        if self._bar is not None:
            self._bar.stop()
        self._bar = self._task = None

    def _step(self, step: Step) -> None:
        if self._bar is None:
            self._bar = _bar(transient=True)
            self._bar.start()
            self._task = self._bar.add_task(f"epoch {step.epoch}", total=step.steps)
        assert self._task is not None
        label = f"epoch {step.epoch}  loss {step.loss:.4f}  accuracy {step.accuracy:.4f}"
        self._bar.update(self._task, completed=step.step, total=step.steps, description=label)

    def _epoch(self, epoch: Epoch) -> None:
        self.close()
        measured = ""
        if epoch.validation_loss is not None and epoch.validation_accuracy is not None:
            measured = f"  held out: loss {epoch.validation_loss:.4f} accuracy {epoch.validation_accuracy:.4f}"
        print(
            f"epoch {epoch.epoch}  loss {epoch.train_loss:.4f} accuracy {epoch.train_accuracy:.4f}{measured}"
            f"  {epoch.seconds:.1f} s",
            file=sys.stderr,
            flush=True,
        )


def _bar(*, transient: bool) -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=transient,
        disable=not console.is_terminal,
    )
