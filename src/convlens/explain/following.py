"""What becomes of a number in the steps after its own, as long as it goes on alone."""

from collections.abc import Iterator, Sequence

from convlens.explain.arithmetic import Largest, Place
from convlens.explain.operations import BatchNorm, ChannelSlopes, MaxPool, Pointwise, Softmax, Window
from convlens.explain.parts import Source, parts
from convlens.explain.traced import TracedStep
from convlens.explain.unit import Next

LONGEST = 8


def following(steps: Sequence[TracedStep], start: int, place: Place) -> tuple[Next, ...]:
    """Give what activations, normalisations and pools make of a number, until it is mixed with others.

    A number lies in several windows of an overlapping pool; each of them is given, and there its way ends, as it does
    where another number wins.
    """
    found: list[Next] = []
    while len(found) < LONGEST:
        step = [(after, one) for after in _readers(steps, start) for one in _after(steps, after, start, place)]
        found += [one for _, one in step]
        if len(step) != 1 or step[0][1].wins is False:
            break
        start, place = step[0][0], step[0][1].place
    return tuple(found)


def _readers(steps: Sequence[TracedStep], start: int) -> list[int]:
    return [at for at, one in enumerate(steps) if start in one.inputs]


def _after(steps: Sequence[TracedStep], after: int, start: int, place: Place) -> Iterator[Next]:
    step = steps[after]
    match step.operation:
        case Pointwise() | BatchNorm() | ChannelSlopes() | Softmax():
            yield Next(step.name, step.kind, place, float(step.value[place]))
        case MaxPool(window) if len(place) == 3:
            shape = step.value.shape
            for row in _windows(window, 0, place[1], shape[1]):
                for column in _windows(window, 1, place[2], shape[2]):
                    where = (place[0], row, column)
                    source = Source(steps[start].name, steps[start].value)
                    value = float(step.value[where])
                    pooled = parts(step.operation, [source], where, value)
                    assert isinstance(pooled, Largest)
                    yield Next(step.name, step.kind, where, value, pooled.winner, pooled.winner == place[1:])
        case _:
            return


def _windows(window: Window, axis: int, at: int, count: int) -> list[int]:
    """Give the windows along an axis that hold a row or column."""
    stride, before, gap = window.stride[axis], window.padding[axis][0], window.dilation[axis]
    taps = range(0, window.kernel[axis] * gap, gap)
    return [one for one in range(count) if at - (one * stride - before) in taps]
