"""Settings as text: the spelling that gives the same setting back when it is read."""

import json
from collections.abc import Sequence

from convlens.augment.distributions import Choice, Constant, DiscreteUniform, Distribution, PerAxis, Uniform


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
            ends = f"({spelled_number(distribution.low)}, {spelled_number(distribution.high)})"
            # A bare range means DiscreteUniform in a whole parameter, Uniform elsewhere; the other keeps its name.
            plain = isinstance(distribution, DiscreteUniform) == whole
            return ends if plain else type(distribution).__name__ + ends
        case _:
            return repr(distribution)
