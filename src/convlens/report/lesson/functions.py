"""The chapters on what is done to each number: activations and batch normalisation; dropout, which does nothing."""

import math

import numpy as np

from convlens.blocks.activations import activation, relu, sigmoid
from convlens.blocks.normalisation import batch_norm
from convlens.report.blocks import TableView
from convlens.report.lesson.content import Chapter, Column, Example, Mark, Output, grid
from convlens.report.lesson.numbers import bracketed, told

SIGNED = np.array([[-3, 0, 2], [5, -1, -4], [1, 7, -2]])
LOGITS = np.array([-4, -1, 0, 1, 4])

FORMULAS = {
    "relu": "max(0, z)",
    "relu6": "min(6, max(0, z))",
    "leaky_relu": "z, or 0.01·z below 0",
    "elu": "z, or e^z − 1 below 0",
    "gelu": "z · Φ(z), Φ the normal distribution",
    "silu": "z · σ(z)",
    "hardswish": "z · min(6, max(0, z + 3)) / 6",
    "sigmoid": "σ(z) = 1 / (1 + e^(−z))",
    "hardsigmoid": "min(6, max(0, z + 3)) / 6",
    "tanh": "(e^z − e^(−z)) / (e^z + e^(−z))",
}


def activations() -> Chapter:
    """Give the chapter on ReLU and its relatives."""
    return Chapter(
        "activations",
        "ReLU and other activations",
        "Between two layers each number goes through a function by itself. Without one, two layers would be no more"
        " than a single one: sums of sums are sums.",
        examples=(_relu(), _sigmoid()),
        tables=(_table(),),
        loops=("pointwise",),
    )


def normalisation() -> Chapter:
    """Give the chapter on batch normalisation and dropout."""
    return Chapter(
        "batch-norm",
        "Batch normalisation and dropout, once training is over",
        "While a network is trained, each channel's mean and variance are followed. Afterwards they stand still: every"
        " number of the channel is moved and scaled by the same four numbers.\n"
        "Dropout leaves numbers out at random while a network is trained. Afterwards it does nothing at all.",
        "y = (x − mean) / √(var + eps) · weight + bias\n"
        "mean and var are those that training left behind; weight and bias were learnt. eps, 0.00001 unless told"
        " otherwise, keeps the root above 0; here it is left out.",
        (_batch_norm(),),
        loops=("batch_norm",),
    )


def _relu() -> Example:
    values = relu(SIGNED)
    outputs = tuple(
        Output(
            (1, row, column),
            f"row {row}, column {column}",
            (f"max(0, {told(SIGNED[row, column].item())}) = {told(values[row, column].item())}",),
            (Mark((0, row, column)),),
        )
        for row, column in np.ndindex(values.shape)
    )
    columns = Column("map", (grid(SIGNED),)), Column("result", (grid(values),), "→", chosen=True)
    said = "What is below 0 becomes 0; what is above stays as it is."
    return Example("relu", "ReLU", said, columns, outputs, "relu(maps)")


def _sigmoid() -> Example:
    shares = sigmoid(LOGITS)
    outputs = []
    for at, (z, share) in enumerate(zip(LOGITS.tolist(), shares.tolist(), strict=True)):
        power = math.exp(-z)
        line = f"1 / (1 + e^{bracketed(-z)}) = 1 / (1 + {told(power)}) = {told(share)}"
        outputs.append(Output((1, at, 0), f"row {at}", (line,), (Mark((0, at, 0)),)))
    columns = (
        Column("z", (grid(LOGITS[:, None], heads=("",)),)),
        Column("result", (grid(shares[:, None], heads=("",)),), "→", chosen=True),
    )
    said = (
        "Any number becomes one between 0 and 1; a network with one output reads it as the probability of its second"
        " class. 0 becomes one half, and what z and −z become adds up to 1."
    )
    return Example("sigmoid", "Sigmoid", said, columns, tuple(outputs), "sigmoid(z)", start=3)


def _batch_norm() -> Example:
    maps = np.array([[[5, 1], [3, 7]], [[10, 20], [0, 15]]])
    numbers = np.array([[3, 4, 2, 1], [10, 25, 1, -2]])
    mean, var, weight, bias = numbers.T
    values = batch_norm(maps, mean, var, weight, bias, eps=0)
    outputs = []
    for c, row, column in np.ndindex(values.shape):
        x, (middle, square, factor, start) = maps[c, row, column].item(), numbers[c].tolist()
        unit = (x - middle) / math.sqrt(square)
        lines = (
            f"{told(x)} − {bracketed(middle)} = {told(x - middle)}",
            f"{told(x - middle)} / √{told(square)} = {told(x - middle)} / {told(math.sqrt(square))} = {told(unit)}",
            f"{bracketed(unit)}·{bracketed(factor)} + {bracketed(start)} = {told(values[c, row, column].item())}",
        )
        marks = (Mark((c, row, column)), *(Mark((2, c, at)) for at in range(4)))
        outputs.append(Output((3 + c, row, column), f"channel {c}, row {row}, column {column}", lines, marks))
    columns = (
        Column("maps", tuple(grid(one, f"channel {c}") for c, one in enumerate(maps))),
        Column(
            "a channel's numbers",
            (grid(numbers, heads=("mean", "var", "weight", "bias"), names=("channel 0", "channel 1")),),
        ),
        Column("result", tuple(grid(one, f"channel {c}") for c, one in enumerate(values)), "→", chosen=True),
    )
    said = "Of channel 0 the mean is 3 and the deviation √4 = 2: a 5 lies one deviation above the mean."
    code = "batch_norm(maps, mean, var, weight, bias, eps=0)"
    return Example("normalised", "Four numbers for each channel", said, columns, tuple(outputs), code)


def _table() -> TableView:
    rows = [
        (name, formula, *(told(float(f"{value:.4g}")) for value in activation(name)(LOGITS.astype(float)).tolist()))
        for name, formula in FORMULAS.items()
    ]
    heads = ("name", "formula", *(f"z = {told(z)}" for z in LOGITS.tolist()))
    return TableView("The usual activations and what they make of five numbers, to four digits.", heads, tuple(rows))
