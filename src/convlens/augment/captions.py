"""What was drawn for one image, in words: a phrase for each augmenter that changed it, in the order of the changes."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from convlens.augment.algebra import Constant
from convlens.augment.augmenter import Augmenter
from convlens.augment.compose import Container, Identity, OneOf, Sequential, SomeOf, Sometimes, WithChannels
from convlens.augment.draws import Draw, Happens, Key, KeyIf, Parameters, Whole
from convlens.augment.flips import Rot90
from convlens.augment.policies import AUGMIX_OPERATIONS, OPERATIONS, AugMix, RandAugment

_PLAIN = (Sequential, SomeOf, OneOf, Sometimes)
"""Containers that change nothing themselves: their children speak for them."""

_UNTOLD = ("order", "cval", "pad_cval", "per_channel")
"""What is hardly seen, or told otherwise."""

_EVENTS = ("flipped", "inverted", "order")
"""What an augmenter does to an image or leaves undone as a whole, 1 or 0, or a key or 0."""

_UNITS = (("px", "px", 1), ("percent", "%", 100))

_TIED = "\u00a0"
"""A blank at which no line is broken."""

_PAIRS = ("translate_px", "translate_percent", "scale", "shear")


def described(augmenter: Augmenter, parameters: Parameters, row: int) -> list[str]:
    """Say what an augmenter did to the image in one row of its parameters.

    What was drawn and does nothing (a turn by 0°, a flip that did not happen) is left out, and so are keys.
    """
    if isinstance(augmenter, Identity) or (isinstance(augmenter, RandAugment) and "chosen" not in parameters):
        return []
    if not isinstance(augmenter, Container):
        values = _of(parameters, row)
        phrase = _phrase(augmenter, _draws(augmenter.draws()), values) + _operations(augmenter, values)
        return [phrase] if phrase else []
    inner = [
        phrase
        for part in _taken(augmenter, parameters, row)
        for phrase in described(part.child, part.own(parameters), row)
    ]
    if isinstance(augmenter, _PLAIN) or not inner:
        return inner
    if isinstance(augmenter, WithChannels):
        channels = () if augmenter.channels is None else np.atleast_1d(augmenter.channels).tolist()
        head = f"channel {' and '.join(map(str, channels))}" if channels else "all channels"
    else:
        own = _draws(augmenter.own_draws())
        head = _phrase(augmenter, own, _of({name: parameters[name] for name in own}, row))
    return [f"{head} ({'; '.join(inner)})"] if head else []


def _taken(container: Container, parameters: Parameters, row: int) -> list[Any]:
    """Give the children that changed the image, in turn."""
    parts = container.parts
    match container:
        case Sometimes():
            return parts["then."] if parameters["applied"][row] else parts["else."]
        case OneOf():
            return [parts[""][int(parameters["chosen"][row])]]
        case Sequential() | SomeOf() if "order" in parameters:
            return [parts[""][place] for place in parameters["order"][row].tolist() if place >= 0]
        case SomeOf():
            return []
        case _:
            return [part for group in parts.values() for part in group]


def _operations(augmenter: Augmenter, values: Mapping[str, Any]) -> str:
    """Name the operations that a policy drew: chain after chain, each in turn."""
    names = AUGMIX_OPERATIONS if isinstance(augmenter, AugMix) else tuple(OPERATIONS)
    if not isinstance(augmenter, (AugMix, RandAugment)) or "chosen" not in values:
        return ""
    chains = ([names[place] for place in chain if place >= 0] for chain in values["chosen"].tolist())
    return f" ({' | '.join(', '.join(chain) or 'nothing' for chain in chains)})"


def _draws(listed: Mapping[str, Any]) -> dict[str, Draw]:
    return {name: one.draw for name, one in listed.items()}


def _of(parameters: Parameters, row: int) -> dict[str, Any]:
    return {name: values[row] for name, values in parameters.items()}


def _phrase(augmenter: Augmenter, draws: Mapping[str, Draw], values: Mapping[str, Any]) -> str:
    """Say what one augmenter did, or "" where it did nothing."""
    apart = bool(values.get("per_channel", 0))
    for name, draw in draws.items():
        if isinstance(draw, (Happens, KeyIf)) and name in _EVENTS and not values[name] and not apart:
            return ""
    amounts = {
        name: values[name]
        for name, draw in draws.items()
        if not isinstance(draw, (Happens, Key, KeyIf)) and name not in _UNTOLD and np.ndim(values[name]) == 0
    }
    if isinstance(augmenter, Rot90):
        amounts = {"rotate": 90 * values["k"]}
    in_affine: Mapping[str, str] = getattr(type(augmenter), "names", {})
    effective = {name: value for name, value in amounts.items() if not _idle(in_affine.get(name, name), value)}
    if len(effective) < len(amounts) and all(isinstance(value, str) for value in effective.values()):
        return ""
    # What is always the same was not drawn; it is told where nothing else can be.
    changing = {name: value for name, value in effective.items() if not _is_constant(draws.get(name))} or effective
    moves, others = _moves({in_affine.get(name, name): value for name, value in changing.items()})
    name = type(augmenter).__name__
    if apart:  # the numbers drawn are the first channel's; the others' come from a key
        return f"{name}, each channel apart"
    told = [*moves, *(_named(name, value, bare=len(amounts) == 1) for name, value in others.items())]
    if not told:
        return name
    return f"{name}: {', '.join(told)}" if moves else f"{name}{_TIED if len(told) == 1 else ' '}{', '.join(told)}"


def _idle(name: str, value: Any) -> bool:
    """Say whether a value leaves every pixel where it is."""
    if name in ("scale_x", "scale_y"):
        return bool(value == 1)
    measured = name == "rotate" or name.endswith(("_px", "_percent")) or name.rpartition("_")[0] in _PAIRS
    return measured and bool(value == 0)


def _is_constant(draw: Draw | None) -> bool:
    return isinstance(draw.distribution if isinstance(draw, Whole) else draw, Constant)


def _named(name: str, value: Any, *, bare: bool) -> str:
    """Write a value with its name and unit; a word and a lone number go without."""
    if isinstance(value, str):
        return _number(value)
    for suffix, unit, times in _UNITS:
        if name.endswith(f"_{suffix}"):
            told = f"{name.removesuffix(f'_{suffix}').replace('_', ' ')} {_number(times * value, 2)} {unit}"
            return told.replace(" ", _TIED)
    return _number(value) if bare else f"{name.replace('_', ' ')} {_number(value)}".replace(" ", _TIED)


def _moves(values: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Put what moves pixels into words; give the other values as well."""
    taken = {name: value for name, value in values.items() if name.rpartition("_")[0] in _PAIRS or name == "rotate"}
    said: list[str] = []
    for suffix, unit, times in _UNITS:
        for axis, back, forth in (("x", "left", "right"), ("y", "up", "down")):
            if amount := taken.get(f"translate_{suffix}_{axis}"):
                said.append(_TIED.join([_number(times * abs(amount), 2), unit, forth if amount > 0 else back]))
    if "rotate" in taken:
        said.append(f"turned{_TIED}{_number(taken['rotate'], 2)}°")
    wide, high = taken.get("scale_x"), taken.get("scale_y")
    if wide == high:
        said += [f"×{_number(wide)}"] if wide else []
    else:
        said += [f"×{_number(by)}{_TIED}{word}" for by, word in ((wide, "wide"), (high, "high")) if by]
    for axis, word in (("x", "leaning"), ("y", "hanging")):
        if f"shear_{axis}" in taken:
            said.append(f"{word}{_TIED}{_number(taken[f'shear_{axis}'], 2)}°")
    return said, {name: value for name, value in values.items() if name not in taken}


def _number(value: Any, digits: int = 3) -> str:
    """Write a number to so many digits, whole ones to all, with a true minus sign; and a word as it is."""
    if isinstance(value, str):
        return str(value)
    if float(value).is_integer() or abs(value) >= 10**digits:
        text = str(round(value))
    else:
        text = f"{value:.{digits}g}" if abs(value) >= 0.001 else f"{value:.4f}"
    return text.replace("-", "−")
