"""`convlens evaluate`."""

from typing import Annotated, Any

import typer

from convlens.cli import options, show
from convlens.cli.progress import track


def evaluate(
    run: Annotated[str, typer.Argument(help="A run folder (runs/latest), a weights file, or another model.")],
    data: options.OtherData = None,
    split: options.Split = "test",
    take: Annotated[int | None, typer.Option(help="Use so many pictures, stratified.")] = None,
    model: options.Model = None,
    mean: options.Mean = None,
    std: options.Std = None,
    size: options.ReadSize = None,
    channels: options.ReadChannels = None,
    class_map: options.ClassMap = None,
    device: options.Device = "cpu",
    as_json: options.Json = False,
) -> None:
    """Measure how often a network is right, with intervals, per class too."""
    from convlens import workflows

    asked: dict[str, Any] = {"data": data, "split": split, "take": take, "model": model, "device": device}
    reading = workflows.reading(mean, std, size, channels, class_map)
    result = workflows.evaluate(run, reading=reading, progress=track, **asked)
    show.as_json(result.to_json()) if as_json else show.evaluation(result)
