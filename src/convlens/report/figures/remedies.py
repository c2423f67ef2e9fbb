"""What mends it: the rungs of the ladder, right as they are against right at every shift."""

from convlens.report.content import Ladder, Rung
from convlens.report.figures import drawing as draw
from convlens.report.figures.dots import Dot, Row, dot_plot
from convlens.report.findings.remedies import ladder_in_words

_MEASURES = {"right_everywhere": "right at every shift", "clean": "right as they are"}


@draw.in_one_style
def rungs(ladder: Ladder, *, key: str = "ladder") -> str:
    """Draw for each rung the share of pictures right at every shift and right as they are, with their intervals."""
    rows = [
        Row(rung.name, tuple(_dot(rung, name) for name in _MEASURES), _note(ladder.advised(rung)))
        for rung in ladder.rungs
    ]
    figure = dot_plot(rows, tuple(_MEASURES.values()), "right, %", joined=True, limits=(0, 100))
    return draw.svg(figure, key, ladder_in_words(ladder))


def _dot(rung: Rung, name: str) -> Dot | None:
    share = rung.measures.get(name)
    return None if share is None else Dot(100 * share.value, 100 * share.low, 100 * share.high)


def _note(advice: str) -> str:
    return f"← {advice}" if advice else ""
