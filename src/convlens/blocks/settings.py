"""How a block's settings may be written, and what they mean in full: one number, a pair, or every side."""

from typing import Literal, TypeAlias

from convlens.blocks.sizes import Ends, same_padding
from convlens.errors import SettingsError

Pair: TypeAlias = tuple[int, int]
"""(down, across)."""
Sides: TypeAlias = tuple[Ends, Ends]
"""((above, below), (left, right))."""
Both: TypeAlias = int | Pair
"""One number for both axes, or a pair (down, across)."""
Padding: TypeAlias = int | Pair | Sides | Literal["same", "valid"]
"""One number for every side, (above and below, left and right), each side by itself, or a word."""
Mode: TypeAlias = Literal["zeros", "reflect", "replicate", "circular"]
"""What stands in the padding: zeros, the image mirrored at its border pixels, its border pixels, its other side."""


def pair(value: Both) -> Pair:
    """Give (down, across)."""
    return (value, value) if isinstance(value, int) else value


def sides(padding: Padding, kernel: Pair = (1, 1), stride: Pair = (1, 1), dilation: Pair = (1, 1)) -> Sides:
    """Give the padding of each side as numbers.

    Raises:
        SettingsError: "same" with a stride other than 1, for which no padding keeps the size.
    """
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding == "same":
        if stride != (1, 1):
            raise SettingsError(f'padding "same" keeps the size at stride 1 only; the stride is {stride!r}')
        return same_padding(kernel[0], dilation[0]), same_padding(kernel[1], dilation[1])
    if isinstance(padding, int):
        return (padding, padding), (padding, padding)
    assert not isinstance(padding, str)
    down, across = (one if isinstance(one, tuple) else (one, one) for one in padding)
    return down, across
