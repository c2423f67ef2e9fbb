"""A forward pass in short: a line for each step, and the answer where it is short."""

from collections.abc import Iterator, Sequence

from convlens.explain.layout import digits, table
from convlens.explain.traced import TracedStep
from convlens.explain.words import sides

ANSWERS = 16
"""An answer of more numbers is not written out."""


def steps_in_short(steps: Sequence[TracedStep], output: int) -> Iterator[str]:
    """Give a table of the steps as lines, then the numbers of the one that gives the answer."""
    rows = [["step", "kind", "output", "largest", "differs from torch by at most"]]
    for step in steps:
        shape = sides(step.value.shape)
        rows.append([step.name, step.kind, shape, digits(step.largest), f"{step.difference:.2g}"])
    yield from table(rows)
    answer = steps[output]
    if answer.value.ndim == 1 and len(answer.value) <= ANSWERS:
        yield ""
        yield f"{answer.name} by hand  {'  '.join(map(digits, answer.value.tolist()))}"
        yield f"{' ' * len(answer.name)}   torch  {'  '.join(map(digits, answer.torch.tolist()))}"
