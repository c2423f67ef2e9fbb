"""Learning rates as pure functions of the step, so that a resumed run needs only a counter."""

import math

from convlens.train.settings import ScheduleName

WARM_UP = 0.3
START_DIVISOR = 25.0
END_DIVISOR = 2.5e5


def learning_rate(schedule: ScheduleName, peak: float, step: int, total_steps: int) -> float:
    """Give the rate of one step (0 … total_steps − 1).

    "one-cycle" rises from peak/25 over the first 30 % of the steps and falls to peak/250,000, both along a cosine.

    Source: Smith & Topin, "Super-convergence", 2019, section 3; the cosine form is the one in common use.
    """
    if schedule == "constant":
        return peak
    top = max(1.0, WARM_UP * total_steps - 1)
    if step <= top:
        return _cosine(peak / START_DIVISOR, peak, step / top)
    return _cosine(peak, peak / END_DIVISOR, (step - top) / max(1.0, total_steps - 1 - top))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
