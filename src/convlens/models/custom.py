"""Networks of the user's own, named `module:function`, or `module:function[anti_alias=blur3]`."""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from torch import nn

from convlens.errors import SettingsError
from convlens.models.anti_alias import changed_copy, strided_layers
from convlens.models.card import Head
from convlens.models.layers import TAPS
from convlens.models.networks import MODELS, Size, canonical, create, drawing
from convlens.models.options import Options, base, chosen, spelled

OFFERED = ("classes", "channels", "size", "head")
"""The arguments that a function of the user's own may name."""

OWN_OPTIONS: Options = {"anti_alias": ("no", *(f"blur{taps}" for taps in TAPS), "aps")}
"""What can be chosen about any network: whether and how its strided layers sample without aliasing."""


def is_custom(name: str) -> bool:
    """Say whether `name` has the form `module:function` rather than that of a registered name."""
    return ":" in name and name not in MODELS


def one_spelling(name: str) -> str:
    """Give the one spelling of a network's name and options, whether it is registered or the user's own.

    Raises:
        SettingsError: the network has no such option, or the option no such value.
    """
    return spelled(name, OWN_OPTIONS) if is_custom(name) else canonical(name)


def build(name: str, *, classes: int, channels: int, size: Size, head: Head, seed: int = 0) -> nn.Module:
    """Build a registered network or the user's own from `module:function`.

    The function (or class) is called with those of `classes`, `channels`, `size` and `head` that its signature names.
    The current folder is looked in first, as it is with `python -m`. The option `anti_alias` in the name changes how
    what it gives samples, see `anti_alias`.

    Raises:
        UnknownNameError: no registered network has that name.
        SettingsError: the module or function cannot be found, needs an argument that is not offered, or what it gives
            is no `torch.nn.Module`.
    """
    if not is_custom(name):
        return create(name, classes, channels, size, head, seed)
    module = called(name, {"classes": classes, "channels": channels, "size": size, "head": head}, seed)
    if not isinstance(module, nn.Module):
        raise SettingsError(f"{base(name)!r} must give a torch.nn.Module, but gave {type(module).__name__}")
    return module


def asks_for(name: str) -> frozenset[str]:
    """Say which of `classes`, `channels`, `size` and `head` the function behind `module:function` names.

    Raises:
        SettingsError: the module or function cannot be found.
    """
    factory = _factory(base(name))
    return frozenset() if isinstance(factory, nn.Module) else _accepted(factory, OFFERED)


def called(name: str, offered: Mapping[str, Any], seed: int = 0) -> Any:
    """Call the function behind `module:function` with those of the offered arguments that it names.

    What it gives is given back; a network with its strided layers changed as the option `anti_alias` has it. A module
    that stands there ready made is given as it is.

    Raises:
        SettingsError: the module or function cannot be found, or it needs an argument that is not offered.
    """
    way = chosen(name, OWN_OPTIONS)["anti_alias"]
    name = base(name)
    factory = _factory(name)
    if isinstance(factory, nn.Module):
        return _sampled(factory, way)
    parameters = inspect.signature(factory).parameters
    missing = [key for key, one in parameters.items() if _is_required(one) and key not in offered]
    if missing:
        called = f"with those of {', '.join(offered)} that it names" if offered else "without arguments"
        raise SettingsError(
            f"{name!r} needs the argument {missing[0]!r}, but is called {called}; give {missing[0]!r} a default"
        )
    accepted = _accepted(factory, offered)
    with drawing(seed):
        made = factory(**{key: value for key, value in offered.items() if key in accepted})
    return _sampled(made, way) if isinstance(made, nn.Module) else made


def why_unchanged(module: nn.Module, way: str) -> str:
    """Say why no layer of a network would sample in another way under `anti_alias=way`; "" where one would.

    Args:
        module: the network as its function gives it.
    """
    layers = strided_layers(module, **_settings(way))
    if any(one.becomes for one in layers):
        return ""
    if not layers:
        return "it has no strided layer, and so samples nothing"
    return "its strided layers stay as they are: " + "; ".join(f"{one.name!r}: {one.reason}" for one in layers)


def _sampled(module: nn.Module, way: str) -> nn.Module:
    # Without a warning: this is built anew whenever its weights are loaded. `why_unchanged` tells it once.
    return module if way == "no" else changed_copy(module, **_settings(way))[0]


def _settings(way: str) -> dict[str, Any]:
    return {"how": "aps", "taps": 1} if way == "aps" else {"how": "blur", "taps": int(way[-1])}


def _accepted(factory: Callable[..., Any], offered: Iterable[str]) -> frozenset[str]:
    if getattr(factory, "__init__", None) is nn.Module.__init__:
        return frozenset()  # its signature says "anything", but it refuses everything
    parameters = inspect.signature(factory).parameters
    takes_all = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())
    return frozenset(key for key in offered if takes_all or key in parameters)


def _is_required(parameter: inspect.Parameter) -> bool:
    several = parameter.kind in {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    return parameter.default is inspect.Parameter.empty and not several


def _factory(name: str) -> Callable[..., Any]:
    module_name, _, function_name = name.partition(":")
    if not all(part.isidentifier() for part in module_name.split(".")):
        raise SettingsError(f"--model {name!r}: {module_name!r} is no module's name; write module:function")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        lacks = error.name is not None and not f"{module_name}.".startswith(f"{error.name}.")
        remedy = f"install {error.name!r}" if lacks else f"run from the folder that holds {module_name}.py"
        raise SettingsError(f"--model {name!r}: could not import {module_name!r} ({error}); {remedy}") from error
    factory = getattr(module, function_name, None)
    if not callable(factory):
        raise SettingsError(f"--model {name!r}: {module_name!r} has no function or class {function_name!r}")
    return factory  # type: ignore[no-any-return]
