"""Pooling: one number for each window of each map, its largest or its mean."""

from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int64, Num

from convlens.blocks.padding import OUTSIDE, gathered, places
from convlens.blocks.settings import Both, Padding, Pair, Sides, pair, sides
from convlens.blocks.sizes import adaptive_window, output_size
from convlens.blocks.windows import taps
from convlens.errors import SettingsError, ShapeError

Maps = Num[np.ndarray, "c h w"]
Pooled = Num[np.ndarray, "c height width"]
Means = Float[np.ndarray, "c height width"]
Winners = Int64[np.ndarray, "c height width"]
"""Where in its map each number comes from: row · W + column."""


def max_pool(
    maps: Maps,
    kernel: Both,
    stride: Both | None = None,
    padding: Padding = 0,
    dilation: Both = 1,
    *,
    ceil: bool = False,
) -> tuple[Pooled, Winners]:
    """Give the largest number of each window, and where it stands.

    Padding never wins. Among equals the first wins, row by row; a NaN wins over all numbers.

    Args:
        stride: the kernel, when None.
        ceil: a last window may hang over the edge.

    Raises:
        SettingsError: more padding than half a window.
        ShapeError: no window fits, or one lies on padding alone.
    """
    kernel, dilation = pair(kernel), pair(dilation)
    stride, around = pair(kernel if stride is None else stride), sides(padding)
    check_pool_padding(around, kernel, dilation)
    rows, columns = _all_taps(maps.shape, kernel, stride, around, dilation, ceil)
    windows, inside = _windows(maps, rows, columns, _lowest(maps))
    if not inside.any(axis=-1).all():
        raise ShapeError("a window of the pool lies on padding alone, where nothing can win; pad less")
    won = windows.argmax(axis=-1)
    # where the largest is the lowest number that there is, padding holds it too
    won = np.where(np.take_along_axis(inside[None], won[..., None], -1)[..., 0], won, inside.argmax(axis=-1)[None])
    values = np.take_along_axis(windows, won[..., None], -1)[..., 0]
    row = np.take_along_axis(rows[None, :, None, :], (won // kernel[1])[..., None], -1)[..., 0]
    column = np.take_along_axis(columns[None, None, :, :], (won % kernel[1])[..., None], -1)[..., 0]
    return values, row * maps.shape[2] + column


def average_pool(
    maps: Maps,
    kernel: Both,
    stride: Both | None = None,
    padding: Padding = 0,
    *,
    ceil: bool = False,
    count_include_pad: bool = True,
    divisor: int | None = None,
) -> Means:
    """Give the mean of each window.

    Args:
        stride: the kernel, when None.
        ceil: a last window may hang over the edge; what hangs over the padding is not counted.
        count_include_pad: padding counts, as zeros; otherwise only the numbers of the map are counted.
        divisor: divide by this number instead, however many there are.

    Raises:
        SettingsError: more padding than half a window, or a divisor of 0.
        ShapeError: no window fits.
    """
    kernel = pair(kernel)
    stride, around = pair(kernel if stride is None else stride), sides(padding)
    check_pool_padding(around, kernel)
    if divisor == 0:
        raise SettingsError("nothing can be divided by 0; leave the divisor out to divide by the count")
    rows, columns = _all_taps(maps.shape, kernel, stride, around, (1, 1), ceil)
    windows, _ = _windows(maps, rows, columns, 0)
    margin = around if count_include_pad else ((0, 0), (0, 0))
    down, across = (
        ((one >= -before) & (one < size + after)).sum(axis=1)
        for one, (before, after), size in zip((rows, columns), margin, maps.shape[1:], strict=True)
    )
    means: Means = windows.sum(axis=-1) / (down[:, None] * across[None, :] if divisor is None else divisor)
    return means


def adaptive_pool(maps: Maps, size: Both, kind: Literal["mean", "max"] = "mean") -> Pooled:
    """Give maps of a wanted size: window i covers ⌊i·n / m⌋ to ⌈(i+1)·n / m⌉ − 1, and neighbours may overlap."""
    return adaptive_mean_pool(maps, size) if kind == "mean" else adaptive_max_pool(maps, size)[0]


def adaptive_mean_pool(maps: Maps, size: Both) -> Means:
    """Give the mean of each of as many windows as wanted."""
    rows, columns = _divided(maps.shape, pair(size))
    return np.stack([np.stack([maps[:, r, q].mean(axis=(1, 2)) for q in columns], axis=-1) for r in rows], axis=1)


def adaptive_max_pool(maps: Maps, size: Both) -> tuple[Pooled, Winners]:
    """Give the largest number of each of as many windows as wanted, and where it stands (row · W + column)."""
    rows, columns = _divided(maps.shape, pair(size))
    values = np.zeros((len(maps), len(rows), len(columns)), maps.dtype)
    winners = np.zeros(values.shape, np.int64)
    for r, down in enumerate(rows):
        for q, across in enumerate(columns):
            window = maps[:, down, across].reshape(len(maps), -1)
            won = window.argmax(axis=1)
            row, column = np.divmod(won, across.stop - across.start)
            values[:, r, q] = window[np.arange(len(maps)), won]
            winners[:, r, q] = (down.start + row) * maps.shape[2] + across.start + column
    return values, winners


def check_pool_padding(around: Sides, kernel: Pair, dilation: Pair = (1, 1)) -> None:
    """Refuse padding of which a window could be full.

    Raises:
        SettingsError: a side has more than half of what the window spans, or less than none.
    """
    for axis in (0, 1):
        span = dilation[axis] * (kernel[axis] - 1) + 1
        for side in around[axis]:
            if not 0 <= side <= span // 2:
                raise SettingsError(f"a pool's padding is 0 to half of its window, {span // 2} here, not {side}")


def _all_taps(
    shape: tuple[int, ...], kernel: Pair, stride: Pair, around: Sides, dilation: Pair, ceil: bool
) -> tuple[Int64[np.ndarray, "height kh"], Int64[np.ndarray, "width kw"]]:
    rows, columns = (
        taps(
            output_size(shape[1 + axis], kernel[axis], stride[axis], around[axis], dilation[axis], ceil=ceil),
            kernel[axis],
            stride[axis],
            around[axis][0],
            dilation[axis],
        )
        for axis in (0, 1)
    )
    return rows, columns


def _windows(
    maps: Maps, rows: Int64[np.ndarray, "height kh"], columns: Int64[np.ndarray, "width kw"], value: float
) -> tuple[Num[np.ndarray, "c height width taps"], Bool[np.ndarray, "height width taps"]]:
    """Give what each window holds, `value` where it holds nothing, and which of its taps lie on the map."""
    down, across = (places(one.ravel(), size) for one, size in zip((rows, columns), maps.shape[1:], strict=True))
    size = (len(rows), rows.shape[1], len(columns), columns.shape[1])
    values = gathered(maps, down, across, value).reshape(len(maps), *size).swapaxes(2, 3)
    inside = ((down != OUTSIDE)[:, None] & (across != OUTSIDE)[None, :]).reshape(size).swapaxes(1, 2)
    taken = (size[0], size[2], -1)
    return values.reshape(len(maps), *taken), inside.reshape(taken)


def _lowest(maps: Maps) -> float:
    return -np.inf if maps.dtype.kind == "f" else int(np.iinfo(maps.dtype).min)


def _divided(shape: tuple[int, ...], size: Pair) -> tuple[list[slice], list[slice]]:
    if min(size) < 1:
        raise SettingsError(f"a pool gives one number or more along each axis, not {size!r}")
    rows, columns = (
        [slice(first, last + 1) for first, last in (adaptive_window(at, side, count) for at in range(count))]
        for side, count in zip(shape[1:], size, strict=True)
    )
    return rows, columns
