"""`convlens train`."""

from typing import Annotated, Any, Literal

import typer

from convlens.cli import options, show
from convlens.cli.progress import TrainingProgress, track
from convlens.errors import SettingsError
from convlens.train.settings import OptimizerName, ScheduleName

Option = typer.Option


def train(
    data: Annotated[str | None, typer.Argument(help="A data set's name, a folder of images, or a quoted glob.")] = None,
    model: Annotated[str | None, Option(help="A network's name, or module:function.  [default: cnn]")] = None,
    recipe: Annotated[str | None, Option(help="fast or book.  [default: fast]")] = None,
    epochs: Annotated[int | None, Option(help="How often each picture is seen.  [default: the recipe's]")] = None,
    batch_size: Annotated[int | None, Option(help="Pictures per step.  [default: the recipe's]")] = None,
    lr: Annotated[float | None, Option(help="Learning rate, or its peak.  [default: the recipe's]")] = None,
    optimizer: Annotated[OptimizerName | None, Option(help="How steps are made.  [default: the recipe's]")] = None,
    schedule: Annotated[ScheduleName | None, Option(help="The rate over time.  [default: the recipe's]")] = None,
    precision: Annotated[
        Literal["auto", "fp32", "bf16"] | None, Option(help="Of the arithmetic.  [default: the recipe's]")
    ] = None,
    seed: Annotated[int | None, Option(help="Decides every random choice.  [default: 0]")] = None,
    take: Annotated[int | None, Option(help="Train on so many pictures, stratified.  [default: all]")] = None,
    augment: Annotated[
        str | None, Option(help="A recipe (standard), a .toml file or an expression: 'Affine(translate_px=(-5, 5))'.")
    ] = None,
    worst_of: Annotated[
        int | None, Option(help="Train on the worst of so many augmented versions of each picture.  [default: 1]")
    ] = None,
    head: Annotated[options.HeadName | None, Option(help="How it ends.  [default: the network's]")] = None,
    size: options.Size = None,
    channels: options.Channels = None,
    fit: Annotated[options.FitName | None, Option(help="How pictures come to --size.  [default: crop]")] = None,
    max_bad: Annotated[
        float | None,
        Option(parser=options.share, metavar="SHARE", help="Share of unreadable pictures left out.  [default: 1%]"),
    ] = None,
    data_dir: options.DataDir = None,
    name: Annotated[str | None, Option(help="The run folder's name.  [default: DATA-MODEL]")] = None,
    out: Annotated[str | None, Option(help="The folder that holds the run folders.  [default: runs]")] = None,
    device: Annotated[str | None, Option(help="auto, cpu, cuda or mps.  [default: auto]")] = None,
    devices: Annotated[int | None, Option(help="Processes that share each batch.  [default: 1]")] = None,
    resume: Annotated[str | None, Option(help="Go on with this run folder.")] = None,
    time_budget: Annotated[
        float | None, Option(parser=options.seconds, metavar="TIME", help="Stop cleanly after so long: 5m, 90s.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Train a network on a data set or a folder of images, into a new run folder; or resume a run."""
    from convlens import workflows

    given: dict[str, Any] = {
        "model": model, "recipe": recipe, "epochs": epochs, "batch_size": batch_size, "learning_rate": lr,
        "optimizer": optimizer, "schedule": schedule, "precision": precision, "seed": seed, "take": take,
        "augment": augment, "worst_of": worst_of, "head": head, "size": size, "channels": channels, "fit": fit,
        "max_bad": max_bad, "data_dir": data_dir, "device": device, "devices": devices, "seconds": time_budget,
    }  # fmt: skip
    with TrainingProgress() as watch:
        if data is not None and resume is None:
            result = workflows.train(data, out=out or "runs", name=name, watch=watch, progress=track, **given)
        elif resume is not None and data is out is name is None:
            result = workflows.resume(resume, watch=watch, progress=track, **given)
        else:
            raise SettingsError("name the pictures to train on (DATA), or a run to go on with (--resume RUN) as it is")
    show.as_json(result.to_json()) if as_json else show.trained(result)
    if result.interrupted:
        raise typer.Exit(1)
