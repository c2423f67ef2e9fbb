"""The layer table of a network by name, a run, or a network of the user's own."""

from pathlib import Path
from typing import Any

from convlens.errors import SettingsError
from convlens.explain.layer_table import LayerTable, layer_table
from convlens.models.card import Head
from convlens.models.custom import build, is_custom
from convlens.models.networks import MODELS, resolve_head
from convlens.models.timm_model import PREFIX, open_timm
from convlens.workflows.foreign_models import require_layers
from convlens.workflows.subjects import is_network_name, trained


def summary(
    reference: str,
    *,
    shape: str | None = None,
    classes: int | None = None,
    head: Head | None = None,
    model: str | None = None,
) -> LayerTable:
    """List the layers of a registered network, a run, a weights file, `timm:NAME`, or `module:function`.

    Args:
        shape: the picture as "channels x height x width", such as "3x64x64"; a network's own when None.
        classes: a network's own when None; two for a sigmoid head.

    Raises:
        SettingsError: `shape` cannot be read, or classes or a head are given for a network that has its own.
    """
    require_layers(reference)
    if not is_network_name(reference) and Path(reference).exists():
        if classes is not None or head is not None:
            raise SettingsError(f"{reference!r} has its classes and its head; leave out --classes and --head")
        subject = trained(reference, model=model)
        channels, size = (subject.card.channels, subject.card.size) if shape is None else read_shape(shape)
        return layer_table(subject.module, (channels, *size))
    if reference.startswith(PREFIX):
        if classes is not None or head is not None:
            raise SettingsError(f"{reference!r} has its classes and its head; leave out --classes and --head")
        known = open_timm(reference, pretrained=False)
        channels, size = (known.channels, known.size) if shape is None else read_shape(shape)
        return layer_table(known.module, (channels, *size))
    if is_custom(reference):
        usual, channels, size = 10, *read_shape(shape or "1x28x28")
    else:
        entry = MODELS[reference]
        usual = entry.classes
        channels, size = (entry.channels, (entry.size, entry.size)) if shape is None else read_shape(shape)
    if classes is None:
        classes = 2 if head == "sigmoid" else usual
    resolved = resolve_head(reference, classes, head)
    module = build(reference, classes=classes, channels=channels, size=size, head=resolved)
    return layer_table(module, (channels, *size))


def to_json(table: LayerTable) -> dict[str, Any]:
    """Give a layer table as plain values."""
    return table.to_json()


def read_shape(text: str) -> tuple[int, tuple[int, int]]:
    """Read a picture's shape, "1x28x28": channels, and (height, width).

    Raises:
        SettingsError: it cannot be read.
    """
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) != 3 or not all(part.isdigit() and int(part) > 0 for part in parts):
        raise SettingsError(f"a picture's shape is written channels x height x width, like 1x28x28; got {text!r}")
    channels, height, width = map(int, parts)
    if width in (1, 3) and channels > 4:
        raise SettingsError(
            f"a picture's shape is written channels x height x width, and {text!r} looks like height x width x "
            f"channels; write {width}x{channels}x{height}"
        )
    return channels, (height, width)
