"""`convlens predict`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from convlens.cli import options, show
from convlens.cli.progress import track


def predict(
    run: Annotated[str, typer.Argument(help="A run folder (runs/latest), a weights file, or another model.")],
    pictures: Annotated[str, typer.Argument(help="A picture, or a folder of pictures.")],
    top: Annotated[int, typer.Option(help="How many classes for each picture.", min=1)] = 3,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    model: options.Model = None,
    mean: options.Mean = None,
    std: options.Std = None,
    size: options.ReadSize = None,
    channels: options.ReadChannels = None,
    class_map: options.ClassMap = None,
    device: options.Device = "cpu",
    as_json: options.Json = False,
) -> None:
    """Classify pictures from disk: the likeliest classes with their probabilities."""
    from convlens import workflows

    reading = workflows.reading(mean, std, size, channels, class_map)
    asked: dict[str, Any] = {"top": top, "model": model, "device": device}
    result = workflows.predict(run, Path(pictures), reading=reading, progress=track, **asked)
    if as_json:
        show.as_json(result.to_json())
    elif csv:
        print(result.table.to_csv(), end="")
    else:
        show.table(result.table)
    for one in result.unreadable:
        show.note(f"left out {one.path}: {one.reason}")
