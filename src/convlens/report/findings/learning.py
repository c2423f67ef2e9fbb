"""How a network learned, and what it takes for what, in words."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64

from convlens.report.findings.numbers import numbers
from convlens.report.words import percent
from convlens.tables import Table


def history_in_words(history: Table, measured_on: str = "validation") -> str:
    """Say how many epochs there were and the last accuracies."""
    epochs = len(history)
    said = f"Accuracy and loss over {epochs} epoch{'s' if epochs > 1 else ''}."
    for column, name in (("train", "training"), ("validation", measured_on)):
        accuracy = numbers(history, f"{column}_accuracy")
        if accuracy.size and np.isfinite(accuracy[-1]):
            said += f" Last {name} accuracy: {percent(accuracy[-1])}."
    return said


def confusion_in_words(matrix: Int64[np.ndarray, "classes classes"], class_names: Sequence[str]) -> str:
    """Say how many answers are right and which mistake is the most frequent."""
    said = f"{int(np.trace(matrix)):,} of {int(matrix.sum()):,} pictures are named rightly."
    worst = largest_confusion(matrix)
    if worst is None:
        return said
    row, column = worst
    return (
        f"{said} The most frequent mistake: {matrix[row, column]:,} of {matrix[row].sum():,} "
        f"{class_names[row]} pictures are taken for {class_names[column]}."
    )


def largest_confusion(matrix: Int64[np.ndarray, "classes classes"]) -> tuple[int, int] | None:
    """Find the most frequent mistake as (true class, answer), None when there is no mistake."""
    mistakes = matrix - np.diag(np.diag(matrix))
    row, column = np.unravel_index(int(mistakes.argmax()), mistakes.shape)
    return (int(row), int(column)) if mistakes[row, column] else None
