"""A step's value, of which numbers are read."""

from dataclasses import dataclass

from convlens.explain.arithmetic import Copied, Place
from convlens.explain.computing import Numbers


@dataclass(frozen=True, eq=False)
class Source:
    """A step's value for one picture, without the batch axis; its name is "image" for the picture itself."""

    name: str
    value: Numbers


def copied(source: Source, place: Place) -> Copied:
    """Give a number that is only brought from its place elsewhere."""
    return Copied(source.name, place, float(source.value[place]))
