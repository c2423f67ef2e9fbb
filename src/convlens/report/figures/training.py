"""How a network learned, and which class it takes for which."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64
from matplotlib.ticker import MaxNLocator

from convlens.report.colours import INK
from convlens.report.figures import drawing as draw
from convlens.report.findings.learning import confusion_in_words, history_in_words, largest_confusion
from convlens.report.findings.numbers import numbers
from convlens.report.words import shortened
from convlens.tables import Table


@draw.in_one_style
def curves(history: Table, *, measured_on: str = "validation", key: str = "curves") -> str:
    """Draw accuracy and loss over the epochs; where there was no validation, its lines are left out.

    Args:
        measured_on: the word for the validation columns, such as "test" when they were measured on the test pictures.
    """
    figure = draw.new_figure(340, 342)
    epochs = numbers(history, "epoch")
    for bottom, measure, scale in ((204.0, "accuracy", 100.0), (40.0, "loss", 1.0)):
        axes = draw.axes_at(figure, 42, bottom, draw.PLOT, 114)
        for series, (column, label) in enumerate((("validation", measured_on), ("train", "training"))):
            values = scale * numbers(history, f"{column}_{measure}")
            if np.isfinite(values).any():
                axes.plot(epochs, values, label=label, **draw.line_look(series))
        axes.set_title(f"{measure}, %" if scale > 1 else measure, loc="left")
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
        axes.margins(x=0.03, y=0.08)
        draw.rules(axes)
        if axes.lines and measure == "accuracy":
            axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.03), ncols=2)
    axes.set_xlabel("epoch")
    return draw.svg(figure, key, history_in_words(history, measured_on))


@draw.in_one_style
def confusion_map(
    matrix: Int64[np.ndarray, "classes classes"], class_names: Sequence[str], *, key: str = "confusion"
) -> str:
    """Draw the counts of a confusion matrix, each row shaded by its shares; rows are the true classes.

    A zero stays blank, the most frequent mistake is framed, and counts are printed where they fit.
    """
    count, side = len(class_names), max(draw.PLOT / len(class_names), 11.0)
    size = min(draw.TEXT, 0.8 * side)
    left = 14 + draw.label_width(class_names, size)
    figure = draw.new_figure(left + count * side + 4, 26 + count * side + left)
    axes = draw.grid_at(figure, count, count, side, left, 24)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    printed = draw.fits(str(matrix.max()), side)
    for row, column in np.argwhere(matrix > 0).tolist():
        draw.shaded(axes, column, row, float(shares[row, column]), str(matrix[row, column]) if printed else "")
    worst = largest_confusion(matrix)
    if worst is not None:
        draw.frame(axes, worst[1], worst[0], INK)
    names = [shortened(name) for name in class_names]
    axes.set_xticks(range(count), names, rotation=90, fontsize=size)
    axes.set_yticks(range(count), names, fontsize=size)
    axes.set_title("rows: true class, columns: answer", loc="left")
    return draw.svg(figure, key, confusion_in_words(matrix, class_names))
