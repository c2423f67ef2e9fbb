"""Rows of numbers, and functions of one number, as plain loops."""

import math

import numpy as np
from jaxtyping import Float, Num

from convlens.blocks.by_hand.reading import Maps
from convlens.errors import SettingsError

Row = Num[np.ndarray, " n"]


def flatten(maps: Maps) -> Row:
    """Give all numbers in a row: channel by channel, row by row."""
    channels, height, width = maps.shape
    return np.array([maps[c, r, q] for c in range(channels) for r in range(height) for q in range(width)])


def linear(row: Row, weight: Num[np.ndarray, "m n"], bias: Num[np.ndarray, " m"]) -> Num[np.ndarray, " m"]:
    """Give one sum of products, plus a bias, for each row of the weights."""
    sums = []
    for weights, start in zip(weight, bias, strict=True):
        total = start
        for one, factor in zip(row, weights, strict=True):
            total += factor * one
        sums.append(total)
    return np.array(sums)


def softmax(logits: Row) -> Float[np.ndarray, " n"]:
    """Give e^(z − largest) of each number, by the sum of all these."""
    powers = [math.exp(z - max(logits)) for z in logits]
    return np.array([power / sum(powers) for power in powers])


def pointwise(name: str, z: float) -> float:
    """Give one number through an activation with its usual parameters, as its formula has it.

    Raises:
        SettingsError: it is not known by hand.
    """
    match name:
        case "relu":
            return max(0, z)
        case "relu6":
            return min(6, max(0, z))
        case "leaky_relu":
            return z if z >= 0 else 0.01 * z
        case "elu":
            return z if z > 0 else math.exp(z) - 1
        case "gelu":
            return z * (1 + math.erf(z / math.sqrt(2))) / 2
        case "silu":
            return z / (1 + math.exp(-z))
        case "hardsigmoid":
            return min(1, max(0, z / 6 + 1 / 2))
        case "hardswish":
            return z * min(1, max(0, z / 6 + 1 / 2))
        case "sigmoid":
            return 1 / (1 + math.exp(-z))
        case "tanh":
            return (math.exp(z) - math.exp(-z)) / (math.exp(z) + math.exp(-z))
        case "dropout" | "identity":
            return z
    raise SettingsError(f"{name!r} is not written out by hand; `activation` may know it")


def prelu(maps: Maps, slopes: Row) -> Float[np.ndarray, "c h w"]:
    """Give each number, or below 0 its channel's slope times it."""
    out = np.zeros(maps.shape)
    channels, height, width = maps.shape
    for c in range(channels):
        for r in range(height):
            for q in range(width):
                out[c, r, q] = maps[c, r, q] if maps[c, r, q] >= 0 else slopes[c] * maps[c, r, q]
    return out
