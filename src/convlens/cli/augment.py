"""`convlens augment`."""

from typing import Annotated, Any, Literal

import typer

from convlens.cli import options, show
from convlens.cli.progress import track
from convlens.errors import SettingsError

Option = typer.Option


def augment(
    source: Annotated[
        str | None, typer.Argument(help="A picture, a folder, a quoted glob, or a data set's name.")
    ] = None,
    recipe: Annotated[str, Option(help="A recipe's name, a .toml file, or an expression.")] = "standard",
    to: Annotated[str, Option(help="The PNG file to write: pictures before and after.")] = "augmented.png",
    images: Annotated[int, Option(help="How many pictures it shows.")] = 4,
    draws: Annotated[int, Option(help="How many changes of each.")] = 4,
    out: Annotated[str | None, Option(help="Write an augmented copy of all pictures into this folder instead.")] = None,
    count: Annotated[int, Option(help="For --out: how many versions of each picture.")] = 1,
    file_format: Annotated[
        Literal["png", "same"], Option("--format", help="For --out: png, or the same as each picture's.")
    ] = "png",
    size: options.Size = None,
    fit: options.Fit = "crop",
    seed: options.Seed = 0,
    force: Annotated[bool, Option("--force", help="Replace what is there.")] = False,
    list_: Annotated[bool, Option("--list", help="List the augmenters, distributions and recipes.")] = False,
    as_json: options.Json = False,
) -> None:
    """Show what an augmentation does to pictures, or write an augmented copy of them; or list all there is."""
    from convlens.workflows import augmenting, copies

    asked: dict[str, Any] = {"seed": seed, "size": size, "fit": fit, "force": force}
    if list_:
        table = augmenting.vocabulary()
        show.as_json(table.rows()) if as_json else show.vocabulary(table)
    elif source is None:
        raise SettingsError("name a picture, a folder or a data set to augment, or add --list")
    elif out is None:
        sheet = augmenting.write_examples(source, recipe, to=to, images=images, draws=draws, **asked)
        show.as_json(sheet.to_json()) if as_json else show.examples(sheet)
    else:
        copied = copies.write_copies(source, recipe, out, count=count, file_format=file_format, progress=track, **asked)
        show.as_json(copied.to_json()) if as_json else show.copies(copied)
