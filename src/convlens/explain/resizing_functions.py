"""What the functions compute that bring maps to another size: interpolation, stretching, shuffled pixels."""

from convlens.explain.calls import Call, NotFollowedError, Reader
from convlens.explain.operations import AdaptivePool, Operation, PixelShuffle, Resize, ResizeKind
from convlens.explain.words import sides


def _interpolate(call: Call) -> Operation:
    before, size = call.maps().shape[2:], call.output.shape[2:]
    mode, corners = call.get(3, "mode", "nearest"), bool(call.get(4, "align_corners"))
    if call.get(6, "antialias", False):
        raise NotFollowedError("it smooths before it resizes")
    height, width = int(size[0]), int(size[1])
    if mode == "area":
        return AdaptivePool("mean", (height, width))
    if mode not in ("nearest", "nearest-exact", "bilinear"):
        raise NotFollowedError(f"its mode is {mode}, and only nearest, nearest-exact, bilinear and area are followed")
    kind: ResizeKind = "aligned" if corners else mode
    factors = None if call.get(5, "recompute_scale_factor") else call.get(2, "scale_factor")
    down, across = factors if isinstance(factors, (list, tuple)) else (factors, factors)
    return Resize(kind, (height, width), (_step(kind, before[0], height, down), _step(kind, before[1], width, across)))


def _step(kind: ResizeKind, before: int, after: int, factor: float | None) -> float:
    """Say how far one goes on the old axis for one place of the new, as torch reckons it."""
    if before == after and kind != "nearest-exact":
        return 1.0
    if kind == "aligned":
        return (before - 1) / (after - 1) if after > 1 else 0.0
    if kind == "nearest" and after == 2 * before:
        return 0.5
    return 1 / factor if factor else before / after


def _stretched(call: Call) -> Operation | None:
    """Read `expand`: one number a channel for a whole map, or nothing new."""
    before, after = tuple(call.input.shape), tuple(call.output.shape)
    if before == after:
        return None
    if len(before) == 4 and after[:2] == before[:2] and before[2:] == (1, 1):
        return Resize("nearest", (after[2], after[3]), (1 / after[2], 1 / after[3]))
    raise NotFollowedError(f"it stretches {sides(before)} to {sides(after)}")


def _pixel_shuffle(call: Call) -> Operation:
    call.maps()
    return PixelShuffle(int(call.get(1, "upscale_factor")))


RESIZING_FUNCTIONS: dict[str, Reader] = {
    "interpolate": _interpolate,
    **dict.fromkeys(("expand", "expand_as"), _stretched),
    "pixel_shuffle": _pixel_shuffle,
}
"""Readers by the plain names of torch's functions."""
