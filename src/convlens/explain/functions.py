"""What a function of torch that ran computes, in the vocabulary of `operations`."""

from convlens.explain.calls import Call, NotFollowedError
from convlens.explain.layer_functions import LAYER_FUNCTIONS, OF_ONE_NUMBER
from convlens.explain.norm_functions import NORM_FUNCTIONS
from convlens.explain.operations import Operation
from convlens.explain.orders import TURNING
from convlens.explain.resizing_functions import RESIZING_FUNCTIONS
from convlens.explain.tensor_functions import ARITHMETIC, KEPT, TENSOR_FUNCTIONS

ANY_ORDER = frozenset({"linear", "layer_norm", *ARITHMETIC, *KEPT, *OF_ONE_NUMBER, *TURNING})
"""Functions that are followed in whatever order the axes of maps are; others want the channels first."""

READERS = {**LAYER_FUNCTIONS, **NORM_FUNCTIONS, **RESIZING_FUNCTIONS, **TENSOR_FUNCTIONS}


def operation_of(call: Call) -> Operation | None:
    """Say what a call computes; None where the numbers stay as they are.

    Raises:
        NotFollowedError: the vocabulary has no word for it; the message is the reason.
    """
    if "out" in call.kwargs:
        raise NotFollowedError("it writes into a tensor that was there before")
    if any(call.orders) and call.name not in ANY_ORDER:
        raise NotFollowedError("its input's channels do not lie first")
    reader = READERS.get(call.name)
    if reader is None:
        raise NotFollowedError("which is not in the vocabulary")
    return reader(call)
