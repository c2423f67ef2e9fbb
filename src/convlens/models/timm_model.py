"""Networks of the library timm, with the size, mean and standard deviation that it tells for their weights."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import nn

from convlens.errors import SettingsError, UnknownNameError, WeightsError
from convlens.registry import near_names

PREFIX = "timm:"


@dataclass(frozen=True, eq=False)
class TimmModel:
    """A network of timm's and how it reads pictures.

    Attributes:
        class_names: of its columns, where timm knows them (for ImageNet its synsets, "n02123045"); else None.
        weights: which weights it has, in words.
    """

    module: nn.Module
    size: tuple[int, int]
    channels: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    class_names: tuple[str, ...] | None
    weights: str


def open_timm(reference: str, *, pretrained: bool = True) -> TimmModel:
    """Build a network of timm's with its published weights, or with those of a file.

    Args:
        reference: "timm:NAME", or "timm:NAME@FILE.safetensors" with weights of that network.
        pretrained: False leaves the weights as they are drawn, where no file is named.

    Raises:
        SettingsError: timm is not installed, or does not fit the torch that is.
        UnknownNameError: timm has no network of that name.
        WeightsError: the weights cannot be had, or belong to another network.
    """
    name, _, file = reference.removeprefix(PREFIX).partition("@")
    timm = _timm()
    if not timm.is_model(name):
        raise UnknownNameError(
            f"timm has no network named {name!r}{near_names(name.partition('.')[0], timm.list_models())} "
            '(`python -c "import timm; print(*timm.list_models())"` lists them)'
        )
    if file:
        module, words = _from_file(timm, name, Path(file)), f"the weights in {Path(file).name}"
    elif pretrained:
        module, words = _published(timm, name), "timm's published weights"
    else:
        module, words = timm.create_model(name, pretrained=False), "untrained weights"
    config = timm.data.resolve_model_data_config(module)
    channels, height, width = config["input_size"]
    return TimmModel(
        module.eval(),
        (height, width),
        channels,
        tuple(config["mean"]),
        tuple(config["std"]),
        _names(timm, module),
        words,
    )


def _timm() -> Any:
    try:
        importlib.import_module("timm.data")
        return importlib.import_module("timm")
    except ImportError as error:
        raise SettingsError(
            f"networks of timm's need timm, which cannot be imported ({error}); "
            "`pip install 'convlens[timm]'` brings it"
        ) from error
    except RuntimeError as error:  # a torchvision that was built for another torch says so with this
        raise SettingsError(
            f"timm cannot be imported, because the torchvision that is installed does not fit torch: {error}; install "
            "both from one place and of versions that belong together"
        ) from error


def _published(timm: Any, name: str) -> nn.Module:
    remedy = f"give a file instead, as timm:{name}@FILE.safetensors"
    if not timm.is_model_pretrained(name):
        raise WeightsError(f"timm has no trained weights for {name!r}; {remedy}")
    try:
        module: nn.Module = timm.create_model(name, pretrained=True)
    except Exception as error:  # the hub's client has errors of many kinds for a network that is not there
        raise WeightsError(
            f"timm's weights for {name!r} could not be had: {' '.join(str(error).split())[:200]}; "
            f"load them once where there is a network, or {remedy}"
        ) from error
    return module


def _from_file(timm: Any, name: str, path: Path) -> nn.Module:
    if path.suffix != ".safetensors":
        raise WeightsError(f"weights for a network of timm's are read from a .safetensors file, not from {str(path)!r}")
    try:
        state = safetensors.torch.load(path.read_bytes())
    except OSError as error:
        raise WeightsError(f"could not read the weights {str(path)!r}: {error.strerror}") from error
    except (safetensors.SafetensorError, ValueError) as error:
        raise WeightsError(f"{path} is truncated or no weights file ({error})") from error
    head = timm.get_pretrained_cfg_value(name, "classifier")
    last = state.get(f"{head if isinstance(head, str) else head[0]}.weight")
    asked = {} if last is None else {"num_classes": int(last.shape[0])}
    module: nn.Module = timm.create_model(name, pretrained=False, **asked)
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise WeightsError(f"the weights in {path} belong to another network than {name!r}: {reason[:300]}") from error
    return module


def _names(timm: Any, module: nn.Module) -> tuple[str, ...] | None:
    """Give the synsets of an ImageNet network's columns."""
    subset = timm.data.infer_imagenet_subset(module)
    if not subset:
        return None
    names: tuple[str, ...] = tuple(timm.data.ImageNetInfo(subset).label_names())
    return names
