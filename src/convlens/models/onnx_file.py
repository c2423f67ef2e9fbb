"""Models in ONNX files, run by onnxruntime."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from convlens.arrays import Images
from convlens.errors import SettingsError, WeightsError
from convlens.models.card import Card
from convlens.models.foreign import Entering, Foreign
from convlens.models.precision import threads
from convlens.models.tensors import Layout, as_images_lie, network_input

BATCH = 32
"""Pictures of one call, where the file does not fix their number."""

KINDS = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64}
"""The kinds of numbers that normalised pictures can be fed as."""


@dataclass(frozen=True, eq=False)
class OnnxModel:
    """An opened ONNX file.

    Attributes:
        layout: where its input has the channels.
        channels: as its input says; None where it leaves that open.
        size: height and width likewise.
        batch: how many pictures it wants at once; None for any number.
        notes: what was taken for granted, as sentences.
    """

    model: Foreign
    layout: Layout
    channels: int | None
    size: tuple[int, int] | None
    batch: int | None
    notes: tuple[str, ...] = ()


def open_onnx(path: Path) -> OnnxModel:
    """Open an ONNX file for the processor.

    Raises:
        SettingsError: onnxruntime is not installed.
        WeightsError: the file cannot be read, or is no model from one batch of pictures to one row of numbers each.
    """
    session = _session(path)
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(inputs[0].shape) != 4:
        shapes = ", ".join(f"{one.name!r} {_shape(one.shape)}" for one in inputs)
        raise WeightsError(
            f"{path} must have one input of four axes, a batch of pictures, but it has {shapes or 'none'}; "
            "wrap it in a function of your own (module:function)"
        )
    if inputs[0].type not in KINDS:
        raise WeightsError(
            f"the input of {path} holds {inputs[0].type}, and normalised pictures are {', '.join(KINDS)}; "
            "wrap it in a function of your own (module:function)"
        )
    answer, notes = _answer(path, outputs)
    batch, *rest = (one if isinstance(one, int) and one > 0 else None for one in inputs[0].shape)
    layout, told = _layout(path, rest)
    channels, *size = rest if layout == "NCHW" else (rest[2], rest[0], rest[1])
    whole = (size[0], size[1]) if size[0] is not None and size[1] is not None else None
    kind, name = KINDS[inputs[0].type], inputs[0].name

    def entering(images: Images, card: Card) -> Entering:
        return as_images_lie(network_input(images, card.mean, card.std, layout), layout)

    def ask(images: Images, card: Card) -> Any:
        parts = []
        for start in range(0, len(images), batch or BATCH):
            some = network_input(images[start : start + (batch or BATCH)], card.mean, card.std, layout).astype(kind)
            full = some if batch is None else np.resize(some, (batch, *some.shape[1:]))  # repeated up to the batch
            parts.append(_run(path, session, answer, {name: full})[: len(some)])
        return np.concatenate(parts)

    return OnnxModel(Foreign("an ONNX file", ask, entering), layout, channels, whole, batch, (*notes, *told))


def _session(path: Path) -> Any:
    try:
        runtime = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise SettingsError(
            f"{str(path)!r} is run by onnxruntime, which is not installed ({error}); "
            "`pip install 'convlens[onnx]'` brings it"
        ) from error
    if not path.is_file():
        raise WeightsError(f"there is no file {str(path)!r}; give the path of an ONNX file")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads()
    options.log_severity_level = 3
    try:
        return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own errors share no class but this
        raise WeightsError(f"{path} cannot be opened as an ONNX file: {_reason(error)}; export it anew") from error


def _run(path: Path, session: Any, answer: str, fed: dict[str, Any]) -> Any:
    try:
        return session.run([answer], fed)[0]
    except Exception as error:
        shape = "×".join(map(str, next(iter(fed.values())).shape))
        raise WeightsError(
            f"{path} could not be run on a batch of {shape}: {_reason(error)}; give the pictures' size and channels "
            "that it was exported for, by --size and --channels"
        ) from error


def _answer(path: Path, outputs: Any) -> tuple[str, tuple[str, ...]]:
    """Choose the output that holds the logits: the first of floats with two axes, else the first of floats."""
    floats = [one for one in outputs if one.type in KINDS]
    if not floats:
        kinds = ", ".join(f"{one.name!r} {one.type}" for one in outputs)
        raise WeightsError(f"{path} has no output of floats, only {kinds}; export its logits")
    chosen = next((one for one in floats if len(one.shape) == 2), floats[0])
    if len(outputs) == 1:
        return str(chosen.name), ()
    others = ", ".join(repr(one.name) for one in outputs if one is not chosen)
    return str(chosen.name), (f"the output {chosen.name!r} is taken for the logits; {others} is not used",)


def _layout(path: Path, shape: list[int | None]) -> tuple[Layout, tuple[str, ...]]:
    """Find the axis of the channels: the first or the last that has 1 or 3 of them."""
    if shape[0] in (1, 3):
        return "NCHW", ()
    if shape[2] in (1, 3):
        return "NHWC", ()
    if shape[0] is None:
        return "NCHW", ("the input does not say where its channels are; they are taken to come first (NCHW)",)
    raise WeightsError(
        f"the input of {path} has neither 1 nor 3 channels, but {_shape(['batch', *shape])}; pictures have 1 (grey) or "
        "3 (colour): wrap it in a function of your own (module:function)"
    )


def _shape(shape: Any) -> str:
    return "×".join("?" if one is None else str(one) for one in shape)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:240]
