"""`convlens demo`."""

from typing import Annotated

import typer

from convlens.cli import options, show
from convlens.cli.progress import Counter, TrainingProgress


def demo(
    out: Annotated[str, typer.Option(help="The folder for the runs and the page.")] = "demo",
    data: Annotated[
        str | None, typer.Option(help="fashion-mnist or fashion-mnist-mini.  [default: the whole set if it can be had]")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Train a plain network, a CNN and a CNN on shifted pictures; move the test pictures; write the page."""
    from convlens import workflows

    with TrainingProgress() as watch, Counter("audit") as progress:
        result = workflows.demo(out, data=data, watch=watch, say=show.note, progress=progress)
    if as_json:
        show.as_json({"page": str(result.page), "lead": list(result.lead), "seconds": result.seconds})
        return
    show.line()
    for sentence in result.lead:
        show.line(sentence)
    for sentence in result.notes:
        show.note(f"note: {sentence}")
    show.line()
    show.line(f"open {result.page.resolve()}  (took {result.seconds:,.0f} s)")
