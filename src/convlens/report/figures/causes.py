"""Why answers flip: each test's rate on the flips beside its rate on as many answers that held, and all together."""

from convlens.report.content import Cause, Causes, Proportion
from convlens.report.figures import drawing as draw
from convlens.report.figures.dots import Dot, Row, dot_plot
from convlens.report.findings.causes import causes_in_words, outcome, outcomes_in_words
from convlens.report.words import signed_number


@draw.in_one_style
def cause_rates(causes: Causes, *, key: str = "causes") -> str:
    """Draw for each cause how often its test is positive on flips and on the control, and the excess in points.

    A cause without a test is a row without dots that says so.
    """
    rows = [Row(cause.name, (_dot(cause.flips), _dot(cause.control)), _note(cause)) for cause in causes.tests]
    figure = dot_plot(rows, ("flips", "answers that held"), "test is positive, %", joined=True, limits=(0, 100))
    return draw.svg(figure, key, causes_in_words(causes))


@draw.in_one_style
def outcomes(causes: Causes, *, key: str = "outcomes") -> str:
    """Draw which share of the flips each cause explains alone, several, or none."""
    rows = [Row(outcome(one.name, causes.not_shown), (_dot(one.share),)) for one in causes.outcomes]
    figure = dot_plot(rows, ("",), "share of the flips, %", limits=(0, 100), letters=40)
    return draw.svg(figure, key, outcomes_in_words(causes))


def _dot(share: Proportion | None) -> Dot | None:
    return None if share is None else Dot(100 * share.value, 100 * share.low, 100 * share.high)


def _note(cause: Cause) -> str:
    if cause.flips is None:
        return "no test"
    return f"{signed_number(round(100 * cause.excess.value, 1))} points" if cause.excess else ""
