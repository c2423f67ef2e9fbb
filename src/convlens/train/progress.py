"""What training reports: a `Step` after each batch, an `Epoch` after each epoch."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from convlens.tables import Table, Value


@dataclass(frozen=True)
class Step:
    """One batch is done; `loss` and `accuracy` run over the epoch so far (on this device's part of it)."""

    epoch: int
    step: int
    steps: int
    loss: float
    accuracy: float
    learning_rate: float


@dataclass(frozen=True)
class Epoch:
    """One epoch is done.

    Attributes:
        epoch: 1 for the first.
        train_loss: mean over the epoch's pictures, each taken when it was trained on (running, augmented).
        validation_loss: of the weights at the end of the epoch.
        seconds: training and validation together.
        learning_rate: of the last step.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float
    learning_rate: float


def history_table(epochs: Sequence[Epoch]) -> Table:
    """Give the history as a table with one row per epoch."""
    return Table.from_rows([asdict(epoch) for epoch in epochs])


def history_from(rows: Sequence[dict[str, Value]]) -> list[Epoch]:
    """Read back the rows of `history_table`."""
    return [Epoch(**row) for row in rows]  # type: ignore[arg-type]
