"""How a model from elsewhere reads its pictures: what the user says of it, and what is still missing."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from convlens.data.fitting import as_size
from convlens.errors import SettingsError

HOW = {
    "mean": "--mean M,M,M (one number a channel, of pictures scaled to 0-1: 0.485,0.456,0.406 or 127/255)",
    "std": "--std S,S,S (likewise: 0.229,0.224,0.225)",
    "size": "--size PIXELS (or HEIGHTxWIDTH)",
    "channels": "--channels 1 (grey) or 3 (colour)",
}
"""How each thing is given on the command line."""


@dataclass(frozen=True)
class Reading:
    """What a user says of a model's input and answers; None where they say nothing.

    Attributes:
        mean: per channel, of pictures scaled to 0..1; subtracted first.
        std: per channel; divided by afterwards.
        size: height and width in pixels.
        channels: 1 (grey) or 3 (RGB).
        class_map: the file that says which answers are which class, or the word "same": the answers are the pictures'
            classes, in their order.
    """

    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    size: tuple[int, int] | None = None
    channels: int | None = None
    class_map: Path | str | None = None

    def __post_init__(self) -> None:
        if self.channels not in {None, 1, 3}:
            raise SettingsError(f"--channels must be 1 (grey) or 3 (colour), got {self.channels!r}")
        if self.size is not None:
            as_size(self.size)
        for number in self.mean or ():
            if not 0 <= number <= 1:
                raise SettingsError(
                    f"--mean is of pictures scaled to 0-1, got {number:g}; a grey level is divided by 255: "
                    f"write {number:g}/255"
                )
        for number in self.std or ():
            if number <= 0:
                raise SettingsError(
                    f"--std is above 0 and at most 1, of pictures scaled to 0-1, got {number:g}: pixels are divided by "
                    "it; write 1 where they are not to be divided"
                )
            if number > 1:
                raise SettingsError(
                    f"--std is above 0 and at most 1, of pictures scaled to 0-1, got {number:g}; a spread in grey "
                    f"levels is divided by 255: write {number:g}/255"
                )

    @property
    def says(self) -> tuple[str, ...]:
        """The options that were given, as they are spelled."""
        return tuple(f"--{one.name.replace('_', '-')}" for one in fields(self) if getattr(self, one.name) is not None)


@dataclass(frozen=True)
class Input:
    """All that must be known to feed a model."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    size: tuple[int, int]
    channels: int


def reading(
    mean: str | None = None,
    std: str | None = None,
    size: str | int | None = None,
    channels: int | None = None,
    class_map: str | Path | None = None,
) -> Reading:
    """Read the options of the command line: "0.485,0.456,0.406", "127/255", "224" or "224x192".

    Raises:
        SettingsError: one cannot be read, or is out of range.
    """
    return Reading(
        _numbers("--mean", mean), _numbers("--std", std), _size(size), channels, Path(class_map) if class_map else None
    )


def complete(name: str, known: Mapping[str, Any], said: Reading, needed: tuple[str, ...] = tuple(HOW)) -> Input:
    """Put together what a model knows of itself and what the user says of it.

    Args:
        name: the model's, for the sentences.
        known: what the model knows: mean, std, size, channels; None or absent where it does not.
        needed: what must be known; the rest gets values that change nothing.

    Raises:
        SettingsError: something is missing, or the two contradict each other.
    """
    found: dict[str, Any] = {}
    for key in HOW:
        own, told = known.get(key), getattr(said, key)
        if own is not None and told is not None and not _agree(own, told):
            raise SettingsError(
                f"{name!r} reads pictures of {key} {_spelled(own)}, but --{key} says {_spelled(told)}; leave out "
                f"--{key}"
            )
        found[key] = told if own is None else own
    missing = [HOW[key] for key in needed if found[key] is None]
    if missing:
        raise SettingsError(
            f"the model {name!r} does not say how it reads pictures; give what it was trained with: "
            f"{', '.join(missing)}"
        )
    channels = int(found["channels"])
    mean = _per_channel("--mean", found["mean"] or (0.0,), channels)
    std = _per_channel("--std", found["std"] or (1.0,), channels)
    return Input(mean, std, (int(found["size"][0]), int(found["size"][1])), channels)


def _numbers(option: str, text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(Fraction(part.strip())) for part in text.split(","))
    except (ValueError, ZeroDivisionError):
        raise SettingsError(
            f"{option} is one number, or one for each channel with commas between, like 0.485,0.456,0.406 or 127/255; "
            f"got {text!r}"
        ) from None


def _size(text: str | int | None) -> tuple[int, int] | None:
    if text is None:
        return None
    parts = str(text).lower().replace("×", "x").split("x")
    if len(parts) > 2 or not all(part.strip().isdigit() for part in parts):
        raise SettingsError(f"--size is a number of pixels, or height x width like 224x192; got {text!r}")
    return int(parts[0]), int(parts[-1])


def _per_channel(option: str, numbers: tuple[float, ...], channels: int) -> tuple[float, ...]:
    if len(numbers) == channels:
        return numbers
    if len(numbers) == 1:
        return numbers * channels
    raise SettingsError(
        f"{option} has {len(numbers)} numbers, but the pictures have {channels} channel{'s' if channels > 1 else ''}; "
        "give one number, or one for each"
    )


def _agree(own: Any, told: Any) -> bool:
    return bool(own == told or (isinstance(own, tuple) and len(set(own)) == 1 and told == own[:1]))


def _spelled(value: Any) -> str:
    return ",".join(f"{one:g}" for one in value) if isinstance(value, tuple) else str(value)
