"""The layer table of a network by name, a run, or a network of the user's own."""

from convlens.explain.layer_table import LayerTable, layer_table
from convlens.models.card import Head
from convlens.workflows.by_itself import by_itself, read_shape, require_no_head
from convlens.workflows.foreign_models import require_layers
from convlens.workflows.subjects import is_network_name, network_or_run


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
        UnknownNameError: it is neither a network, nor a run, nor a file.
        SettingsError: `shape` cannot be read, or classes or a head are given for a network that has its own.
    """
    require_layers(reference)
    if is_network_name(reference):
        subject = by_itself(reference, shape=shape, classes=classes, head=head).subject
        return layer_table(subject, (subject.card.channels, *subject.card.size))
    require_no_head(reference, classes, head)
    subject = network_or_run(reference, None, model=model)
    channels, size = (subject.card.channels, subject.card.size) if shape is None else read_shape(shape)
    return layer_table(subject, (channels, *size))
