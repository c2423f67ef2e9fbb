"""What a function of torch that ran computes, in the vocabulary of `operations`."""

from convlens.explain.calls import Call, NotFollowedError
from convlens.explain.layer_functions import LAYER_FUNCTIONS
from convlens.explain.operations import Operation
from convlens.explain.tensor_functions import TENSOR_FUNCTIONS

READERS = {**LAYER_FUNCTIONS, **TENSOR_FUNCTIONS}


def operation_of(call: Call) -> Operation | None:
    """Say what a call computes; None where the numbers stay as they are.

    Raises:
        NotFollowedError: the vocabulary has no word for it; the message is the reason.
    """
    if "out" in call.kwargs:
        raise NotFollowedError("it writes into a tensor that was there before")
    reader = READERS.get(call.name)
    if reader is None:
        raise NotFollowedError("which is not in the vocabulary")
    return reader(call)
