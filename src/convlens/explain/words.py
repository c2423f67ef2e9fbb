"""Shapes and lists of names, as sentences spell them."""

from collections.abc import Sequence

MOST_NAMES = 12
"""A sentence lists so many names; a network may have hundreds."""


def sides(shape: Sequence[int]) -> str:
    """Spell a shape: "64×26×26", "3,200"."""
    return "×".join(f"{side:,}" for side in shape)


def layer(name: str) -> str:
    """Spell a step's name; one without letters, as in `nn.Sequential`, is called a layer: "layer '3'"."""
    return name if any(one.isalpha() for one in name) else f"layer {name!r}"


def some_of(names: Sequence[str]) -> str:
    """List the first names, and say how many more there are."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def counted(channels: int) -> str:
    """Count channels: "1 channel", "3 channels"."""
    return f"{channels} channel{'s' if channels != 1 else ''}"
