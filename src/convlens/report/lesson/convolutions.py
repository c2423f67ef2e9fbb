"""The chapter on convolution: one filter, its stride, its padding; many channels, groups, gaps."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Num

from convlens.blocks.convolution import convolve
from convlens.blocks.padding import pad
from convlens.blocks.settings import Mode, Padding, sides
from convlens.blocks.sizes import output_size, same_padding
from convlens.blocks.windows import Window, window_at
from convlens.report.blocks import TableView
from convlens.report.lesson.content import Chapter, Column, Example, Grid, Mark, Output, grid
from convlens.report.lesson.numbers import added, bracketed, products, span, told

Numbers = Num[np.ndarray, "c h w"]
Filters = Num[np.ndarray, "o i kh kw"]

COUNT = np.arange(1, 17).reshape(1, 4, 4)
"""1 to 16, row by row: each number says where it stands."""
FILTER = np.array([[[[1, 2], [3, 4]]]])
EDGE = 9 * np.array([[[0, 0, 0, 1, 1], [0, 0, 0, 1, 1], [0, 0, 1, 1, 1], [0, 1, 1, 1, 1], [0, 1, 1, 1, 1]]])
RISING = np.array([[[[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]]])
TWO = np.array([[[1, 0, 2], [0, 3, 1], [2, 1, 0]], [[0, 1, 1], [2, 0, 1], [1, 1, 0]]])
PAIR = np.array([[[[1, 0], [0, 1]], [[0, 1], [-1, 0]]], [[[1, -1], [1, -1]], [[1, 1], [0, 0]]]])


@dataclass(frozen=True)
class Setting:
    """How one filter walks over one picture."""

    stride: int = 1
    padding: Padding = 0
    dilation: int = 1
    groups: int = 1
    mode: Mode = "zeros"


def chapter() -> Chapter:
    """Give the whole chapter."""
    return Chapter(
        "convolution",
        "Convolution",
        "A filter is laid on the picture. Each number below it is multiplied by the filter's number on top, and the"
        " products are summed up: one number of the result. Then the filter moves on. Networks do not turn the filter"
        " round first, as the convolution of mathematics does.",
        "y[o, r, q] = b[o] + Σ w[o, c, i, j] · x[c, r·s + i·d − p, q·s + j·d − p], summed over c, i and j\n"
        "o is the filter and its map, c the channel; (r, q) row and column of the result, (i, j) of the filter; s the"
        " stride, d the dilation, p the padding. In the sizes below, n is the side of the picture and k that of the"
        " filter.",
        tuple(_examples()),
        _padded(),
        (_same(),),
        ("convolve",),
    )


def _examples() -> Iterator[Example]:
    yield worked(
        "one-filter",
        "One filter on one picture",
        "The filter fits three times across and three times down, so nine numbers come out.",
        (COUNT, FILTER),
        Setting(),
        "convolve(image, weight)",
    )
    yield worked(
        "stride",
        "Stride 2: two steps at once",
        "The same, but the filter moves by two. Of the result above every second number is left, across and down.",
        (COUNT, FILTER),
        Setting(stride=2),
        "convolve(image, weight, stride=2)",
        start=1,
    )
    yield worked(
        "padding",
        "Padding 1: a frame of zeros",
        "A row or column of zeros is put around the picture first. The result grows from 3×3 to 5×5.",
        (COUNT, FILTER),
        Setting(padding=1),
        "convolve(image, weight, padding=1)",
    )
    yield worked(
        "edges",
        "A 3×3 filter that finds edges",
        "The right neighbours count as they are, the left ones with a minus: where both sides are alike they cancel"
        " out, and where dark turns to bright the sum is large.",
        (EDGE, RISING),
        Setting(),
        "convolve(image, weight)",
        start=1,
    )
    yield worked(
        "channels",
        "Two channels in, two maps out",
        "A filter has a layer for each channel of its input. The sums of all channels and the filter's bias add up to"
        " one number; each further filter gives one more map.",
        (TWO, PAIR),
        Setting(),
        "convolve(image, weight, bias)",
        bias=np.array([1, -2]),
    )
    yield worked(
        "groups",
        "Groups: each filter has a channel of its own",
        "With as many groups as channels nothing is summed across channels (depthwise convolution). In general, with"
        " two groups the first half of the filters sees the first half of the channels.",
        (TWO, PAIR[:, :1]),
        Setting(groups=2),
        "convolve(image, weight, groups=2)",
        start=4,
    )
    yield worked(
        "dilation",
        "Dilation 2: a filter with gaps",
        "The filter's numbers lie two apart: it reaches over 3×3 numbers and reads four of them.",
        (np.arange(1, 26).reshape(1, 5, 5), FILTER),
        Setting(dilation=2),
        "convolve(image, weight, dilation=2)",
    )


def worked(
    key: str,
    title: str,
    said: str,
    inputs: tuple[Numbers, Filters],
    setting: Setting,
    code: str,
    *,
    bias: Num[np.ndarray, " o"] | None = None,
    start: int = 0,
) -> Example:
    """Work a convolution of (image, weight) out, output by output."""
    image, weight = inputs
    given = {"stride": setting.stride, "padding": setting.padding, "dilation": setting.dilation, "mode": setting.mode}
    result = convolve(image, weight, bias, groups=setting.groups, **given)  # type: ignore[arg-type]
    maps = framed(image, setting.padding)
    depth = weight.shape[1]
    filters = [
        grid(weight[o, c], _filter_name(o, c, weight.shape))
        for o in range(weight.shape[0])
        for c in range(depth)
    ]  # fmt: skip
    biases = () if bias is None else (grid(bias[:, None], heads=("",), names=_numbered("filter", len(bias))),)
    results = [grid(one, f"map {o}" if len(result) > 1 else "") for o, one in enumerate(result)]
    first = len(maps) + len(filters) + len(biases)
    outputs = []
    for o, row, column in np.ndindex(result.shape):
        seen = window_at(image, (row, column), weight.shape[2:], **given)  # type: ignore[arg-type]
        group = o // (weight.shape[0] // setting.groups)
        channels = range(group * depth, (group + 1) * depth)
        marks = [
            *_window_marks(seen, weight[o], channels, sides(setting.padding)),
            *_filter_marks(len(maps) + o * depth, weight[o]),
            *([Mark((first - 1, o, 0))] if biases else []),
        ]
        lines = _lines(
            seen, weight[o], channels, None if bias is None else bias[o].item(), result[o, row, column].item()
        )
        outputs.append(Output((first + o, row, column), _name(o, row, column, len(result)), tuple(lines), tuple(marks)))
    columns = [Column("picture", maps), Column(_plural("filter", len(weight)), tuple(filters), "∗", across=depth)]
    if biases:
        columns.append(Column("bias", biases, "+"))
    columns.append(Column("result", tuple(results), "=", chosen=True))
    return Example(
        key,
        title,
        said,
        tuple(columns),
        tuple(outputs),
        code,
        size_line(image.shape[1], weight.shape[2], setting),
        start,
    )


def framed(image: Numbers, padding: Padding, mode: Mode = "zeros") -> tuple[Grid, ...]:
    """Give the channels of an image as grids, with the padding around them."""
    (above, _), (left, _) = sides(padding)
    outside = pad(np.zeros((1, *image.shape[1:])), padding, value=1)[0] == 1
    return tuple(
        grid(one, f"channel {c}" if len(image) > 1 else "", first=(-above, -left), padded=outside)
        for c, one in enumerate(pad(image, padding, mode))
    )


def size_line(size: int, kernel: int, setting: Setting, ceil: bool = False) -> str:
    """Work out how many numbers come out along one side."""
    p, s, d = sides(setting.padding)[0][0], setting.stride, setting.dilation
    slack = size + 2 * p - d * (kernel - 1) - 1
    left, right = "⌈⌉" if ceil else "⌊⌋"
    worked_out = (
        f"{left}({size} + 2·{p} − {d}·({kernel} − 1) − 1) / {s}{right} + 1 = {left}{told(slack / s)}{right} + 1"
    )
    count = output_size(size, kernel, s, p, d, ceil=ceil)
    return f"{left}(n + 2p − d·(k − 1) − 1) / s{right} + 1 = {worked_out} = {count}"


def _lines(
    seen: Window, weight: Num[np.ndarray, "i kh kw"], channels: range, bias: int | None, total: float
) -> list[str]:
    lines = [f"The window lies on {span(seen.rows.tolist(), 'row')}, {span(seen.columns.tolist(), 'column')}."]
    sums = []
    for c, factors in zip(channels, weight, strict=True):
        pairs = list(zip(seen.values[c].ravel().tolist(), factors.ravel().tolist(), strict=True))
        parts = [one * other for one, other in pairs]
        sums.append(sum(parts))
        name = f"channel {c}: " if len(seen.values) > 1 else ""
        lines.append(f"{name}{products(pairs)} = {added(parts)} = {told(sums[-1])}")
    if bias is not None:
        lines.append(f"sum and bias: {added(sums)} + {bracketed(bias)} = {told(total)}")
    elif len(sums) > 1:
        lines.append(f"sum: {added(sums)} = {told(total)}")
    return lines


def _window_marks(
    seen: Window, weight: Num[np.ndarray, "i kh kw"], channels: range, around: tuple[tuple[int, int], tuple[int, int]]
) -> list[Mark]:
    above, left = around[0][0], around[1][0]
    return [
        Mark((c, row + above, column + left), f"×{bracketed(factors[i][j])}")
        for c, factors in zip(channels, weight.tolist(), strict=True)
        for i, row in enumerate(seen.rows.tolist())
        for j, column in enumerate(seen.columns.tolist())
    ]


def _filter_marks(first: int, weight: Num[np.ndarray, "i kh kw"]) -> list[Mark]:
    return [Mark((first + c, i, j)) for c, i, j in np.ndindex(weight.shape)]


def _padded() -> tuple[Column, ...]:
    image = np.arange(1, 10).reshape(1, 3, 3)
    modes: dict[Mode, str] = {
        "zeros": "a frame of zeros",
        "reflect": "mirrored at the outermost number",
        "replicate": "the outermost number again",
        "circular": "what stands on the other side",
    }
    return tuple(Column(mode, (replace(framed(image, 2, mode)[0], title=name),)) for mode, name in modes.items())


def _same() -> TableView:
    rows = []
    for kernel, dilation in ((1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (3, 2)):
        before, after = same_padding(kernel, dilation)
        rows.append((f"kernel {kernel}, dilation {dilation}", str(before), str(after)))
    return TableView(
        'Padding "same" keeps the size at stride 1: d·(k − 1) in all, the odd one of it after the picture.',
        ("filter", "before", "after"),
        tuple(rows),
    )


def _filter_name(o: int, c: int, shape: tuple[int, ...]) -> str:
    if shape[0] == shape[1] == 1:
        return ""
    return f"filter {o}" if shape[1] == 1 else f"filter {o}, channel {c}"


def _name(o: int, row: int, column: int, maps: int) -> str:
    return f"{f'map {o}, ' if maps > 1 else ''}row {row}, column {column}"


def _numbered(word: str, count: int) -> tuple[str, ...]:
    return tuple(f"{word} {at}" for at in range(count))


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
