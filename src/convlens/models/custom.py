"""Networks of the user's own, named `module:function`."""

import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn

from convlens.errors import SettingsError
from convlens.models.card import Head
from convlens.models.networks import MODELS, Size, create, drawing


def is_custom(name: str) -> bool:
    """Say whether `name` has the form `module:function` rather than that of a registered name."""
    return ":" in name and name not in MODELS


def build(name: str, *, classes: int, channels: int, size: Size, head: Head, seed: int = 0) -> nn.Module:
    """Build a registered network or the user's own from `module:function`.

    The function (or class) is called with those of `classes`, `channels`, `size` and `head` that its signature names.
    The current folder is looked in first, as it is with `python -m`.

    Raises:
        UnknownNameError: no registered network has that name.
        SettingsError: the module or function cannot be found, needs an argument that is not offered, or what it gives
            is no `torch.nn.Module`.
    """
    if not is_custom(name):
        return create(name, classes, channels, size, head, seed)
    factory = _factory(name)
    offered: dict[str, Any] = {"classes": classes, "channels": channels, "size": size, "head": head}
    parameters = inspect.signature(factory).parameters
    takes_all = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())
    missing = [key for key, one in parameters.items() if _is_required(one) and key not in offered]
    if missing:
        raise SettingsError(
            f"{name!r} needs the argument {missing[0]!r}, but is called with those of {', '.join(offered)} that it "
            f"names; give {missing[0]!r} a default"
        )
    with drawing(seed):
        module = factory(**{key: value for key, value in offered.items() if takes_all or key in parameters})
    if not isinstance(module, nn.Module):
        raise SettingsError(f"{name!r} must give a torch.nn.Module, but gave {type(module).__name__}")
    return module


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
        raise SettingsError(
            f"--model {name!r}: could not import {module_name!r} ({error}); "
            f"run from the folder that holds {module_name}.py"
        ) from error
    factory = getattr(module, function_name, None)
    if not callable(factory):
        raise SettingsError(f"--model {name!r}: {module_name!r} has no function or class {function_name!r}")
    return factory  # type: ignore[no-any-return]
