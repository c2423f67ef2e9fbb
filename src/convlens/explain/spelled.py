"""Arithmetic as text: every number with at most six significant digits, every sum down to its last part."""

import math
from collections.abc import Sequence
from functools import singledispatch

import numpy as np

from convlens.explain.arithmetic import (
    Applied,
    Averaged,
    Copied,
    Dotted,
    Joined,
    Largest,
    Normalised,
    Shared,
    Standardised,
    Weighted,
)
from convlens.explain.layout import digits, grid, side_by_side, span, table, where
from convlens.explain.words import layer

CHANNELS, TERMS = 4, 10
"""So many channels of a convolution are shown with their windows, so many terms of a linear layer and of a softmax."""

PADDING_MODES = {
    "zeros": "zeros",
    "reflect": "the map mirrored at its outermost numbers",
    "replicate": "the outermost numbers repeated",
    "circular": "the other side of the map",
}


@singledispatch
def spelled(arithmetic: object, source: str) -> list[str]:
    """Give the lines that work out one number; `source` is the step it reads."""
    raise AssertionError(f"{type(arithmetic).__name__} of {source} has no words")


@spelled.register
def _(one: Weighted, source: str) -> list[str]:
    if not one.window.size:
        words = f"no number of {source} reaches here, which leaves the bias"
        return [words, *_ended([], one.bias, one.total)]
    sums = one.sums
    shown = np.sort(np.argsort(-abs(sums), kind="stable")[:CHANNELS])
    lines = []
    if one.padded.any():
        lines.append(f"in brackets: padding, which holds {PADDING_MODES[one.mode]}")
    if one.taps is not None:
        down, across = one.taps
        lines.append(f"of each filter {span(down, 'row')} and {span(across, 'column')} meet what is read")
    for at in shown.tolist():
        lines += [
            f"channel {one.channels[at]} of {source}, {span(one.rows, 'row')}, {span(one.columns, 'column')}",
            *side_by_side(
                ("window", grid(one.window[at], one.padded)),
                ("filter", grid(one.filter[at])),
                ("products", grid(one.products[at])),
                between=("×", "="),
            ),
            f"the products sum to {digits(sums[at])}",
            "",
        ]
    if len(sums) == 1:
        return [*lines, *_ended([("products", float(sums[0]))], one.bias, one.total)]
    parts = [(f"channel {one.channels[at]}", float(sums[at])) for at in shown.tolist()]
    if left := len(sums) - len(shown):
        parts.append((f"the remaining {left:,} channels sum to", float(np.delete(sums, shown).sum())))
    return [*lines, *_ended(parts, one.bias, one.total)]


@spelled.register
def _(one: Dotted, source: str) -> list[str]:
    count = len(one.inputs)
    order = one.largest(TERMS).tolist()
    lines = [f"{count:,} numbers of {source} times their weights, the largest products first"]
    rows = [["number", "input", "weight", "product"]]
    if one.folded is not None:
        rows[0].insert(1, "(channel, row, column)")
    for at in order:
        row = [str(at), digits(one.inputs[at]), digits(one.weights[at]), digits(one.products[at])]
        if one.folded is not None:
            row.insert(1, str(tuple(map(int, np.unravel_index(at, one.folded)))))
        rows.append(row)
    parts = [("these products", float(one.products[order].sum()))]
    if count > len(order):
        parts.append((f"the remaining {count - len(order):,} terms sum to", one.rest(TERMS)))
    return [*lines, *table(rows), "", *_ended(parts, one.bias, one.total)]


@spelled.register
def _(one: Largest, source: str) -> list[str]:
    row, column = one.winner
    return [
        f"channel {one.channel} of {source}, {span(one.rows, 'row')}, {span(one.columns, 'column')}",
        *grid(one.window),
        f"the largest is {digits(one.total)}, at row {row}, column {column}",
    ]


@spelled.register
def _(one: Averaged, source: str) -> list[str]:
    large = one.window.size > 256
    what = [f"… {one.window.size:,} numbers"] if large else grid(one.window, one.padded)
    return [
        f"channel {one.channel} of {source}, {span(one.rows, 'row')}, {span(one.columns, 'column')}",
        *(["in brackets: padding, which counts as zeros"] if one.padded.any() else []),
        *what,
        f"their sum {digits(float(one.window.sum()))} / {one.divisor} = {digits(one.total)}",
    ]


@spelled.register
def _(one: Normalised, source: str) -> list[str]:
    return [f"channel {one.channel} of {source}, by its running mean and variance", *_brought(one)]


