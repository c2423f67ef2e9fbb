"""Functions of one number that stand between the layers, each number by itself."""

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float, Num

from convlens.errors import SettingsError, UnknownNameError

Numbers: TypeAlias = Num[np.ndarray, "*shape"]
Floats: TypeAlias = Float[np.ndarray, "*shape"]
Channels = Num[np.ndarray, "c *rest"]
FloatChannels = Float[np.ndarray, "c *rest"]
PerChannel = Num[np.ndarray, " c"]


def relu(z: Numbers) -> Numbers:
    """Give max(0, z)."""
    return np.asarray(np.maximum(z, 0))


def relu6(z: Numbers) -> Numbers:
    """Give min(6, max(0, z))."""
    return np.asarray(np.minimum(np.maximum(z, 0), 6))


def leaky_relu(z: Numbers, negative_slope: float = 0.01) -> Floats:
    """Give z, or negative_slope · z where it is below 0."""
    return np.where(z >= 0, z, negative_slope * z)


def prelu(maps: Channels, slopes: PerChannel) -> FloatChannels:
    """Give z, or below 0 the slope of its channel times z.

    Source: He et al. 2015, "Delving deep into rectifiers", equation (1).
    """
    return np.where(maps >= 0, maps, slopes.reshape(-1, *[1] * (maps.ndim - 1)) * maps)


def elu(z: Numbers, alpha: float = 1.0) -> Floats:
    """Give z, or alpha · (e^z − 1) where it is below 0."""
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def gelu(z: Numbers, approximate: str = "none") -> Floats:
    """Give z · Φ(z) with the normal distribution Φ(z) = (1 + erf(z / √2)) / 2.

    Args:
        approximate: "tanh" for z / 2 · (1 + tanh(√(2/π) · (z + 0.044715 z³))).

    Source: Hendrycks & Gimpel 2016, section 2.
    """
    if approximate == "tanh":
        return np.asarray(z / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))))
    return np.asarray(z / 2 * (1 + _erf(z / math.sqrt(2))))


def silu(z: Numbers) -> Floats:
    """Give z · σ(z)."""
    return np.asarray(z * sigmoid(z))


def hardsigmoid(z: Numbers) -> Floats:
    """Give z / 6 + 1 / 2, kept between 0 and 1."""
    return np.asarray(relu6(z + 3) / 6)


def hardswish(z: Numbers) -> Floats:
    """Give z · min(6, max(0, z + 3)) / 6."""
    return np.asarray(z * relu6(z + 3) / 6)


def sigmoid(z: Numbers) -> Floats:
    """Give 1 / (1 + e^(−z)), without overflow."""
    power = np.exp(-np.abs(z))
    return np.asarray(np.where(z >= 0, 1, power) / (1 + power))


def tanh(z: Numbers) -> Floats:
    """Give (e^z − e^(−z)) / (e^z + e^(−z))."""
    return np.asarray(np.tanh(z))


def softplus(z: Numbers, beta: float = 1.0, threshold: float = 20.0) -> Floats:
    """Give ln(1 + e^(beta · z)) / beta, and z itself where beta · z is above the threshold."""
    return np.where(z * beta > threshold, z, np.logaddexp(0, z * beta) / beta)


def mish(z: Numbers) -> Floats:
    """Give z · tanh(ln(1 + e^z))."""
    return np.asarray(z * np.tanh(np.logaddexp(0, z)))


def hardtanh(z: Numbers, min_val: float = -1.0, max_val: float = 1.0) -> Numbers:
    """Give z, kept between min_val and max_val."""
    return np.asarray(np.clip(z, min_val, max_val))


def scale(z: Numbers, by: float) -> Numbers:
    """Give z · by."""
    return np.asarray(z * by)


def shift(z: Numbers, by: float) -> Numbers:
    """Give z + by."""
    return np.asarray(z + by)


def identity(z: Numbers) -> Numbers:
    """Give z."""
    return z


def dropout(z: Numbers) -> Numbers:
    """Give z: dropout leaves numbers out only while a network is trained."""
    return z


ACTIVATIONS: dict[str, Callable[..., Numbers]] = {
    one.__name__: one
    for one in (
        relu, relu6, leaky_relu, elu, gelu, silu, hardsigmoid, hardswish, sigmoid, tanh, softplus, mish, hardtanh,
        scale, shift, identity, dropout,
    )
}  # fmt: skip
"""By the names of torch's functions; `scale` and `shift` besides."""


def activation(name: str, **parameters: Any) -> Callable[[Numbers], Numbers]:
    """Give the function of that name with its parameters set: `activation("leaky_relu", negative_slope=0.2)`.

    Raises:
        UnknownNameError: there is no such function.
        SettingsError: it has no such parameter.
    """
    if name not in ACTIVATIONS:
        raise UnknownNameError(f"no activation is called {name!r}; there are {', '.join(ACTIVATIONS)}")
    function = ACTIVATIONS[name]
    known = list(inspect.signature(function).parameters)[1:]
    for given in parameters:
        if given not in known:
            listed = f"it has {', '.join(known)}" if known else "it has none"
            raise SettingsError(f"{name} has no parameter {given!r}; {listed}")
    return functools.partial(function, **parameters)


def _erf(z: Floats) -> Floats:
    return np.asarray(np.frompyfunc(math.erf, 1, 1)(z).astype(np.float64))
