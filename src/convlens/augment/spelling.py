"""Settings as text: the spelling that gives the same setting back when it is read."""

import json
from collections.abc import Sequence

from convlens.augment.algebra import Arithmetic, Constant, Distribution
from convlens.augment.distributions import (
    Binomial,
    Choice,
    Clip,
    DiscreteUniform,
    Laplace,
    Normal,
    TruncatedNormal,
    Uniform,
)
from convlens.augment.grammar import PerAxis


def spelled_value(value: object, *, whole: bool = False) -> str:
    """Spell a setting as the grammar of the parameters and Python's literals have it.

    Args:
        whole: the parameter is a whole one, where a range means whole numbers.
    """
    match value:
        case Distribution():
            return _spelled_distribution(value, whole)
        case PerAxis():
            return f'{{"x": {_spelled_distribution(value.x, whole)}, "y": {_spelled_distribution(value.y, whole)}}}'
        case str():
            return json.dumps(value, ensure_ascii=False)
        case Sequence():
            return f"[{', '.join(spelled_value(one) for one in value)}]"
        case _:
            return repr(value)


def spelled_number(value: float) -> str:
    """Spell a number, without the point when it is a whole one."""
    return repr(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)


def _spelled_distribution(distribution: Distribution, whole: bool) -> str:
    match distribution:
        case Constant():
            return spelled_number(distribution.value)
        case Choice():
            return f"[{', '.join(spelled_value(one, whole=whole) for one in distribution.options)}]"
        case Uniform() | DiscreteUniform():
            # A bare range means DiscreteUniform in a whole parameter, Uniform elsewhere; the other keeps its name.
            plain = isinstance(distribution, DiscreteUniform) == whole
            return _named(distribution).removeprefix(type(distribution).__name__ if plain else "")
        case Arithmetic():
            return _spelled_arithmetic(distribution)
        case _:
            return _named(distribution)


def _named(distribution: Distribution) -> str:
    """Spell a distribution with its name, as it must stand inside of another one."""
    match distribution:
        case Choice():
            return f"Choice([{', '.join(_operand(one) for one in distribution.options)}])"
        case Clip(inner, low, high):
            return f"Clip({_named(inner)}, {spelled_number(low)}, {spelled_number(high)})"
        case Arithmetic():
            return f"({_spelled_arithmetic(distribution)})"
        case Constant() | Uniform() | DiscreteUniform() | Normal() | TruncatedNormal() | Laplace() | Binomial():
            settings = (getattr(distribution, name) for name in type(distribution).__match_args__)
            return f"{type(distribution).__name__}({', '.join(map(spelled_number, settings))})"
        case _:
            return repr(distribution)


def _spelled_arithmetic(distribution: Arithmetic) -> str:
    left, right = distribution.left, distribution.right
    # Two bare numbers would be plain arithmetic, which has no place in an augmentation.
    first = _named(left) if isinstance(left, Constant) and isinstance(right, Constant) else _operand(left)
    return f"{first} {distribution.operator} {_operand(right)}"


def _operand(side: float | Distribution) -> str:
    if isinstance(side, Constant):
        return spelled_number(side.value)
    return _named(side) if isinstance(side, Distribution) else spelled_number(side)
