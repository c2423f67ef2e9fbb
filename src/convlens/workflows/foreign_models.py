"""Models from elsewhere: ONNX files, `timm:NAME`, and functions of the user's own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convlens.data.dataset import Dataset
from convlens.errors import SettingsError, WeightsError
from convlens.files import sha256
from convlens.models.custom import asks_for, called, is_custom
from convlens.models.foreign import Foreign, from_function, state_digest
from convlens.models.networks import Module
from convlens.models.onnx_file import open_onnx
from convlens.models.timm_model import PREFIX, open_timm
from convlens.workflows.reading import Input, Reading, complete

ONNX = ".onnx"


@dataclass(frozen=True, eq=False)
class Model:
    """A model that can be asked, before it is known what its answers mean.

    Attributes:
        network: its torch network, or else
        foreign: what answers in its place.
        built_for: the classes of the pictures that it was built for, in their order; None when it came as it is.
        names: what its columns are called, where it knows.
        weights: which weights it has, in words.
    """

    name: str
    network: Module | None
    foreign: Foreign | None
    reads: Input
    weights: str
    digest: str = ""
    built_for: tuple[str, ...] | None = None
    names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()


def is_foreign(reference: str) -> bool:
    """Say whether a reference means a model from elsewhere: an ONNX file, `timm:NAME` or `module:function`."""
    if reference.startswith(PREFIX) or reference.lower().endswith(ONNX):
        return True
    return is_custom(reference) and not Path(reference).exists()


def require_layers(reference: str) -> None:
    """Refuse what is asked for answers only, where layers are to be looked at.

    Raises:
        SettingsError: it is an ONNX file.
    """
    if reference.lower().endswith(ONNX):
        raise SettingsError(f"{reference!r} is an ONNX file, whose layers cannot be looked into; name a torch network")


def require_there(reference: str) -> None:
    """Refuse a file or a function that is not to be found, before anything else is asked for.

    Raises:
        WeightsError: there is no such ONNX file.
        SettingsError: there is no such module, or no such function in it.
    """
    if is_function(reference):
        asks_for(reference)
    elif reference.lower().endswith(ONNX) and not Path(reference).is_file():
        raise WeightsError(f"there is no file {reference!r}; give the path of an ONNX file")


def is_function(reference: str) -> bool:
    """Say whether a reference has the form `module:function`."""
    return is_custom(reference) and not reference.startswith(PREFIX) and not reference.lower().endswith(ONNX)


def found(reference: str, said: Reading, *, built_for: Dataset | None = None, pretrained: bool = True) -> Model:
    """Open a model from elsewhere.

    Args:
        built_for: pictures whose classes, size and channels a function of the user's own may ask for.

    Raises:
        ConvlensError: it cannot be opened, or nobody says how it reads pictures.
    """
    if reference.startswith(PREFIX):
        network = open_timm(reference, pretrained=pretrained)
        knows = {"mean": network.mean, "std": network.std, "size": network.size, "channels": network.channels}
        reads = complete(reference, knows, said)
        digest = state_digest(network.module)
        return Model(reference, network.module, None, reads, network.weights, digest, names=network.class_names)
    if reference.lower().endswith(ONNX):
        path = Path(reference)
        opened = open_onnx(path)
        reads = complete(path.name, {"size": opened.size, "channels": opened.channels}, said)
        words = f"the weights in {path.name}"
        return Model(path.stem, None, opened.model, reads, words, sha256(path.read_bytes()), notes=opened.notes)
    return _from_function(reference, said, built_for)


def _from_function(reference: str, said: Reading, built_for: Dataset | None) -> Model:
    offered: dict[str, Any] = {}
    known: dict[str, Any] = {}
    asked = asks_for(reference)
    if built_for is not None:
        classes = len(built_for.class_names)
        head = "softmax"
        offered = {"classes": classes, "channels": built_for.channels, "size": built_for.size, "head": head}
        known = {key: offered[key] for key in ("channels", "size") if key in asked and getattr(said, key) is None}
    made = called(reference, offered)
    if isinstance(made, Module):
        reads, words = complete(reference, known, said), "the weights its function gives"
        network, model, digest = made.eval(), None, state_digest(made)
    elif callable(made):
        useless = [option for option in said.says if option in ("--mean", "--std")]
        if useless:
            raise SettingsError(
                f"{reference!r} gives a plain function, which is shown the pictures as they are and normalises them "
                f"itself; leave out {' and '.join(useless)}"
            )
        reads, words = complete(reference, known, said, needed=("size", "channels")), "a plain function"
        network, model, digest = None, from_function(made), ""
    else:
        raise SettingsError(
            f"{reference!r} must give a torch.nn.Module or a function from images to logits, but gave "
            f"{type(made).__name__}"
        )
    names = built_for.class_names if built_for is not None and "classes" in asked else None
    return Model(reference, network, model, reads, words, digest, built_for=names)
