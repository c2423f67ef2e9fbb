"""A whole forward pass as a Python program: loops over NumPy arrays, the weights written out, nothing else needed."""

import keyword
import re
from collections.abc import Iterator, Sequence

from convlens.errors import SettingsError
from convlens.explain.computing import numbers
from convlens.explain.expressions import expression, imports
from convlens.explain.operations import (
    AdaptivePool,
    Add,
    AveragePool,
    BatchNorm,
    Concatenate,
    Convolution,
    Flatten,
    Linear,
    MaxPool,
    Multiply,
    Pad,
    Pointwise,
    Sides,
    Softmax,
    Unknown,
    Window,
)
from convlens.explain.recording import IMAGE
from convlens.explain.snippets import literal, number
from convlens.explain.traced import TracedStep
from convlens.explain.tracing import Trace

MOST = 50_000
"""So many weights and pixels are written out."""

_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
_RESERVED = frozenset(
    ("np", "image", "padded", "window", "weight", "bias", "mean", "variance", "powers", "rows", "columns", "first")
)


def program(trace: Trace) -> str:
    """Write a program that goes through all steps and prints the numbers of the last one.

    Every step's numbers are left in a variable of its name.

    Raises:
        SettingsError: the network is too large to be written out.
    """
    count = trace.image.size + sum(_weights(step) for step in trace.steps)
    if count > MOST:
        raise SettingsError(
            f"a program with the weights written out is for networks of up to {MOST:,} numbers, and this one has "
            f"{count:,}; name one number with --unit LAYER:CHANNEL,ROW,COLUMN"
        )
    names = variables([step.name for step in trace.steps])
    lines = [literal("image", trace.image)]
    for at, step in enumerate(trace.steps):
        read = ["image" if one == IMAGE else names[one] for one in step.inputs]
        shapes = [trace.image.shape if one == IMAGE else trace.steps[one].value.shape for one in step.inputs]
        lines += ["", f"# {step.name} ({step.kind})", *_written(step, names[at], read, shapes)]
    return "\n".join([*imports(lines), *lines, "", f"print({names[trace.output]})", ""])


def _weights(step: TracedStep) -> int:
    operation = step.operation
    if isinstance(operation, (Convolution, Linear)):
        return operation.weight.numel()
    return 4 * operation.mean.numel() if isinstance(operation, BatchNorm) else 0


def variables(names: Sequence[str]) -> list[str]:
    """Give each step the name of a variable: its own, as far as Python allows it."""
    found: list[str] = []
    for name in names:
        plain = re.sub(r"\W", "_", name)
        if not plain.isidentifier() or keyword.iskeyword(plain) or plain in _RESERVED:
            plain = f"step_{plain}"
        while plain in found:
            plain += "_"
        found.append(plain)
    return found


