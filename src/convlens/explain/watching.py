"""Watch a forward pass: every function of torch that runs, and the part of the network that was running.

Functions are seen by a TorchFunctionMode, so that it makes no difference whether a network writes `nn.ReLU()`,
`F.relu(x)` or `x.relu_()`; hooks tell whose they are. Every tensor of the pass is either the outcome of a step, or a
constant (a weight, or computed from weights alone), or of unknown origin: then what reads it is unknown too.
"""

from collections import Counter
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.overrides import TorchFunctionMode

from convlens.explain.calls import Call, NotFollowedError, called
from convlens.explain.drafts import Draft, Running, hidden, kind_of
from convlens.explain.functions import PARTING, operation_of
from convlens.explain.operations import Convolution, Operation, Pad, Pointwise, TransposedConvolution, Unknown
from convlens.explain.orders import order_after, upright
from convlens.explain.origins import IMAGE, STRANGE, Order, Origins, tensors_in
from convlens.models.layers import PolyphaseSampling

OPAQUE: dict[type[nn.Module], str] = {
    PolyphaseSampling: "which of the grids it keeps depends on the picture",
}
"""Parts that are not looked into, and why."""

_CHIEF = {
    "conv2d": nn.Conv2d,
    "conv_transpose2d": nn.ConvTranspose2d,
    "linear": nn.Linear,
    "batch_norm": _BatchNorm,
    "group_norm": nn.GroupNorm,
    "layer_norm": nn.LayerNorm,
    "rms_norm": nn.RMSNorm,
}
"""The function that such a layer is about, even when a subclass calls others after it."""

_READ_IN_PYTHON = {
    *("item", "tolist", "numpy", "equal", "allclose", "is_nonzero", "data_ptr", "__contains__", "__array__"),
    *("__bool__", "__float__", "__int__", "__index__", "__complex__", "__dlpack__"),
}
_RANDOM = {
    *("rand", "randn", "randint", "rand_like", "randn_like", "randint_like", "randperm", "bernoulli", "normal"),
    *("uniform", "exponential", "multinomial", "poisson", "rrelu"),
}


