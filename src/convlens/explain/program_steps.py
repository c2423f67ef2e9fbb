"""One step of a forward pass as lines of Python: loops over NumPy arrays, the weights written out."""

from collections.abc import Iterator, Sequence

from torch import Tensor

from convlens.explain.computing import numbers
from convlens.explain.expressions import expression
from convlens.explain.operations import (
    AdaptivePool,
    Add,
    AveragePool,
    BatchNorm,
    Channels,
    ChannelSlopes,
    Concatenate,
    Convolution,
    Flatten,
    GroupNorm,
    LayerNorm,
    Linear,
    MaxPool,
    Multiply,
    Pad,
    PixelShuffle,
    Pointwise,
    Resize,
    Sides,
    Softmax,
    Subtract,
    TransposedConvolution,
    Unflatten,
    Unknown,
    Window,
)
from convlens.explain.snippets import literal, number
from convlens.explain.traced import TracedStep
from convlens.explain.windows import neighbours

_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def written(step: TracedStep, name: str, read: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> list[str]:
    """Write the lines that leave a step's numbers in the variable `name`.

    Args:
        read: the variables of what it reads.
        shapes: likewise the shapes.
    """
    x, shape = read[0], shapes[0]
    match step.operation:
        case Convolution():
            return list(_convolution(step.operation, name, x, step.value.shape))
        case TransposedConvolution():
            return list(_transposed(step.operation, name, x, shape, step.value.shape))
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
        case GroupNorm(groups):
            return [
                f"numbers = {x}.reshape({groups}, -1)",
                "numbers = numbers - numbers.mean(axis=1, keepdims=True)",
                f"numbers = numbers / np.sqrt(numbers.var(axis=1, keepdims=True) + {number(step.operation.eps)})",
                f"{name} = numbers.reshape({shape})",
                *_scaled(step.operation.weight, step.operation.bias, name, _spread(shape)),
            ]
        case LayerNorm(axes, weight, bias, eps, centred=False):
            return [
                f"{name} = {x} / np.sqrt(({x} ** 2).mean(axis={axes}, keepdims=True) + {number(eps)})",
                *_scaled(weight, bias, name, ""),
            ]
        case LayerNorm(axes, weight, bias, eps):
            return [
                f"numbers = {x} - {x}.mean(axis={axes}, keepdims=True)",
                f"{name} = numbers / np.sqrt(numbers.var(axis={axes}, keepdims=True) + {number(eps)})",
                *_scaled(weight, bias, name, ""),
            ]
        case ChannelSlopes(slopes):
            return [
                literal("slopes", numbers(slopes)),
                f"{name} = np.where({x} >= 0, {x}, slopes{_spread(shape)} * {x})",
            ]
        case Pointwise(function, parameters):
            return [f"{name} = {expression(function, parameters, x)}"]
        case Linear(weight, bias):
            added = "" if bias is None else f" + bias{_spread(shape)}"
            return [
                literal("weight", numbers(weight)),
                *([] if bias is None else [literal("bias", numbers(bias))]),
                f"{name} = np.tensordot(weight, {x}, 1){added}",
            ]
        case Flatten():
            return [f"{name} = {x}.reshape(-1)  # the index of (c, r, q) is c * H * W + r * W + q"]
        case Unflatten(whole):
            return [f"{name} = {x}.reshape{whole}"]
        case Resize():
            return list(_resized(step.operation, name, x, shape))
        case PixelShuffle(factor):
            return [
                f"squares = {x}.reshape(-1, {factor}, {factor}, {shape[1]}, {shape[2]})",
                f"{name} = squares.transpose(0, 3, 1, 4, 2).reshape{step.value.shape}",
            ]
        case Add():
            return [f"{name} = {' + '.join(read)}"]
        case Subtract():
            return [f"{name} = {' - '.join(read)}"]
        case Channels(places):
            first, last = places[0], places[-1]
            in_a_row = places == tuple(range(first, last + 1))
            return [f"{name} = {x}[{f'{first} : {last + 1}' if in_a_row else list(places)}]"]
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


def _transposed(
    one: TransposedConvolution, name: str, x: str, shape: tuple[int, ...], given: tuple[int, ...]
) -> Iterator[str]:
    window, (many, each, *kernel) = one.window, one.weight.shape
    whole = [
        (side - 1) * stride + gap * (taps - 1) + 1 + more
        for side, stride, gap, taps, more in zip(
            shape[1:], window.stride, window.dilation, kernel, one.extra, strict=True
        )
    ]
    (above, _), (left, _) = window.padding
    filters = ":"
    yield literal("weight", numbers(one.weight))
    yield from (f"{name} = np.zeros({(given[0], *whole)})", f"for c in range({many}):")
    if one.groups > 1:
        yield f"    first = c // {many // one.groups} * {each}"
        filters = f"first : first + {each}"
    yield from (
        f"    for r in range({shape[1]}):",
        f"        for q in range({shape[2]}):",
        f"            rows, columns = np.s_[{_slice('r', window, 0)}], np.s_[{_slice('q', window, 1)}]",
        f"            {name}[{filters}, rows, columns] += {x}[c, r, q] * weight[c]",
        f"{name} = {name}[:, {above} : {above + given[1]}, {left} : {left + given[2]}]",
    )
    if one.bias is not None:
        yield literal("bias", numbers(one.bias))
        yield f"{name} = {name} + bias[:, None, None]"


def _resized(one: Resize, name: str, x: str, shape: tuple[int, ...]) -> Iterator[str]:
    """Write both axes as lists: which two old places each new one lies between, and its distance from the first."""
    for axis, (letter, gap) in enumerate((("r", "[:, None]"), ("q", ""))):
        found = [neighbours(one, axis, at, shape[1 + axis]) for at in range(one.size[axis])]
        first, second = ([int(places[end]) for places, _ in found] for end in (0, -1))
        index = ":, " if axis == 0 else ":, :, "
        source = x if axis == 0 else name
        yield f"{letter} = {first}  # {'rows' if axis == 0 else 'columns'}"
        if one.kind in ("nearest", "nearest-exact"):
            yield f"{name} = {source}[{index}{letter}]"
            continue
        yield literal("share", [float(weights[1]) if len(weights) > 1 else 0.0 for _, weights in found])
        yield f"{name} = (1 - share{gap}) * {source}[{index}{letter}] + share{gap} * {source}[{index}{second}]"


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
    spread = _spread(shape)
    yield literal("mean", numbers(one.mean))
    yield literal("variance", numbers(one.var))
    yield f"{name} = ({x} - mean{spread}) / np.sqrt(variance + {number(one.eps)}){spread}"
    yield from _scaled(one.weight, one.bias, name, spread)


def _scaled(weight: Tensor | None, bias: Tensor | None, name: str, spread: str) -> Iterator[str]:
    if weight is not None:
        yield literal("weight", numbers(weight))
        yield f"{name} = {name} * weight{spread}"
    if bias is not None:
        yield literal("bias", numbers(bias))
        yield f"{name} = {name} + bias{spread}"


def _spread(shape: tuple[int, ...]) -> str:
    """Write how one number for each channel is stretched over a map."""
    return f"[:{', None' * (len(shape) - 1)}]" if len(shape) > 1 else ""