@spelled.register
def _(one: Standardised, source: str) -> list[str]:
    names = ("channel", "row", "column") if len(one.first) == 3 else ("number",)
    piece = ", ".join(
        span(range(start, end + 1), name) for start, end, name in zip(one.first, one.last, names, strict=True)
    )
    told = f"the mean {digits(one.mean)} and the variance {digits(one.variance)}"
    if not one.centred:
        told = f"the mean square {digits(one.variance)}, and no mean is taken away"
    return [
        f"{piece} of {source} have {told}",
        *_brought(one),
    ]


@spelled.register
def _(one: Applied, source: str) -> list[str]:
    return [f"{formula(one)} = {digits(one.value)}", f"z = {digits(one.input)} is the number of {source} there"]


@spelled.register
def _(one: Copied, _source: str) -> list[str]:
    if one.place is None:
        return [f"padding: {digits(one.input)}"]
    return [f"{digits(one.input)}, copied from {layer(one.source)}: {where(one.place)}"]


@spelled.register
def _(one: Joined, _source: str) -> list[str]:
    rows = [
        [layer(name), where(place), digits(value)]
        for name, place, value in zip(one.sources, one.places, one.inputs, strict=True)
    ]
    told = {"+": "their sum is", "·": "their product is", "−": "the first minus the second is"}[one.sign]
    return [*table(rows), f"{told} {digits(one.total)}"]


@spelled.register
def _(one: Shared, source: str) -> list[str]:
    exponentials = one.exponentials
    order = np.argsort(-one.inputs, kind="stable")[:TERMS].tolist()
    order += [] if one.index in order else [one.index]
    rows = [["class", "z", "z − largest", "e^(z − largest)", "share"]]
    for at in order:
        z, power = float(one.inputs[at]), float(exponentials[at])
        rows.append(
            [str(at), digits(z), digits(z - one.largest), digits(power), digits(power / float(exponentials.sum()))]
        )
    whole, left = float(exponentials.sum()), len(one.inputs) - len(order)
    rest = float(np.delete(exponentials, order).sum())
    return [
        f"the {len(one.inputs)} numbers of {source}, the largest first",
        *table(rows),
        *([f"the remaining {left:,} powers sum to {digits(rest)}"] if left else []),
        f"all powers sum to {digits(whole)}",
        f"class {one.index}: {digits(float(exponentials[one.index]))} / {digits(whole)} = {digits(one.total)}",
    ]


def formula(one: Applied) -> str:
    """Write a function of one number with that number in it."""
    z, given = digits(one.input), dict(one.parameters)
    match one.name:
        case "relu":
            return f"max(0, {z})"
        case "relu6":
            return f"min(6, max(0, {z}))"
        case "sigmoid":
            return f"1 / (1 + e^{_negated(one.input)})"
        case "scale":
            return _times(one.input, given["by"])
        case "shift":
            return _plus(one.input, given["by"])
        case _:
            inside = ", ".join([z, *(f"{key}={digits(value)}" for key, value in one.parameters)])
            return f"{one.name}({inside})"


def _brought(one: Normalised | Standardised) -> list[str]:
    centred = one.input - one.mean
    unit = centred / one.deviation
    return [
        f"{_minus(one.input, one.mean)} = {digits(centred)}",
        f"{digits(centred)} / √({digits(one.variance)} + {digits(one.eps)}) = {digits(unit)}",
        f"{_times(unit, one.weight)} = {digits(unit * one.weight)}",
        f"{_plus(unit * one.weight, one.bias)} = {digits(one.total)}",
    ]


def _ended(parts: Sequence[tuple[str, float]], bias: float | None, total: float) -> list[str]:
    rows = [*parts, *([] if bias is None else [("bias", bias)]), ("total", total)]
    wide = max(len(word) for word, _ in rows)
    numbers = [digits(value) for _, value in rows]
    tall = max(map(len, numbers))
    return [f"{word.ljust(wide)}  {number.rjust(tall)}" for (word, _), number in zip(rows, numbers, strict=True)]


def _plus(one: float, other: float) -> str:
    return f"{digits(one)} + {_bracketed(other)}"


def _minus(one: float, other: float) -> str:
    return f"{digits(one)} - {_bracketed(other)}"


def _times(one: float, other: float) -> str:
    return f"{_bracketed(one)} · {_bracketed(other)}"


def _bracketed(value: float) -> str:
    return f"({digits(value)})" if math.copysign(1.0, value) < 0 and value else digits(value)


def _negated(value: float) -> str:
    return digits(-value) if value else "0"
