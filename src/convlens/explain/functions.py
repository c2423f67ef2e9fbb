"""What a function of torch that ran computes, in the vocabulary of `operations`."""

from convlens.explain.calls import NOT_KNOWN, Call, NotFollowedError
from convlens.explain.layer_functions import LAYER_FUNCTIONS, OF_ONE_NUMBER
from convlens.explain.norm_functions import NORM_FUNCTIONS
from convlens.explain.operations import Operation
from convlens.explain.orders import RESHAPING, TURNING, is_split
from convlens.explain.resizing_functions import RESIZING_FUNCTIONS
from convlens.explain.shape_functions import PARTING as PARTING
from convlens.explain.shape_functions import SHAPE_FUNCTIONS
from convlens.explain.tensor_functions import ARITHMETIC, KEPT, TENSOR_FUNCTIONS

ANY_ORDER = frozenset({"linear", "layer_norm", "rms_norm", *ARITHMETIC, *KEPT, *OF_ONE_NUMBER, *TURNING})
"""Functions that are followed in whatever order the axes of maps are; others want the channels first."""

READERS = {**LAYER_FUNCTIONS, **NORM_FUNCTIONS, **RESIZING_FUNCTIONS, **TENSOR_FUNCTIONS, **SHAPE_FUNCTIONS}


def operation_of(call: Call) -> Operation | None:
    """Say what a call computes; None where the numbers stay as they are.

    Raises:
        NotFollowedError: the vocabulary has no word for it; the message is the reason.
    """
    if "out" in call.kwargs:
        raise NotFollowedError("it writes into a tensor that was there before")
    ends_a_shuffle = call.name in RESHAPING and all(map(is_split, call.orders))
    if any(call.orders) and call.name not in ANY_ORDER and not ends_a_shuffle:
        raise NotFollowedError("its input's channels do not lie first")
    reader = READERS.get(call.name)
    if reader is None:
        raise NotFollowedError(NOT_KNOWN)
    return reader(call)
