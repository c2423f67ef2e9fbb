"""The four tests of causes in words, and where each can be made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from convlens.arrays import Mask
from convlens.audit import counterfactuals
from convlens.audit.counterfactuals import Asked, Probes
from convlens.audit.flips import Pairs

State: TypeAlias = Literal["tested", "not applicable", "not testable"]

DEFINITIONS = {
    "content lost": (
        "What leaves the picture in this shift is blanked without moving anything, and that alone changes the answer."
    ),
    "aliasing": (
        "The network keeps one place in so many (its stride). The flip is gone when it does not matter which: in the "
        "mean probabilities of moves around this one that treat all places alike, or at a nearby move by a multiple of "
        "the stride (not the unmoved picture) around which that mean still flips."
    ),
    "position-bound head": (
        "The picture stays, and only the last feature map is moved, by the nearest whole number of cells: that alone "
        "changes the answer, and not merely because something has left the map."
    ),
    "border signal": (
        "With another border, or one further away, the network answers the same for the unmoved picture, and the flip "
        "is gone."
    ),
}
"""When each test is positive of a flip. Of an answer that held, "the flip is gone" is read as "a flip comes"."""

MEANINGS = {
    "content lost": "something that mattered has left the picture",
    "aliasing": "it matters where the picture falls on the grid of pixels that the network keeps",
    "position-bound head": "the last layers know each feature only at its own place",
    "border signal": "the network notices how far the border is",
    "several": "more than one of these tests says so",
    "none": "no test says so: the reason is another one",
    "not testable": "no test that can be made says so, and the others cannot be made",
}
"""What each outcome of the tests says, for whom it is new."""


@dataclass(frozen=True)
class Test:
    """One test of a cause, or why there is none.

    Attributes:
        name: of the cause.
        definition: when it is positive of a flip, in a sentence.
        state: "not applicable" where the cause cannot be at work or the network allows no such change, "not testable"
            where the network does not let itself be asked.
        reason: why it cannot run, "" when it can.
        run: says of which pairs it is positive; None when it cannot run.
    """

    name: str
    definition: str
    state: State
    reason: str = ""
    run: Callable[[Pairs], Mask] | None = None


def cause_tests(asked: Asked, probes: Probes | None, stride: tuple[int, int] | None) -> tuple[Test, ...]:
    """Give the four tests in their order.

    Args:
        probes: None for a model that is known by its answers alone.
        stride: of the network, down and to the right; None where it is not known.
    """
    return (
        _content_lost(asked),
        _aliasing(asked, probes, stride),
        _position_bound_head(asked, probes),
        _border_signal(asked, probes),
    )


def _content_lost(asked: Asked) -> Test:
    border = asked.sweep.protocol.border
    if border in ("wrap", "canvas"):
        where = "what leaves comes in again" if border == "wrap" else "the canvas has room for the whole picture"
        return _without("content lost", "not applicable", f"nothing is lost under the border rule {border!r}: {where}")
    return _with("content lost", lambda pairs: counterfactuals.content_lost(asked, pairs))


def _aliasing(asked: Asked, probes: Probes | None, stride: tuple[int, int] | None) -> Test:
    if stride is None:
        return _without("aliasing", "not testable", _hidden(probes, "its stride is not known"))
    if max(stride) == 1:
        return _without("aliasing", "not applicable", "the network keeps every place: its stride is 1")
    most, whole = min(asked.most_px), max(stride)
    if whole > most:
        return _without(
            "aliasing", "not testable", f"no move of a whole stride ({whole} px) can be made, only of up to {most} px"
        )
    return _with("aliasing", lambda pairs: counterfactuals.aliasing(asked, pairs, stride))


def _position_bound_head(asked: Asked, probes: Probes | None) -> Test:
    if probes is None or probes.head_at is None or probes.head_without is None:
        return _without("position-bound head", "not testable", _hidden(probes, "its feature maps cannot be reached"))
    return _with("position-bound head", lambda pairs: counterfactuals.position_bound_head(asked, pairs, probes))


def _border_signal(asked: Asked, probes: Probes | None) -> Test:
    if probes is None:
        return _without("border signal", "not testable", _hidden(None, "its borders cannot be changed"))
    if not probes.variants:
        return _without("border signal", "not applicable", probes.no_variant)
    changed = f" The border was changed so: {'; or '.join(probes.variants)}."
    return _with("border signal", lambda pairs: counterfactuals.border_signal(asked, pairs, probes), changed)


def _with(name: str, run: Callable[[Pairs], Mask], more: str = "") -> Test:
    return Test(name, DEFINITIONS[name] + more, "tested", run=run)


def _without(name: str, state: State, reason: str) -> Test:
    return Test(name, DEFINITIONS[name], state, reason)


def _hidden(probes: Probes | None, what: str) -> str:
    return f"the model is known by its answers alone, and {what}" if probes is None else probes.no_map
