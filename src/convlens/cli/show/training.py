"""How a training looks, and what it reached."""

from typing import TYPE_CHECKING

from convlens.cli.show.basics import as_grid, line, note, percent
from convlens.workflows.split_words import source_in_words

if TYPE_CHECKING:
    from convlens.workflows.evaluation import Evaluation
    from convlens.workflows.training import TrainResult


def trained(result: "TrainResult") -> None:
    """Print what came of a training."""
    for sentence in result.notes:
        note(f"note: {sentence}")
    if result.stopped:
        line(f"{result.stopped} after {len(result.history)} whole epochs; all is saved. To go on:")
        line(f"  {result.resume_command}")
        return
    last = result.history[-1]
    held_out = f", held out {percent(last.validation_accuracy)}" if last.validation_accuracy is not None else ""
    line(f"accuracy in training {percent(last.train_accuracy)}{held_out} after {len(result.history)} epochs")
    line(f"run {result.run.path}")


def evaluation(result: "Evaluation") -> None:
    """Print an evaluation."""
    line(f"{result.subject}: right on {percent(result.accuracy, result.low, result.high)}")
    line(
        f"of {result.count:,} pictures of {source_in_words(result.data, result.split)}; loss {result.loss:.4f}; "
        f"{result.weights}"
    )
    line()
    rows = [
        (row["class"], row["count"], percent(*(float(row[key] or 0) for key in ("accuracy", "low", "high"))))
        for row in result.per_class.rows()
        if row["count"]
    ]
    as_grid(("class", "pictures", "right (95 % interval)"), rows)