class Watcher(TorchFunctionMode):
    """Runs a network once and writes down its steps."""

    def __init__(self, module: nn.Module, image: Tensor) -> None:
        super().__init__()
        self.module, self.image = module, image
        self.drafts: list[Draft] = []
        self.running: list[Running] = []
        self.opaque = 0
        self.read_in_python = ""
        self.origins = Origins(module, image)
        self.runs: Counter[str] = Counter()
        self.turned: dict[tuple[str, int], Order] = {}
        self.strange_axes: set[int] = set()
        self.along_last = False
        self.unclear: set[tuple[str, int]] = set()

    def run(self) -> Any:
        """Give the network's answer; what it does is in `drafts` afterwards."""
        handles = []
        for path, part in self.module.named_modules():
            if isinstance(part, torch.jit.ScriptModule):  # it takes no hooks, and runs where nobody sees it
                continue
            handles += [
                part.register_forward_pre_hook(self._enter(path), prepend=True),
                part.register_forward_hook(self._leave, with_kwargs=True, always_call=True),
            ]
        try:
            with self:
                answer = self.module(self.image)
            if isinstance(answer, Tensor) and self.place_of(answer) < 0:
                self._add_layer(Running("", self.module, 0), hidden(self.module), (IMAGE,), answer)
            return answer
        finally:
            for handle in handles:
                handle.remove()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one function, and write it down if it has to do with the picture."""
        kwargs = kwargs or {}
        name = called(func)
        given = list(tensors_in((args, kwargs)))
        inputs = tuple(at for one in given if (at := self.origins.place(one)) is not None)
        parameters = self.origins.parameters(given)
        output = func(*args, **kwargs)
        outcomes = list(tensors_in(args[0] if name == "__setitem__" else output))
        if not inputs and name not in _RANDOM:
            for one in outcomes:
                self.origins.note(one, None, parameters)
        elif self.opaque:
            for one in outcomes:
                if self.origins.place(one) == STRANGE:  # what is given back untouched comes from where it came
                    self.origins.note(one, STRANGE)
        elif name in _READ_IN_PYTHON:
            self.read_in_python = self.read_in_python or name
        else:
            for number, one in enumerate(outcomes):
                known = self.origins.is_constant, self.origins.order
                call = Call(name, args, kwargs, one, len(self.image), *known, number)
                operation = self._operation(call)
                if number and name not in PARTING:
                    operation = Unknown(name, f"its output {number} is not followed", number)
                operation = self._doubted(name, operation, inputs)
                order = order_after(call, is_followed=not isinstance(operation, Unknown))
                self._write_down(name, operation, inputs, one, parameters, order)
        return output

    def place_of(self, tensor: Tensor) -> int:
        """Give the position of the step that a tensor comes from."""
        at = self.origins.place(tensor)
        return STRANGE if at is None else at

    def _operation(self, call: Call) -> Operation | None:
        try:
            return operation_of(call)
        except NotFollowedError as error:
            return Unknown(call.name, str(error))

    def _doubted(self, name: str, operation: Operation | None, inputs: tuple[int, ...]) -> Operation | None:
        if self.read_in_python:
            reason = f"the network has read numbers in Python before ({self.read_in_python})"
            return Unknown(name, f"{reason}, and what it does since may hang on them")
        return Unknown(name, "it reads a tensor of unknown origin") if STRANGE in inputs else operation

    def _write_down(
        self,
        name: str,
        operation: Operation | None,
        inputs: tuple[int, ...],
        output: Tensor,
        parameters: tuple[Tensor, ...],
        order: Order,
    ) -> None:
        if operation is None:
            self._pass_on(name, inputs[0], output, order)
            return
        part = self.running[-1] if self.running else Running("", self.module, 0)
        is_chief = not part.has_chief and isinstance(part.module, _CHIEF.get(name, ()))
        part.has_chief |= is_chief
        if is_chief and isinstance(operation, Convolution):
            operation, inputs = self._with_its_padding(operation, inputs, part.module)
        kind = kind_of(part.module) if is_chief else name
        self._add(Draft(part.path, kind, operation, inputs, output, parameters, is_chief), order)

    def _pass_on(self, name: str, source: int, output: Tensor, order: Order) -> None:
        """Let a tensor with the same numbers stand for the same step; a cast by the step's own layer belongs to it."""
        path = self.running[-1].path if self.running else ""
        if source >= 0 and self.drafts[source].value.dtype != output.dtype:
            if self.drafts[source].layer != path:
                self._add(Draft(path, name, Pointwise("identity"), (source,), output, ()), order)
                return
            self.drafts[source] = replace(self.drafts[source], value=upright(output.detach(), order).clone())
        self.origins.note(output, source, order=order)

    def _with_its_padding(
        self, operation: Convolution, inputs: tuple[int, ...], module: nn.Module
    ) -> tuple[Convolution, tuple[int, ...]]:
        """Take what a layer pads by another rule than zeros into its convolution."""
        last = self.drafts[-1] if self.drafts else None
        if last is None or inputs[0] != len(self.drafts) - 1 or last.layer != self.running[-1].path:
            return operation, inputs
        if not isinstance(last.operation, Pad) or last.operation.mode != getattr(module, "padding_mode", None):
            return operation, inputs
        if last.operation.mode == "zeros" or any(map(any, operation.window.padding)):
            return operation, inputs
        self.drafts.pop()
        window = replace(operation.window, padding=last.operation.sides)
        return replace(operation, window=window, mode=last.operation.mode), last.inputs

    def _add(self, draft: Draft, order: Order = ()) -> None:
        """Write a step down, and a copy of its value, channels first, whose axes the tensor has in some order.

        From a tensor of unknown origin it is a step from the picture.
        """
        inputs = tuple(at if at != STRANGE else IMAGE for at in draft.inputs)
        self.drafts.append(replace(draft, inputs=inputs, value=upright(draft.value.detach(), order).clone()))
        if _turns_strange(draft.operation) or (not _is_convolution(draft.operation) and self.strange_axes & {*inputs}):
            self.strange_axes.add(len(self.drafts) - 1)
        self.origins.note(draft.value, len(self.drafts) - 1, order=order)

    def _add_layer(self, part: Running, operation: Operation, inputs: tuple[int, ...], output: Tensor) -> None:
        """Write a whole layer down as one step."""
        weights = () if isinstance(operation, Pointwise) else tuple(part.module.parameters())
        order = self.origins.order(output) if isinstance(operation, Pointwise) else ()
        self._add(Draft(part.path, kind_of(part.module), operation, inputs, output, weights, chief=True), order)

    def _enter(self, path: str) -> Any:
        def note(module: nn.Module, _: Any) -> None:
            self.running.append(Running(path, module, len(self.drafts)))
            self.opaque += type(module) in OPAQUE

        return note

    def _leave(self, module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
        part = self.running.pop()
        with torch._C.DisableTorchFunction():  # what follows is ours, not the network's
            self._write_down_part(part, module, args, kwargs, output)
            if isinstance(output, Tensor):
                self._note_axes((part.path, self.runs[part.path]), module, output)
            self.runs[part.path] += 1

    def _note_axes(self, run: tuple[str, int], module: nn.Module, output: Tensor) -> None:
        """Write down where a part's channels lie; behind what is not followed they may be last, where layers say so."""
        if order := self.origins.order(output):
            self.turned[run] = order
        elif self.place_of(output) in {STRANGE, *self.strange_axes}:
            self.along_last |= isinstance(module, (nn.Linear, nn.LayerNorm)) and output.ndim > 2
            if self.along_last:
                self.unclear.add(run)

    def _write_down_part(self, part: Running, module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
        """Write a part down as a step of its own where its functions have not been, or give them its name."""
        self.opaque -= type(module) in OPAQUE
        if self.opaque or not isinstance(output, Tensor):
            return
        at = self.place_of(output)
        inputs = tuple(one for one in map(self.place_of, tensors_in((args, kwargs))) if one != STRANGE)
        if type(module) in OPAQUE:
            self._add_layer(part, Unknown(kind_of(module), OPAQUE[type(module)]), inputs, output)
        elif self.origins.place(output) == STRANGE:
            self._add_layer(part, hidden(module), inputs, output)
        elif any(module.children()) or part.has_chief or (not part.path and len(self.drafts) > 1):
            return
        elif len(self.drafts) > part.first and at == len(self.drafts) - 1:
            self.drafts[-1] = replace(self.drafts[-1], kind=kind_of(module), chief=True)
        elif len(self.drafts) == part.first and at >= IMAGE:
            self._add_layer(part, Pointwise("identity"), (at,), output)


def _is_convolution(operation: Operation) -> bool:
    """Say whether a step gives maps with their channels first, whatever lay before it: torch's convolutions do."""
    known = isinstance(operation, (Convolution, TransposedConvolution))
    return known or (isinstance(operation, Unknown) and operation.what in ("conv2d", "conv_transpose2d"))


def _turns_strange(operation: Operation) -> bool:
    """Say whether nobody knows behind a step where the channels lie."""
    return isinstance(operation, Unknown) and not _is_convolution(operation)
