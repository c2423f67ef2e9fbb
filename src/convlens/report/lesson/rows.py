"""The chapters from maps to an answer: flatten, linear, softmax."""

import numpy as np

from convlens.blocks.dense import flat_index, flatten, linear, place_of
from convlens.blocks.shares import shares
from convlens.report.lesson.content import Chapter, Column, Example, Mark, Output, grid
from convlens.report.lesson.numbers import added, bracketed, products, told

MAPS = np.array([[[7, 1, 4], [0, 9, 2]], [[5, 8, 3], [6, 2, 1]]])
FOUR = np.array([2, 0, 1, 3])
WEIGHT = np.array([[1, 2, -1, 0], [0, 1, 3, -2], [2, -1, 0, 1]])
BIAS = np.array([1, 0, -4])
SCORES = np.array([2, 1, -1])


def flattening() -> Chapter:
    """Give the chapter on flattening."""
    return Chapter(
        "flatten",
        "Flatten",
        "A linear layer wants a row of numbers. The maps are written one after the other, each row by row; nothing"
        " is computed. The rule says which number of the row came from where, and so which weight belongs to which"
        " pixel.\n"
        "torch counts channels first. Keras has them last, r·W·C + q·C + c, so weights from there have to be put into"
        " another order.",
        "index of (c, r, q) = c·H·W + r·W + q",
        (_flat(),),
        loops=("flatten",),
    )


def sums() -> Chapter:
    """Give the chapter on linear layers."""
    return Chapter(
        "linear",
        "Linear",
        "Each output has a weight for every number that comes in, and a bias of its own.",
        "y[o] = b[o] + Σ w[o, i] · x[i], summed over i",
        (_linear(),),
        loops=("linear",),
    )


def answers() -> Chapter:
    """Give the chapter on softmax."""
    return Chapter(
        "softmax",
        "Softmax",
        "The network's last numbers, one for each class, become shares that are above 0 and sum to 1. Only differences"
        " count: the same number added to all changes nothing. So the largest is taken off first, and no power can"
        " become too large to be held.",
        "p[k] = e^(z[k] − max z) / Σ e^(z[j] − max z)",
        (_softmax(),),
        loops=("softmax",),
    )


def _flat() -> Example:
    shape = (2, 2, 3)
    row = flatten(MAPS)
    outputs = []
    for at in range(len(row)):
        c, r, q = place_of(at, shape)
        lines = (
            f"channel {c}, row {r}, column {q}: {c}·2·3 + {r}·3 + {q} = {flat_index((c, r, q), shape)}",
            f"and back: {at} = {c}·6 + {at % 6}, and {at % 6} = {r}·3 + {q}",
        )
        outputs.append(Output((2, 0, at), f"number {at}", lines, (Mark((c, r, q)),)))
    columns = (
        Column("maps", tuple(grid(one, f"channel {c}") for c, one in enumerate(MAPS))),
        Column("result", (grid(row[None], names=("",)),), "→", chosen=True),
    )
    said = "Two maps of 2×3 make a row of twelve."
    return Example("flat", "Maps to a row, and back", said, columns, tuple(outputs), "flatten(maps)", start=8)


def _linear() -> Example:
    results = linear(FOUR, WEIGHT, BIAS)
    outputs = []
    for o, total in enumerate(results.tolist()):
        pairs = list(zip(FOUR.tolist(), WEIGHT[o].tolist(), strict=True))
        parts = [one * other for one, other in pairs]
        lines = (
            f"{products(pairs)} = {added(parts)} = {told(sum(parts))}",
            f"sum and bias: {bracketed(sum(parts))} + {bracketed(int(BIAS[o]))} = {told(total)}",
        )
        marks = (
            *(Mark((0, 0, at), f"×{bracketed(weight)}") for at, (_, weight) in enumerate(pairs)),
            *(Mark((1, o, at)) for at in range(len(pairs))),
            Mark((2, o, 0)),
        )
        outputs.append(Output((3, o, 0), f"output {o}", lines, marks))
    names = ("output 0", "output 1", "output 2")
    columns = (
        Column("row", (grid(FOUR[None], names=("",)),)),
        Column("weights", (grid(WEIGHT, names=names),), "∗"),
        Column("bias", (grid(BIAS[:, None], heads=("",), names=names),), "+"),
        Column("result", (grid(results[:, None], heads=("",), names=names),), "=", chosen=True),
    )
    said = "Four numbers, three outputs: 3·4 weights and 3 biases, 15 numbers that are learnt."
    return Example("sums", "Sums of products", said, columns, tuple(outputs), "linear(row, weight, bias)")


def _softmax() -> Example:
    steps = shares(SCORES)
    names = ("class 0", "class 1", "class 2")
    powers, total = steps.exponentials.tolist(), float(steps.total)
    outputs = []
    for k, share in enumerate(steps.shares.tolist()):
        z, shifted = int(SCORES[k]), int(steps.shifted[k])
        lines = (
            f"{bracketed(z)} − {bracketed(int(SCORES.max()))} = {told(shifted)}",
            f"e^{bracketed(shifted)} = {told(powers[k])}",
            f"{added(powers)} = {told(total)}",
            f"{told(powers[k])} / {told(total)} = {told(share)}",
        )
        marks = (
            Mark((0, k, 0), strong=True),
            Mark((1, k, 0), strong=True),
            *(Mark((2, at, 0), strong=at == k) for at in range(len(powers))),
        )
        outputs.append(Output((3, k, 0), f"class {k}", lines, marks))
    steps_shown = (("z", SCORES, ""), ("z − max z", steps.shifted, "→"), ("e^(z − max z)", steps.exponentials, "→"))
    columns = (
        *(Column(name, (grid(one[:, None], heads=("",), names=names),), sign) for name, one, sign in steps_shown),
        Column("result", (grid(steps.shares[:, None], heads=("",), names=names),), "→", chosen=True),
    )
    said = "The shares of three classes."
    return Example("shares", "Shares that sum to 1", said, columns, tuple(outputs), "softmax(z)")