def _written(step: TracedStep, name: str, read: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> list[str]:
    x, shape = read[0], shapes[0]
    match step.operation:
        case Convolution():
            return list(_convolution(step.operation, name, x, step.value.shape))
        case MaxPool(window):
            return list(_pool(window, name, x, step.value.shape, "-np.inf", "window.max()"))
        case AveragePool(window, count_include_pad, divisor):
            fill = "0.0" if count_include_pad else "np.nan"
            number_of = str(divisor) if divisor else "np.isfinite(window).sum()"
            return list(_pool(window, name, x, step.value.shape, fill, f"np.nansum(window) / {number_of}"))
        case AdaptivePool(kind, size, flat):
            return [
                f"{name} = np.zeros({(shape[0], *size)})",
                f"for r in range({size[0]}):",
                f"    for q in range({size[1]}):",
                f"        rows = slice(r * {shape[1]} // {size[0]}, -(-(r + 1) * {shape[1]} // {size[0]}))",
                f"        columns = slice(q * {shape[2]} // {size[1]}, -(-(q + 1) * {shape[2]} // {size[1]}))",
                f"        {name}[:, r, q] = {x}[:, rows, columns].{kind}(axis=(1, 2))",
                *([f"{name} = {name}[:, 0, 0]"] if flat else []),
            ]
        case Pad(sides, mode, value):
            return list(_padding(sides, mode, value, name, x, shape))
        case BatchNorm():
            return list(_normalisation(step.operation, name, x, shape))
        case Pointwise(function, parameters):
            return [f"{name} = {expression(function, parameters, x)}"]
        case Linear(weight, bias):
            added = "" if bias is None else " + bias"
            return [
                literal("weight", numbers(weight)),
                *([] if bias is None else [literal("bias", numbers(bias))]),
                f"{name} = {x} @ weight.T{added}",
            ]
        case Flatten():
            return [f"{name} = {x}.reshape(-1)  # the index of (c, r, q) is c * H * W + r * W + q"]
        case Add():
            return [f"{name} = {' + '.join(read)}"]
        case Multiply():
            return [f"{name} = {' * '.join(read)}"]
        case Concatenate():
            return [f"{name} = np.concatenate([{', '.join(read)}])"]
        case Softmax():
            return [f"powers = np.exp({x} - {x}.max())", f"{name} = powers / powers.sum()"]
        case Unknown():
            raise AssertionError("a trace holds no unknown step")


def _convolution(one: Convolution, name: str, x: str, shape: tuple[int, ...]) -> Iterator[str]:
    outputs, each = one.weight.shape[:2]
    yield literal("weight", numbers(one.weight))
    if one.bias is not None:
        yield literal("bias", numbers(one.bias))
    source = x
    if any(side for sides in one.window.padding for side in sides):
        source = "padded"
        yield f"padded = np.pad({x}, {((0, 0), *one.window.padding)}, mode={_MODES[one.mode]!r})"
    channels = ":"
    if one.groups > 1:
        channels = "first : first + " + str(each)
    yield from (f"{name} = np.zeros({shape})", f"for o in range({outputs}):")
    if one.groups > 1:
        yield f"    first = o // {outputs // one.groups} * {each}"
    yield from (
        f"    for r in range({shape[1]}):",
        f"        for q in range({shape[2]}):",
        f"            window = {source}[{channels}, {_slice('r', one.window, 0)}, {_slice('q', one.window, 1)}]",
        f"            {name}[o, r, q] = (window * weight[o]).sum(){'' if one.bias is None else ' + bias[o]'}",
    )


def _pool(window: Window, name: str, x: str, shape: tuple[int, ...], fill: str, value: str) -> Iterator[str]:
    source = x
    if any(side for sides in window.padding for side in sides):
        source = "padded"
        yield f"padded = np.pad({x}, {((0, 0), *window.padding)}, constant_values={fill})"
    yield from (
        f"{name} = np.zeros({shape})",
        f"for c in range({shape[0]}):",
        f"    for r in range({shape[1]}):",
        f"        for q in range({shape[2]}):",
        f"            window = {source}[c, {_slice('r', window, 0)}, {_slice('q', window, 1)}]",
        f"            {name}[c, r, q] = {value}",
    )


def _slice(at: str, window: Window, axis: int) -> str:
    """Write the rows or columns of a window; where it hangs over the edge, Python leaves out what is not there."""
    stride, gap = window.stride[axis], window.dilation[axis]
    length = gap * (window.kernel[axis] - 1) + 1
    start = at if stride == 1 else f"{at} * {stride}"
    return f"{start} : {start} + {length}" + (f" : {gap}" if gap > 1 else "")


def _padding(sides: Sides, mode: str, value: float, name: str, x: str, shape: tuple[int, ...]) -> Iterator[str]:
    widths = [(max(before, 0), max(after, 0)) for before, after in sides]
    around = ((0, 0),) * (len(shape) - 2) + tuple(widths)
    how = f"constant_values={number(value)}" if mode == "zeros" else f"mode={_MODES[mode]!r}"
    yield f"{name} = np.pad({x}, {around}, {how})"
    if any(side < 0 for pair in sides for side in pair):
        kept = [f"{max(-before, 0)} : {after if after < 0 else ''}" for before, after in sides]
        yield f"{name} = {name}[..., {kept[0]}, {kept[1]}]"


def _normalisation(one: BatchNorm, name: str, x: str, shape: tuple[int, ...]) -> Iterator[str]:
    spread = "[:, None, None]" if len(shape) == 3 else ""
    yield literal("mean", numbers(one.mean))
    yield literal("variance", numbers(one.var))
    yield f"{name} = ({x} - mean{spread}) / np.sqrt(variance + {number(one.eps)}){spread}"
    if one.weight is not None:
        yield literal("weight", numbers(one.weight))
        yield f"{name} = {name} * weight{spread}"
    if one.bias is not None:
        yield literal("bias", numbers(one.bias))
        yield f"{name} = {name} + bias{spread}"
