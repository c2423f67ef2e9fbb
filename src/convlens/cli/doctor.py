"""`convlens doctor`."""

from typing import Annotated, Any

import typer

from convlens.cli import options, show
from convlens.cli.progress import track


def doctor(
    network: Annotated[str, typer.Argument(help="A network's name, a run, a weights file, or module:function.")],
    data: Annotated[str | None, typer.Option(help="Pictures to look at.  [default: those of the run]")] = None,
    take: Annotated[int | None, typer.Option(help="Look at so many pictures, stratified.  [default: 500]")] = None,
    split: options.Split = "test",
    shape: Annotated[str | None, typer.Option("--input", help="channels x height x width, like 1x28x28.")] = None,
    classes: Annotated[int | None, typer.Option(help="How many classes.")] = None,
    head: Annotated[options.HeadName | None, typer.Option(help="softmax or sigmoid.")] = None,
    model: options.Model = None,
    mean: options.Mean = None,
    std: options.Std = None,
    size: options.ReadSize = None,
    channels: options.ReadChannels = None,
    as_json: options.Json = False,
) -> None:
    """Say what is wrong with a network (unseen pixels, dead filters and more), what helps, and whether it does."""
    from convlens import workflows

    asked: dict[str, Any] = {
        "take": take,
        "split": split,
        "shape": shape,
        "classes": classes,
        "head": head,
        "model": model,
        "reading": workflows.reading(mean, std, size, channels),
    }
    result = workflows.doctor(network, data=data, progress=track, **asked)
    show.as_json(result.to_json()) if as_json else show.consultation(result)
