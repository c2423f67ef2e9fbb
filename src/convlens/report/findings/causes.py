"""Why answers flip, in words for somebody who hears of it for the first time."""

from collections.abc import Sequence

from convlens.report.content import Cause, Causes, Outcome
from convlens.report.findings.numbers import share
from convlens.report.words import listed, points

UNSHOWN = "not shown: its test is not surely positive more often here than on answers that held"
"""What stands in the place of a cause's meaning where the cause is not shown to be at work."""


def causes_in_words(causes: Causes) -> str:
    """Say for each test how much more often it is positive on flips than on answers that held."""
    return " ".join(f"{cause.name.capitalize()}: {found_in_words(cause)}." for cause in causes.tests)


def found_in_words(cause: Cause) -> str:
    """Say what one test found, or why there was none."""
    if cause.flips is None:
        return cause.why_not or "not tested"
    said = f"positive on {share(cause.flips)} of the flips"
    if cause.control is None:
        return said
    said += f", on {share(cause.control)} of the answers that held"
    if cause.excess is None:
        return said
    shown = "an excess of" if cause.is_shown else "no excess is shown:"
    return f"{said}: {shown} {points(cause.excess)}"


def summary_in_words(causes: Causes) -> str:
    """Name the causes that are shown to be at work, the largest excess first, and how many flips they may explain.

    Where a test is not shown, its positives are told apart: with them, what is left is the outcome "none".
    """
    found = [(cause.name, cause.excess) for cause in causes.tests if cause.excess is not None and cause.is_shown]
    shown = sorted(found, key=lambda one: -one[1].value)
    if not shown:
        return "No cause is shown to be at work: no test is positive more often on flips than on answers that held."
    names = listed([f"{name} ({points(excess)} above the control)" for name, excess in shown])
    said = f"Shown to be at work: {names}."
    some = causes.any_shown
    if some is None or some.flips is None:
        return said
    control = "" if some.control is None else f", and on {share(some.control)} of the answers that held"
    these = "The test of this cause is" if len(shown) == 1 else f"At least one of these {len(shown)} tests is"
    said += f" {these} positive on {share(some.flips)} of the flips{control}."
    if causes.any_test is None or causes.any_test.flips is None or not causes.not_shown:
        return said
    names = listed(causes.not_shown)
    return (
        f"{said} With what is not shown ({names}), at least one test is positive on {share(causes.any_test.flips)}; "
        "what that adds explains no flip."
    )


def outcomes_in_words(causes: Causes) -> str:
    """Say which outcome is the most frequent, and how many flips no test explains."""
    most = max(causes.outcomes, key=lambda one: one.count)
    outcome_of_most = outcome(most.name, causes.not_shown)
    told = [f"Of {causes.pairs:,} flips looked into, {share(most.share)} have this outcome: {outcome_of_most}."]
    left = {one.name: share(one.share) for one in causes.outcomes if one is not most}
    if "none" in left:
        told.append(f"No test, shown or not, is positive on {left['none']}.")
    if "not testable" in left:
        told.append(f"On {left['not testable']} no test is positive that could be made.")
    return " ".join(told)


def outcome(name: str, not_shown: Sequence[str] = ()) -> str:
    """Say an outcome of all tests together: a cause is meant alone, and marked where it is not shown to be at work."""
    others = {
        "several": "several tests positive",
        "none": "no test positive",
        "not testable": "none that could be made",
    }
    return others.get(name, f"{name} alone{' (not shown)' if name in not_shown else ''}")


def meaning(found: Outcome, not_shown: Sequence[str]) -> str:
    """Say what an outcome means for why the answers flipped: nothing, where it is a cause that is not shown."""
    return UNSHOWN if found.name in not_shown else found.meaning
