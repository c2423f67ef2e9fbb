"""Weights on disk: safetensors with the card in the header and a digest over everything; no pickle.

safetensors itself has no checksum, so a flipped byte would load as another network. The digest covers the card and
every tensor's name, dtype, shape and bytes, and is checked on loading.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from convlens.errors import WeightsError
from convlens.models.card import Card
from convlens.models.custom import build, is_custom, one_spelling
from convlens.models.memory_format import lay_out
from convlens.models.networks import MODELS
from convlens.models.options import base

FORMAT = "convlens-weights-1"


@dataclass(frozen=True)
class Classifier:
    """A network with its card."""

    module: nn.Module
    card: Card


def pack(module: nn.Module, card: Card) -> bytes:
    """Give the content of a weights file."""
    return pack_tensors(module.state_dict(), card.to_json())


def unpack(content: bytes, source: Path) -> tuple[Card, dict[str, Tensor]]:
    """Read and verify the content of a weights file.

    Raises:
        WeightsError: it is truncated, was altered, or is not a convlens weights file.
    """
    state, description = unpack_tensors(content, source)
    return Card.from_json(description), state


def load(path: Path | str, *, model: str | None = None, module: nn.Module | None = None) -> Classifier:
    """Load a network from its weights file.

    Args:
        path: a `.safetensors` file written by convlens; a run keeps its own in `checkpoints/`.
        model: for networks that are not registered here: the `module:function` that builds it. A file never decides
            which code of yours is run.
        module: an instance to fill, instead of building one.

    Raises:
        WeightsError: the file is damaged or altered, or its tensors do not fit the network; for a folder, the sentence
            names the weights files in it.
    """
    path = Path(path)
    if path.is_dir():
        raise WeightsError(_inside(path))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"could not read the weights {str(path)!r}: {error.strerror}") from error
    card, state = unpack(content, path)
    if module is None:
        name = _architecture(card, path, model)
        module = build(name, classes=len(card.class_names), channels=card.channels, size=card.size, head=card.head)
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise WeightsError(
            f"the weights in {path} belong to another network than {model or card.architecture!r}: {reason[:300]}"
        ) from error
    lay_out(module, (card.channels, *card.size))
    return Classifier(module, card)


def pack_tensors(state: Mapping[str, Tensor], description: str) -> bytes:
    """Give a safetensors file of some tensors, with a description and a digest over both in its header.

    Equal tensors and descriptions give equal bytes.
    """
    # Clones: tied weights share memory, which the format refuses, and channels_last tensors are not contiguous.
    plain = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in state.items()}
    metadata = {"format": FORMAT, "description": description, "digest": _digest(plain, description)}
    return _sorted_header(safetensors.torch.save(plain, metadata))


def unpack_tensors(content: bytes, source: Path) -> tuple[dict[str, Tensor], str]:
    """Read what `pack_tensors` wrote.

    Raises:
        WeightsError: the content is truncated, altered, or not one of ours.
    """
    try:
        state = safetensors.torch.load(content)
        header_length = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + header_length]).get("__metadata__") or {}
    except (safetensors.SafetensorError, ValueError) as error:
        raise WeightsError(
            f"{source} is truncated or no weights file ({error}); restore it from a copy or train again"
        ) from error
    if metadata.get("format") != FORMAT:
        raise WeightsError(
            f"{source} was not written by convlens (format {metadata.get('format')!r}, wanted {FORMAT!r})"
        )
    description = metadata.get("description", "")
    if metadata.get("digest") != _digest(state, description):
        raise WeightsError(
            f"{source} was altered after it was written (its digest does not match); restore it or train again"
        )
    return state, description


def _sorted_header(content: bytes) -> bytes:
    """Write the header's metadata in sorted order: safetensors' own order is another one at every call."""
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the tensors begin at a multiple of 8, as the format asks
    return len(text).to_bytes(8, "little") + text + content[start:]


def _digest(state: Mapping[str, Tensor], description: str) -> str:
    digest = hashlib.sha256(description.encode())
    for name in sorted(state):
        tensor = state[name]
        digest.update(f"{name}\0{tensor.dtype}\0{tuple(tensor.shape)}\0".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _inside(folder: Path) -> str:
    """Say which weights files a folder has, for a sentence about having been given the folder."""
    files = sorted([*folder.glob("*.safetensors"), *folder.glob("checkpoints/*.safetensors")])
    if not files:
        return f"a weights file (.safetensors) is wanted, and {str(folder)!r} is a folder without one; name the file"
    named = " or ".join(repr(str(one)) for one in files)
    return (
        f"a weights file is wanted, and {str(folder)!r} is a folder; name {named} "
        f"(convlens.workflows.opened({str(folder)!r}) opens a run together with its pictures)"
    )


def _architecture(card: Card, path: Path, model: str | None) -> str:
    if model is not None:
        if base(model) == base(card.architecture) and one_spelling(model) != card.architecture:
            # The same parameters under the same names fit both, so that nothing else would tell.
            raise WeightsError(
                f"{path} holds a network {card.architecture!r}, which samples in another way than {model!r}; "
                f"say --model '{card.architecture}'"
            )
        return model
    if card.architecture in MODELS:
        return card.architecture
    hint = f"--model {card.architecture}" if is_custom(card.architecture) else "--model module:function"
    raise WeightsError(f"{path} holds a network of your own, {card.architecture!r}; say how it is built with {hint}")
