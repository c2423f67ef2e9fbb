"""A whole forward pass as text: every number of a small network, a line for each step of a large one."""

import textwrap
from collections.abc import Iterator

import numpy as np

from convlens.explain.arithmetic import Applied, Dotted, Largest, Place, Weighted
from convlens.explain.computing import Numbers, numbers
from convlens.explain.layout import digits, equation, grid, side_by_side
from convlens.explain.operations import Convolution, Linear, TransposedConvolution, tensors_of
from convlens.explain.parts import Source, parts
from convlens.explain.short_steps import steps_in_short
from convlens.explain.spelled import formula
from convlens.explain.traced import TracedStep
from convlens.explain.tracing import Trace
from convlens.explain.words import layer, sides

WIDEST, MOST = 28, 4000
"""A network is small when no map has more columns, and when all its numbers and weights together are no more."""

WIDE = 10
"""Of a map with more columns every number is shown, with two decimals."""

LINE = 118
"""A row of numbers goes on in the next line after so many letters."""

WRITTEN_OUT = 16
"""So many sums of a step are written out."""


def is_small(trace: Trace) -> bool:
    """Say whether every number of a pass can be read at once."""
    sizes = [trace.image.size, *(step.value.size + sum(one.size for _, one in _weights(step)) for step in trace.steps)]
    widths = [trace.image.shape[-1], *(step.value.shape[-1] for step in trace.steps if step.value.ndim == 3)]
    return sum(sizes) <= MOST and max(widths) <= WIDEST


def steps_text(trace: Trace) -> str:
    """Give the whole pass: in full for a small network, and a line for each step of a large one."""
    lines = _in_full(trace) if is_small(trace) else steps_in_short(trace.steps, trace.output)
    return "\n".join(lines)


def _in_full(trace: Trace) -> Iterator[str]:
    yield f"the picture as it enters the network, {sides(trace.image.shape)}"
    if any(one.ndim == 3 and _is_wide(one) for one in (trace.image, *(step.value for step in trace.steps))):
        yield f"maps of more than {WIDE} columns are shown with two decimals, and computed with all"
    yield from _matrices(trace.image)
    for step in trace.steps:
        yield ""
        yield f"{layer(step.name)} ({step.kind}): {sides(step.value.shape)}"
        words = ("channel", "filter") if isinstance(step.operation, TransposedConvolution) else ("filter", "channel")
        for name, weights in _weights(step):
            yield from _named(name, weights, words)
        yield from _worked(trace, step)
        yield from _beside(step)


def _weights(step: TracedStep) -> list[tuple[str, Numbers]]:
    is_layer = isinstance(step.operation, Convolution | TransposedConvolution | Linear)
    return [
        ("weights" if is_layer and name == "weight" else name, numbers(one))
        for name, one in tensors_of(step.operation).items()
    ]


def _named(name: str, weights: Numbers, words: tuple[str, str]) -> Iterator[str]:
    if weights.ndim == 1 or (weights.ndim == 3 and weights.size == len(weights)):
        yield from _in_a_row(name, weights.reshape(-1))
    elif weights.ndim == 3:
        yield name
        yield from _matrices(weights)
    elif weights.ndim == 2:
        for place, row in enumerate(weights):
            yield from _in_a_row(f"{name} of output {place}", row)
    else:
        for place, one in enumerate(weights):
            blocks = [(f"{words[0]} {place}, {words[1]} {other}", grid(window)) for other, window in enumerate(one)]
            yield from side_by_side(*blocks)


def _matrices(values: Numbers) -> Iterator[str]:
    if values.ndim == 3:
        blocks = [(f"channel {place}", _grid(one)) for place, one in enumerate(values)]
        yield from _joined(blocks, values)
    else:
        yield from _in_a_row("", values)


def _worked(trace: Trace, step: TracedStep) -> Iterator[str]:
    """Fill the output number by number."""
    sources = [trace.source(one) for one in step.inputs]
    places = list(np.ndindex(step.value.shape))
    equations = [_equation(step, sources, place) for place in places[:WRITTEN_OUT]]
    if not any(equations):
        return
    if isinstance(step.operation, Convolution | TransposedConvolution):
        yield "a matrix of zeros, to be filled number by number"
        yield from _matrices(np.zeros(step.value.shape))
    for lines in equations:
        yield from lines
    if len(places) > WRITTEN_OUT:
        yield f"… and {len(places) - WRITTEN_OUT} more in the same way"


def _equation(step: TracedStep, sources: list[Source], place: Place) -> list[str]:
    """Write out one number; nothing for steps that only move numbers, or whose arithmetic takes several lines."""
    value, start = float(step.value[place]), f"[{', '.join(map(str, place))}]"
    match one := parts(step.operation, sources, place, value):
        case Weighted(window=read, filter=weights) | Dotted(inputs=read, weights=weights):
            return equation(_terms(read.ravel(), weights.ravel(), one.bias), digits(value), start)
        case Largest():
            return equation([f"max({', '.join(map(digits, one.window.ravel().tolist()))})"], digits(value), start)
        case Applied():
            return equation([formula(one)], digits(value), start)
        case _:
            return []


def _terms(values: Numbers, weights: Numbers, bias: float | None) -> list[str]:
    products = [
        f"{_signed(value)}·{_signed(weight)}" for value, weight in zip(values.tolist(), weights.tolist(), strict=True)
    ]
    return products if bias is None else [*products, _signed(bias)]


def _signed(value: float) -> str:
    text = digits(value)
    return f"({text})" if text.startswith("-") else text


def _beside(step: TracedStep) -> Iterator[str]:
    same = f"differs by at most {step.difference:.2g}" if step.difference else "the same"
    if step.value.ndim == 3:
        for channel, (mine, torchs) in enumerate(zip(step.value, step.torch, strict=True)):
            yield from _joined([(f"channel {channel} by hand", _grid(mine)), ("torch", _grid(torchs))], step.value)
    else:
        yield from _in_a_row("by hand", step.value)
        yield from _in_a_row("  torch", step.torch)
    yield f"torch: {same}"


def _is_wide(maps: Numbers) -> bool:
    return int(maps.shape[-1]) > WIDE


def _grid(values: Numbers) -> list[str]:
    return grid(values) if not _is_wide(values) else grid(values, written=_short)


def _short(value: float) -> str:
    text = f"{value:.2f}"
    return "0" if not value else text.removeprefix("-") if text == "-0.00" else text


def _joined(blocks: list[tuple[str, list[str]]], maps: Numbers) -> Iterator[str]:
    """Put matrices beside one another, or wide ones below one another."""
    if not _is_wide(maps):
        yield from side_by_side(*blocks)
        return
    for heading, lines in blocks:
        yield heading
        yield from lines


def _in_a_row(name: str, values: Numbers) -> Iterator[str]:
    """Write a row of numbers after its name, in as many lines as it takes."""
    head = f"{name}  " if name else ""
    told = textwrap.wrap("  ".join(map(digits, values.tolist())), LINE, break_on_hyphens=False, drop_whitespace=True)
    for place, line in enumerate(told):
        yield (head if place == 0 else " " * len(head)) + line.strip()
