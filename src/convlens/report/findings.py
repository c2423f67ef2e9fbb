"""What the data of a figure show, in a sentence or two: the figure's alt text and its caption."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float64, Int64

from convlens.report.content import Filmstrip, Proportion
from convlens.report.words import either, interval, moved, percent
from convlens.tables import Table, Value

CLASSES_SHOWN = 12
"""A probability map with more classes shows the likeliest of them."""


def numbers(table: Table, column: str) -> Float64[np.ndarray, " rows"]:
    """Give a column as floats; an empty cell or a missing column is NaN."""
    cells = table.columns.get(column, (None,) * len(table))
    return np.array([np.nan if cell is None else float(cell) for cell in cells], np.float64)


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


def cells_in_words(cells: Table, lowest: tuple[int, int]) -> str:
    """Say the accuracy of the unmoved pictures and of the lowest cell."""
    rows = {(row["dx"], row["dy"]): row for row in cells.rows()}
    said = f"Not moved: {_accuracy_in_words(rows[0, 0])}. " if (0, 0) in rows else ""
    return f"{said}Lowest: {_accuracy_in_words(rows[lowest])}, {moved(*lowest)}."


def lines_in_words(audits: Mapping[str, Table]) -> str:
    """Say the range of each network's accuracy along the sideways shifts."""
    said = []
    for name, cells in audits.items():
        rows = sorted((row for row in cells.rows() if row["dy"] == 0), key=lambda row: float(row["accuracy"] or 0))
        if rows:
            said.append(f"{name}: from {_accuracy_in_words(rows[0])} to {_accuracy_in_words(rows[-1])}.")
    return " ".join(said)


def strip_in_words(filmstrip: Filmstrip, class_names: Sequence[str]) -> str:
    """Say at how many positions the answer is right, and what else it is."""
    answers = filmstrip.probabilities.argmax(axis=1)
    right = int((answers == filmstrip.true_label).sum())
    others = [class_names[index] for index in dict.fromkeys(answers.tolist()) if index != filmstrip.true_label]
    said = f"{class_names[filmstrip.true_label]} is recognised at {right} of {len(answers)} positions"
    return f"{said}; elsewhere the answer is {either(others)}." if others else f"{said}."


def largest_confusion(matrix: Int64[np.ndarray, "classes classes"]) -> tuple[int, int] | None:
    """Find the most frequent mistake as (true class, answer), None when there is no mistake."""
    mistakes = matrix - np.diag(np.diag(matrix))
    row, column = np.unravel_index(int(mistakes.argmax()), mistakes.shape)
    return (int(row), int(column)) if mistakes[row, column] else None


def lowest_cell(cells: Table) -> tuple[int, int]:
    """Find the (dx, dy) of the lowest accuracy; of equals the first."""
    row = cells.rows()[int(np.argmin(numbers(cells, "accuracy")))]
    return int(row["dx"] or 0), int(row["dy"] or 0)


def classes_shown(filmstrip: Filmstrip) -> list[int]:
    """Choose the classes of a probability map: all, or the likeliest anywhere in the strip and the true one."""
    count = filmstrip.probabilities.shape[1]
    if count <= CLASSES_SHOWN:
        return list(range(count))
    reached = filmstrip.probabilities.max(axis=0)
    reached[filmstrip.true_label] = np.inf
    chosen: list[int] = sorted(np.argsort(-reached, kind="stable")[:CLASSES_SHOWN].tolist())
    return chosen


def _accuracy_in_words(row: Mapping[str, Value]) -> str:
    proportion = Proportion(*(float(row[name] or 0) for name in ("accuracy", "low", "high")))
    return f"{percent(proportion.value)} ({interval(proportion)})"
