"""Functions of one number, written as Python with NumPy alone.

Names and parameters are those of torch's functions. {z} is the number, or an array of numbers.
"""

from collections.abc import Mapping, Sequence

EXPRESSIONS: Mapping[str, str] = {
    "identity": "{z}",
    "dropout": "{z}",
    "relu": "np.maximum({z}, 0)",
    "relu6": "np.clip({z}, 0, 6)",
    "leaky_relu": "np.where({z} >= 0, {z}, {negative_slope} * {z})",
    "elu": "np.where({z} > 0, {z}, {alpha} * np.expm1(np.minimum({z}, 0)))",
    "gelu": "{z} / 2 * (1 + np.vectorize(math.erf)({z} / np.sqrt(2)))",
    "gelu_tanh": "{z} / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * ({z} + 0.044715 * {z} ** 3)))",
    "silu": "{z} / (1 + np.exp(-{z}))",
    "mish": "{z} * np.tanh(np.logaddexp(0, {z}))",
    "hardswish": "{z} * np.clip({z} + 3, 0, 6) / 6",
    "hardsigmoid": "np.clip({z} + 3, 0, 6) / 6",
    "hardtanh": "np.clip({z}, {min_val}, {max_val})",
    "sigmoid": "1 / (1 + np.exp(-{z}))",
    "tanh": "np.tanh({z})",
    "softplus": "np.where({beta} * {z} > {threshold}, {z}, np.logaddexp(0, {beta} * {z}) / {beta})",
    "scale": "{z} * {by}",
    "shift": "{z} + {by}",
}

USUAL: Mapping[str, Mapping[str, float]] = {
    "leaky_relu": {"negative_slope": 0.01},
    "elu": {"alpha": 1.0},
    "hardtanh": {"min_val": -1.0, "max_val": 1.0},
    "softplus": {"beta": 1.0, "threshold": 20.0},
}
"""The parameters that torch's functions have when none are given."""


def expression(name: str, parameters: Sequence[tuple[str, float]], z: str) -> str:
    """Write a function of `z`, the name of a variable; some need `math` besides NumPy, see `imports`."""
    given = {**USUAL.get(name, {}), **dict(parameters)}
    return EXPRESSIONS[name].format(z=z, **{key: repr(float(value)) for key, value in given.items()})


def imports(lines: Sequence[str]) -> list[str]:
    """Give the imports that lines of Python need."""
    return [*(["import math", ""] if any("math." in line for line in lines) else []), "import numpy as np", ""]
