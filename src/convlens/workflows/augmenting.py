"""What does an augmentation do to pictures? A sheet of examples with words, and the list of all there is to use."""

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from convlens.arrays import Image
from convlens.augment.augmenter import Augmenter
from convlens.augment.captions import described
from convlens.augment.catalogue import AUGMENTERS, RECIPES
from convlens.augment.draws import Parameters, parameters_to_json
from convlens.augment.expressions import DISTRIBUTIONS, spelled
from convlens.augment.recipes import load_recipe
from convlens.data.dataset import LeftOut
from convlens.data.decoding import UnreadableError, quiet
from convlens.data.fitting import Fit
from convlens.data.pictures import named_reasons
from convlens.errors import DataError, SettingsError
from convlens.files import write_bytes
from convlens.report.sheets import Cell, sheet
from convlens.rng import keys_of
from convlens.tables import Table, Value
from convlens.workflows.originals import originals

PURPOSE = "augment"
"""As in training: what draws in epoch 1 is draw 1 here, for a data set's picture at the same place."""

OF_EVERY_AUGMENTER = ("seed", "name")


@dataclass(frozen=True)
class Example:
    """One picture and what was drawn for each of its changes."""

    name: str
    size: tuple[int, int]
    draws: tuple[Parameters, ...]


@dataclass(frozen=True)
class Examples:
    """A sheet that was drawn.

    Attributes:
        recipe: the augmentation's expression, which `convlens.augment.parse` reads.
        left_out: the pictures that could not be read, and why.
    """

    path: Path
    recipe: str
    seed: int
    pictures: tuple[Example, ...]
    left_out: tuple[LeftOut, ...]

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values; the draws of a picture read back by `parameters_from_json`, each alone."""
        return {
            "grid": str(self.path),
            "recipe": self.recipe,
            "seed": self.seed,
            "pictures": [
                {
                    "name": one.name,
                    "size": list(one.size),
                    "draws": [parameters_to_json(drawn) for drawn in one.draws],
                }
                for one in self.pictures
            ],
            "left_out": [dataclasses.asdict(one) for one in self.left_out],
        }


def write_examples(
    source: str | Path,
    recipe: str | Path | Augmenter = "standard",
    *,
    to: Path | str = "augmented.png",
    images: int = 4,
    draws: int = 4,
    seed: int = 0,
    size: int | None = None,
    fit: Fit = "crop",
    force: bool = False,
) -> Examples:
    """Write a PNG with some pictures, each followed by several of its changes and what was drawn for them.

    Args:
        source: a picture, a folder, a quoted glob, or a data set's name.
        recipe: a recipe's name, a .toml file, an expression, or an augmenter.
        images: how many pictures, every class its share.
        draws: how many changes of each.
        size: brings the pictures to this side first, as training does; None keeps their own sizes.

    Raises:
        SettingsError: the file exists and `force` is not given, or the recipe is none.
        DataError: there are no pictures, or none can be read.
    """
    for name, count in (("images", images), ("draws", draws)):
        if count < 1:
            raise SettingsError(f"at least one is wanted of --{name}, got {count!r}")
    target = Path(to)
    if target.exists() and not force:
        raise SettingsError(f"{target} exists already; choose another name with --to, or add --force to replace it")
    augmenter = as_augmenter(recipe)
    text = spelled(augmenter)
    examples: list[Example] = []
    cells: list[list[Cell]] = []
    left_out: list[LeftOut] = []
    with quiet():
        for original in originals(source, size=size, fit=fit, seed=seed).some(images, seed).pictures:
            try:
                image = original.read()
            except UnreadableError as error:
                left_out.append(LeftOut(original.name, str(error)))
                continue
            number = np.array([original.number])
            keys = np.concatenate([keys_of(seed, PURPOSE, draw, number) for draw in range(1, draws + 1)])
            parameters = augmenter.sample(keys)
            changed = augmenter.apply(np.stack([image] * draws), parameters)
            examples.append(Example(original.name, image.shape[:2], tuple(_each(parameters, draws))))
            said = [tuple(described(augmenter, parameters, row)) or ("unchanged",) for row in range(draws)]
            name = original.name.encode(errors="replace").decode()
            cells.append([Cell(image, (name, _format(image))), *map(Cell, changed, said)])
    if not cells:
        raise DataError(f"no picture in {str(source)!r} could be read: {named_reasons(left_out)}")
    title = f"{recipe if isinstance(recipe, (str, Path)) and len(str(recipe)) <= 40 else 'Augmentation'}, seed {seed}"
    heads = ["original", *(f"draw {draw}" for draw in range(1, draws + 1))]
    write_bytes(target, sheet(title, text, heads, cells))
    return Examples(target, text, seed, tuple(examples), tuple(left_out))


def as_augmenter(recipe: str | Path | Augmenter) -> Augmenter:
    """Take an augmenter as it is, and anything else as `load_recipe` does."""
    return recipe if isinstance(recipe, Augmenter) else load_recipe(recipe)


def vocabulary() -> Table:
    """List the augmenters by family, the distributions for their settings, and the recipes, with what each needs."""
    listed: list[dict[str, Value]] = [
        _entry(name, kind.__module__.rpartition(".")[2], kind) for name, kind in AUGMENTERS.items()
    ]
    listed.sort(key=lambda row: str(row["family"]))
    listed += [_entry(name, "distributions", kind) for name, kind in DISTRIBUTIONS.items()]
    listed += [
        {"name": name, "family": "recipes", "written": repr(recipe()), "summary": _summary(recipe)}
        for name, recipe in RECIPES.items()
    ]
    return Table.from_rows(listed)


def _each(parameters: Parameters, count: int) -> Iterator[Parameters]:
    return ({name: values[row : row + 1] for name, values in parameters.items()} for row in range(count))


def _format(image: Image) -> str:
    height, width, channels = image.shape
    return f"{width}×{height} px, {'grey' if channels == 1 else 'colour'}"


def _entry(name: str, family: str, kind: type[Any]) -> dict[str, Value]:
    settings = [one for one in dataclasses.fields(kind) if one.init and one.name not in OF_EVERY_AUGMENTER]
    settings.sort(key=lambda one: bool(one.kw_only))
    written = ", ".join(one.name + _default(one.default) for one in settings)
    return {"name": name, "family": family, "written": f"{name}({written})", "summary": _summary(kind)}


def _default(value: object) -> str:
    if value is dataclasses.MISSING:
        return ""
    if isinstance(value, str):
        return f"={json.dumps(value)}"
    return "=[]" if value == () else f"={value!r}"


def _summary(thing: object) -> str:
    return (thing.__doc__ or "").partition("\n")[0]
