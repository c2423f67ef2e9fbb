"""Options of a registered network, spelled in its name: `cnn[head=pooled,pool=blur3]`.

The name is all that a run's settings, a weights file and a table need to keep, so equal networks must have equal names:
`spelled` sorts the options and drops those that have their default.
"""

from collections.abc import Mapping
from typing import TypeAlias

from convlens.errors import SettingsError
from convlens.registry import near_names

Options: TypeAlias = Mapping[str, tuple[str, ...]]
"""The values that each option of a network can have; the first is its default."""


def base(text: str) -> str:
    """Give the registered name in front of the options; the whole text where it has none."""
    return text.partition("[")[0].strip() if text.rstrip().endswith("]") else text


def chosen(text: str, known: Options) -> dict[str, str]:
    """Read the options in a name: a value for each that the network has, sorted.

    Raises:
        SettingsError: an option or a value that there is not, one that is given twice, or no `option=value`.
    """
    name, inside = base(text), text.partition("[")[2].strip().removesuffix("]")
    values = {option: choices[0] for option, choices in sorted(known.items())}
    given: set[str] = set()
    for part in filter(None, map(str.strip, inside.split(","))) if name != text else ():
        option, equals, value = map(str.strip, part.partition("="))
        if option not in known:
            raise SettingsError(f"the network {name!r} has no option {option!r}{_remedy(name, option, known)}")
        if not equals or value not in known[option]:
            raise SettingsError(
                f"the option {option!r} of the network {name!r} cannot be {value!r}"
                f"{near_names(value, list(known[option]))} (choose one of {', '.join(known[option])})"
            )
        if option in given:
            raise SettingsError(f"{text!r} gives the option {option!r} twice; keep one")
        given.add(option)
        values[option] = value
    return values


def spelled(text: str, known: Options) -> str:
    """Give the one spelling of a name with options: sorted, without spaces and defaults.

    Raises:
        SettingsError: as `chosen`.
    """
    kept = [f"{option}={value}" for option, value in chosen(text, known).items() if value != known[option][0]]
    return f"{base(text)}[{','.join(kept)}]" if kept else base(text)


def described(known: Options) -> str:
    """Say in one line what options there are, defaults first: "head=dense|pooled padding=valid|same"."""
    return " ".join(f"{option}={'|'.join(values)}" for option, values in sorted(known.items()))


def _remedy(name: str, option: str, known: Options) -> str:
    if not known:
        return f": it has none; write {name!r}"
    return f"{near_names(option, sorted(known))} (it has {described(known)}; write {name}[option=value,…])"
