"""Causes in words: only an excess whose whole interval lies above 0 points to one."""

from dataclasses import replace

from convlens.audit.intervals import Estimate
from convlens.report.content import Cause, Causes, Outcome, Proportion
from convlens.report.findings.causes import found_in_words, meaning, outcome, outcomes_in_words, summary_in_words

HALF, FIFTH = Proportion(0.5, 0.4, 0.6), Proportion(0.2, 0.1, 0.3)


def test_a_test_is_told_with_its_control_and_its_excess() -> None:
    cause = Cause("aliasing", flips=HALF, control=FIFTH, excess=Estimate(0.3, 0.2, 0.4))
    assert found_in_words(cause) == (
        "positive on 50.0\u202f% (40.0–60.0) of the flips, on 20.0\u202f% (10.0–30.0) of the answers that held: "
        "an excess of +30.0 points (+20.0 to +40.0)"
    )
    weak = replace(cause, excess=Estimate(0.1, -0.1, 0.3))
    assert found_in_words(weak).endswith("no excess is shown: +10.0 points (−10.0 to +30.0)")
    less = replace(cause, excess=Estimate(-0.1, -0.2, -0.05))
    assert "no excess is shown" in found_in_words(less)


def test_what_was_not_tested_says_why() -> None:
    assert found_in_words(Cause("border signal", why_not="not applicable: one size")) == "not applicable: one size"
    assert found_in_words(Cause("border signal")) == "not tested"


def test_without_a_control_only_the_rate_is_told() -> None:
    assert found_in_words(Cause("aliasing", flips=HALF)) == "positive on 50.0\u202f% (40.0–60.0) of the flips"


def test_the_summary_names_what_is_shown_the_largest_excess_first() -> None:
    tests = (
        Cause("weak", flips=HALF, control=HALF, excess=Estimate(0.0, -0.1, 0.1)),
        Cause("small", flips=HALF, control=FIFTH, excess=Estimate(0.1, 0.05, 0.2)),
        Cause("large", flips=HALF, control=FIFTH, excess=Estimate(0.3, 0.2, 0.4)),
        Cause("reverse", flips=FIFTH, control=HALF, excess=Estimate(-0.3, -0.4, -0.2)),
    )
    some = Cause("any", flips=HALF, control=FIFTH)
    said = summary_in_words(Causes(900, 200, 200, tests, any_shown=some))
    assert said.startswith("Shown to be at work: large (+30.0 points (+20.0 to +40.0) above the control) and small (")
    assert "weak" not in said
    assert "reverse" not in said
    assert said.endswith(
        "50.0\u202f% (40.0–60.0) of the flips, and on 20.0\u202f% (10.0–30.0) of the answers that held."
    )


def test_the_summary_claims_nothing_where_nothing_is_shown() -> None:
    tests = (Cause("weak", flips=HALF, control=HALF, excess=Estimate(0.0, -0.1, 0.1)), Cause("other", why_not="no"))
    assert summary_in_words(Causes(9, 9, 9, tests)).startswith("No cause is shown to be at work")


def test_without_a_sum_of_the_shown_tests_the_summary_ends_there() -> None:
    tests = (Cause("large", flips=HALF, control=FIFTH, excess=Estimate(0.3, 0.2, 0.4)),)
    assert summary_in_words(Causes(9, 9, 9, tests)) == (
        "Shown to be at work: large (+30.0 points (+20.0 to +40.0) above the control)."
    )


def test_a_rate_whose_excess_is_not_known_stands_beside_its_control() -> None:
    assert found_in_words(Cause("aliasing", flips=HALF, control=FIFTH)) == (
        "positive on 50.0\u202f% (40.0–60.0) of the flips, on 20.0\u202f% (10.0–30.0) of the answers that held"
    )


def test_the_outcomes_say_what_is_left_over() -> None:
    found = (Outcome("aliasing", "", 5, HALF), Outcome("none", "", 2, FIFTH), Outcome("not testable", "", 2, FIFTH))
    assert outcomes_in_words(Causes(900, 10, 10, (), found)) == (
        "Of 10 flips looked into, 50.0\u202f% (40.0–60.0) have this outcome: aliasing alone. "
        "No test, shown or not, is positive on 20.0\u202f% (10.0–30.0). "
        "On 20.0\u202f% (10.0–30.0) no test is positive that could be made."
    )


def some_not_shown() -> Causes:
    tests = (
        Cause("content lost", flips=HALF, control=FIFTH, excess=Estimate(0.3, 0.2, 0.4)),
        Cause("aliasing", flips=HALF, control=HALF, excess=Estimate(0.0, -0.1, 0.1)),
        Cause("border signal", why_not="one size"),
    )
    outcomes = (Outcome("aliasing", "it matters where", 6, HALF), Outcome("none", "another reason", 2, FIFTH))
    all_tests = Cause("any", flips=Proportion(0.9, 0.8, 0.95))
    return Causes(900, 10, 10, tests, outcomes, any_shown=Cause("shown", flips=HALF), any_test=all_tests)


def test_a_test_that_is_not_shown_is_counted_apart_so_that_the_rest_adds_up_with_none() -> None:
    said = summary_in_words(some_not_shown())
    assert "The test of this cause is positive on 50.0\u202f% (40.0–60.0) of the flips." in said
    assert "With what is not shown (aliasing), at least one test is positive on 90.0\u202f% (80.0–95.0);" in said
    every = replace(some_not_shown(), tests=some_not_shown().tests[:1])
    assert "not shown" not in summary_in_words(every)


def test_a_cause_that_is_not_shown_is_offered_as_no_explanation() -> None:
    found = some_not_shown()
    assert found.not_shown == ("aliasing",)
    assert outcome("aliasing", found.not_shown) == "aliasing alone (not shown)"
    assert outcome("content lost", found.not_shown) == "content lost alone"
    aliasing, none = (meaning(one, found.not_shown) for one in found.outcomes)
    assert "it matters where" not in aliasing
    assert aliasing.startswith("not shown")
    assert none == "another reason"
    assert "have this outcome: aliasing alone (not shown)." in outcomes_in_words(found)
