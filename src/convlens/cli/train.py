"""`convlens train`."""

from typing import Annotated, Any

import typer

from convlens.cli import options, show
from convlens.cli.progress import TrainingProgress
from convlens.errors import SettingsError

Option = typer.Option


def train(
    data: Annotated[str | None, typer.Argument(help="A data set's name, a folder of images, or a quoted glob.")] = None,
    model: Annotated[str | None, Option(help="A network's name, or module:function.  [default: cnn]")] = None,
    recipe: Annotated[str | None, Option(help="fast or book.  [default: fast]")] = None,
    epochs: Annotated[int | None, Option(help="How often each picture is seen.  [default: the recipe's]")] = None,
    batch_size: Annotated[int | None, Option(help="Pictures per step.  [default: the recipe's]")] = None,
    lr: Annotated[float | None, Option(help="Learning rate, or its peak.  [default: the recipe's]")] = None,
    optimizer: Annotated[str | None, Option(help="adam or sgd.  [default: the recipe's]")] = None,
    schedule: Annotated[str | None, Option(help="constant or one-cycle.  [default: the recipe's]")] = None,
    precision: Annotated[str | None, Option(help="auto, fp32 or bf16.  [default: the recipe's]")] = None,
    seed: Annotated[int | None, Option(help="Decides every random choice.  [default: 0]")] = None,
    take: Annotated[int | None, Option(help="Train on so many pictures, stratified.  [default: all]")] = None,
    augment: Annotated[
        str | None, Option(help="A recipe (shift) or an expression: 'Affine(translate_px={\"x\": (-5, 5)})'.")
    ] = None,
    head: Annotated[str | None, Option(help="softmax or sigmoid.  [default: the network's]")] = None,
    size: options.Size = None,
    channels: options.Channels = None,
    fit: Annotated[str | None, Option(help="crop, pad or stretch.  [default: crop]")] = None,
    max_bad: Annotated[str | None, Option(help="Share of unreadable pictures left out.  [default: 1%]")] = None,
    data_dir: options.DataDir = None,
    name: Annotated[str | None, Option(help="The run folder's name.  [default: DATA-MODEL]")] = None,
    out: options.Out = "runs",
    device: Annotated[str | None, Option(help="auto, cpu, cuda or mps.  [default: auto]")] = None,
    devices: Annotated[int | None, Option(help="Processes that share each batch.  [default: 1]")] = None,
    resume: Annotated[str | None, Option(help="Go on with this run folder.")] = None,
    time_budget: Annotated[str | None, Option(help="Stop cleanly after so long: 5m, 90s.")] = None,
    as_json: options.Json = False,
) -> None:
    """Train a network on a data set or a folder of images, into a new run folder; or resume a run."""
    from convlens import workflows

    if (data is None) == (resume is None):
        raise SettingsError("name the pictures to train on (DATA), or a run to go on with (--resume RUN)")
    given: dict[str, Any] = {
        "model": model,
        "recipe": recipe,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": lr,
        "optimizer": optimizer,
        "schedule": schedule,
        "precision": precision,
        "seed": seed,
        "take": take,
        "augment": augment,
        "head": head,
        "size": size,
        "channels": channels,
        "fit": fit,
        "max_bad": options.share(max_bad) if max_bad else None,
        "data_dir": data_dir,
        "device": device,
        "devices": devices,
    }
    given = {name: value for name, value in given.items() if value is not None}
    watch = TrainingProgress()
    seconds = options.seconds(time_budget) if time_budget else None
    if resume is not None:
        result = workflows.resume(resume, seconds=seconds, watch=watch, **given)
    else:
        assert data is not None
        result = workflows.train(data, out=out, name=name, seconds=seconds, watch=watch, **given)
    watch.close()
    show.as_json(result.to_json()) if as_json else show.trained(result)
    if result.stopped and seconds is None:
        raise typer.Exit(1)
