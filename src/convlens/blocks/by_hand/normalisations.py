"""Normalisations as plain loops."""

import math

import numpy as np
from jaxtyping import Float, Num

from convlens.blocks.by_hand.reading import Maps

Row = Num[np.ndarray, " n"]


def batch_norm(maps: Maps, mean: Row, var: Row, weight: Row, bias: Row, eps: float) -> Float[np.ndarray, "c h w"]:
    """Give each number less its channel's mean, by the deviation, times the weight, plus the bias."""
    out = np.zeros(maps.shape)
    channels, height, width = maps.shape
    for c in range(channels):
        for r in range(height):
            for q in range(width):
                out[c, r, q] = (maps[c, r, q] - mean[c]) / math.sqrt(var[c] + eps) * weight[c] + bias[c]
    return out


def group_norm(maps: Maps, groups: int, weight: Row, bias: Row, eps: float) -> Float[np.ndarray, "c h w"]:
    """Give each number less the mean of its group of channels, by the deviation of the group, scaled and shifted."""
    out = np.zeros(maps.shape)
    channels, height, width = maps.shape
    each = channels // groups
    for g in range(groups):
        members = range(g * each, g * each + each)
        numbers = [maps[c, r, q] for c in members for r in range(height) for q in range(width)]
        mean = sum(numbers) / len(numbers)
        variance = sum((one - mean) ** 2 for one in numbers) / len(numbers)
        for c in members:
            for r in range(height):
                for q in range(width):
                    out[c, r, q] = (maps[c, r, q] - mean) / math.sqrt(variance + eps) * weight[c] + bias[c]
    return out


def layer_norm(row: Row, weight: Row, bias: Row, eps: float) -> Float[np.ndarray, " n"]:
    """Give each number less the mean of all, by their deviation, times its own weight, plus its own bias."""
    mean = sum(row) / len(row)
    variance = sum((one - mean) ** 2 for one in row) / len(row)
    return np.array(
        [
            (one - mean) / math.sqrt(variance + eps) * factor + plus
            for one, factor, plus in zip(row, weight, bias, strict=True)
        ]
    )
