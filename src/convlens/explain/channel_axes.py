"""Where the channels of a part's output lie: behind the pictures, or last as in some networks."""

from convlens.errors import SettingsError
from convlens.explain.layer_outputs import LayerOutput
from convlens.explain.orders import UPRIGHT
from convlens.explain.origins import Order
from convlens.explain.recording import Recording


def axes_of(recording: Recording, layer: str, call: int = 0) -> Order:
    """Give the order in which a part's map has channels, rows and columns: (0, 1, 2), or (1, 2, 0) for channels last.

    Args:
        call: which run of the part, from 0.

    Raises:
        SettingsError: nobody knows, since steps before it cannot be followed.
    """
    if (layer, call) in recording.unclear:
        raise SettingsError(
            f"where the channels of {layer!r} lie is not known: steps before it cannot be followed, and the network "
            "works along a last axis there; choose another layer, such as a convolution"
        )
    return recording.turned.get((layer, call), ()) or UPRIGHT


def shape_upright(place: LayerOutput, order: Order) -> tuple[int, int, int]:
    """Give channels, rows and columns of a part's map."""
    channels, rows, columns = (place.shape[1 + order.index(axis)] for axis in UPRIGHT)
    return channels, rows, columns
