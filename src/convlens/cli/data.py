"""`convlens data list|show|check`."""

from typing import Annotated

import typer

from convlens.cli import options, show
from convlens.cli.progress import track

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
Data = Annotated[str, typer.Argument(help="A data set's name, a folder of images, or a quoted glob.")]


@app.command("list")
def list_(as_json: options.Json = False) -> None:
    """List the named data sets."""
    from convlens.workflows import listings

    table = listings.datasets()
    show.as_json(table.rows()) if as_json else show.table(table)


@app.command("show")
def show_(
    data: Data,
    count: Annotated[int, typer.Option(help="Pictures per class.")] = 10,
    to: Annotated[str, typer.Option(help="The PNG file to write.")] = "samples.png",
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    size: options.Size = None,
    channels: options.Channels = None,
    fit: options.Fit = "crop",
    data_dir: options.DataDir = None,
    seed: options.Seed = 0,
) -> None:
    """Draw a picture of the data: a row of samples for each class."""
    from convlens.workflows import datasets

    splits = datasets.check(
        data, size=size, channels=channels, fit=fit, data_dir=data_dir, seed=seed, progress=track
    ).splits
    show.line(f"wrote {datasets.write_samples(splits, to, per_class=count, force=force, seed=seed)}")


@app.command()
def check(
    data: Data,
    size: options.Size = None,
    channels: options.Channels = None,
    fit: options.Fit = "crop",
    max_bad: options.MaxBad = 0.01,
    data_dir: options.DataDir = None,
    seed: options.Seed = 0,
    as_json: options.Json = False,
) -> None:
    """Read every picture and say what is there: counts per class, what was left out, the hash."""
    from convlens.workflows import datasets

    checked = datasets.check(
        data,
        size=size,
        channels=channels,
        fit=fit,
        max_bad=max_bad,
        data_dir=data_dir,
        seed=seed,
        progress=track,
    )
    show.as_json(checked.to_json()) if as_json else show.checked(checked)
