"""Where the channels of a part's output lie: behind the pictures, or last as in some networks."""

from torch import nn

from convlens.errors import SettingsError
from convlens.explain.layer_outputs import LayerOutput
from convlens.explain.orders import UPRIGHT
from convlens.explain.origins import Order
from convlens.explain.recording import Recording


def axes_of(module: nn.Module, recording: Recording, place: LayerOutput) -> Order:
    """Give the order in which a part's map has channels, rows and columns: (0, 1, 2), or (1, 2, 0) for channels last.

    Args:
        recording: of the same network.

    Raises:
        SettingsError: the part works along the last axis, and nobody knows what lies there.
    """
    order = recording.turned.get((place.layer, place.call), ())
    # with channels first these two would work along the columns
    if not order and type(module.get_submodule(place.layer)) in (nn.Linear, nn.LayerNorm):
        raise SettingsError(
            f"{place.layer!r} works along the last axis of its input, and what lies there is not known: steps before "
            "it cannot be followed; choose another layer"
        )
    return order or UPRIGHT


def shape_upright(place: LayerOutput, order: Order) -> tuple[int, int, int]:
    """Give channels, rows and columns of a part's map."""
    channels, rows, columns = (place.shape[1 + order.index(axis)] for axis in UPRIGHT)
    return channels, rows, columns
