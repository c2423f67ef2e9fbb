"""Arithmetic as Python: a few lines with NumPy alone that give the number again, all digits kept."""

import textwrap
from functools import singledispatch
from typing import Any

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
from convlens.explain.expressions import expression


def literal(name: str, values: Any, *, width: int = 110) -> str:
    """Write `name = np.array(…)` with every digit, in lines of at most so many letters."""
    flat = np.asarray(values, np.float64)
    text = ", ".join(map(number, flat.ravel().tolist()))
    line = f"{name} = np.array([{text}])"
    shaped = "" if flat.ndim == 1 else f".reshape{flat.shape}"
    if len(line) + len(shaped) <= width:
        return line + shaped
    inner = textwrap.fill(text, width, initial_indent="    ", subsequent_indent="    ", break_long_words=False)
    return f"{name} = np.array([\n{inner}\n]){shaped}"


def number(value: float) -> str:
    """Write one number so that Python with NumPy reads the same one."""
    if np.isnan(value):
        return "np.nan"
    return repr(float(value)) if np.isfinite(value) else ("np.inf" if value > 0 else "-np.inf")


@singledispatch
def snippet(arithmetic: object) -> list[str]:
    """Give the lines that work out `total`."""
    raise AssertionError(f"{type(arithmetic).__name__} has no Python form")


@snippet.register
def _(one: Weighted) -> list[str]:
    return [
        literal("window", one.window),
        literal("filter", one.filter),
        f"bias = {number(one.bias or 0.0)}",
        "products = window * filter",
        "sums = products.sum(axis=(1, 2))  # one per channel",
        "total = sums.sum() + bias",
    ]


@snippet.register
def _(one: Dotted) -> list[str]:
    return [
        literal("inputs", one.inputs),
        literal("weights", one.weights),
        f"bias = {number(one.bias or 0.0)}",
        "total = (inputs * weights).sum() + bias",
    ]


@snippet.register
def _(one: Largest) -> list[str]:
    return [literal("window", one.window), "total = window.max()"]


@snippet.register
def _(one: Averaged) -> list[str]:
    return [literal("window", one.window), f"total = window.sum() / {one.divisor}"]


@snippet.register
def _(one: Normalised) -> list[str]:
    return [
        f"x, mean, variance, eps = {', '.join(map(number, (one.input, one.mean, one.variance, one.eps)))}",
        f"weight, bias = {number(one.weight)}, {number(one.bias)}",
        "total = (x - mean) / np.sqrt(variance + eps) * weight + bias",
    ]


@snippet.register
def _(one: Standardised) -> list[str]:
    return [
        literal("numbers", one.numbers),
        f"x, eps = numbers[{one.index}], {number(one.eps)}",
        f"weight, bias = {number(one.weight)}, {number(one.bias)}",
        "total = (x - numbers.mean()) / np.sqrt(numbers.var() + eps) * weight + bias"
        if one.centred
        else "total = x / np.sqrt((numbers**2).mean() + eps) * weight + bias",
    ]


@snippet.register
def _(one: Applied) -> list[str]:
    return [f"z = {number(one.input)}", f"total = {expression(one.name, one.parameters, 'z')}"]


@snippet.register
def _(one: Copied) -> list[str]:
    return [f"total = {number(one.input)}"]


@snippet.register
def _(one: Joined) -> list[str]:
    total = {"+": "inputs.sum()", "·": "inputs.prod()", "−": "inputs[0] - inputs[1]"}[one.sign]
    return [literal("inputs", one.inputs), f"total = {total}"]


@snippet.register
def _(one: Shared) -> list[str]:
    return [
        literal("z", one.inputs),
        "powers = np.exp(z - z.max())",
        f"total = powers[{one.index}] / powers.sum()",
    ]
