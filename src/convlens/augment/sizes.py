"""Images of another size: resized, or a part of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from convlens.arrays import PerImage, Raster
from convlens.augment.algebra import Uniforms
from convlens.augment.amounts import AXES, SIDES, Amount, BySide, Keep, as_size, is_length
from convlens.augment.augmenter import Augmenter, chosen, drawn
from convlens.augment.distributions import Uniform
from convlens.augment.door import Rasters, together
from convlens.augment.draws import Drawn, Parameters
from convlens.augment.grammar import Spelling
from convlens.augment.matrices import Matrices
from convlens.augment.registry import augmenter
from convlens.augment.resizing import INTERPOLATIONS, Sizes, each_of, in_size, resized, window_matrices
from convlens.errors import SettingsError

_INTERPOLATION = chosen(*INTERPOLATIONS)


@augmenter
@dataclass(frozen=True, repr=False)
class Resize(Augmenter):
    """Make each image larger or smaller.

    In `size` alone it matters how a number is written: whole numbers are pixels, `Resize(20)`; where any has a point,
    all are factors, `Resize(0.5)`, `Resize([1, 1.5])`. A distribution of whole numbers gives pixels, another factors.

    Attributes:
        size: both sides by one draw, in pixels or by a factor; or `{"height": …, "width": …}`, or
            `{"shorter-side": …, "longer-side": …}`, drawn apart. There "keep" leaves a side as it is, as does leaving
            it out, and "keep-aspect-ratio" lets it follow the other.
        interpolation: nearest, linear, cubic or area, the mean of what a pixel covers, which suits making smaller.
    """

    size: Spelling | Mapping[str, Any] | Amount | BySide = field(metadata={"spelled": "bare"})
    interpolation: str | list[str] | tuple[str, ...] = field(default="cubic", metadata=_INTERPOLATION)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "size", as_size(self.size))

    def draws(self) -> dict[str, Drawn]:
        """List the lengths of the sides, as pixels or factors, and the others."""
        found = super().draws()
        for side, amount in self._sides():
            if isinstance(amount, Amount):
                name = f"{side.removesuffix('-side')}_{amount.unit}"
                shared = f"size_{amount.unit}" if isinstance(self.size, Amount) else name
                found[name] = Drawn(shared, amount.draw)
        return found

    def sizes(self, parameters: Parameters, size: tuple[int, int], count: int) -> Sizes:
        """Give the new height and width of each of so many images of that height and width."""
        by_length = any(side in SIDES for side, _ in self._sides())
        names, turned = (SIDES, size[0] > size[1]) if by_length else (AXES, False)
        before = dict(zip(names, sorted(size) if by_length else size, strict=True))
        asked = dict(self._sides())
        new: dict[str, NDArray[Any]] = {}
        for side, length in before.items():
            name, amount = side.removesuffix("-side"), asked.get(side, "keep")
            if not isinstance(amount, Amount):
                new[side] = np.full(count, length)
            elif amount.unit == "px":
                new[side] = parameters[f"{name}_px"]
            else:
                new[side] = length * parameters[f"{name}_factor"]
        one, other = names
        for follower, leader in ((one, other), (other, one)):
            if asked.get(follower) == "keep-aspect-ratio":
                new[follower] = before[follower] * (np.maximum(np.rint(new[leader]), 1) / before[leader])
        pair = np.stack([new[other], new[one]] if turned else [new[one], new[other]], axis=1)
        sizes: Sizes = np.maximum(np.rint(pair), 1).astype(np.int64)
        return sizes

    def matrices(self, parameters: Parameters, size: tuple[int, int]) -> Matrices:
        """Give the matrix of each image, source pixel → target pixel, for images of that height and width."""
        count = len(next(iter(parameters.values())))
        return window_matrices(np.tile([0, 0, *size], (count, 1)), self.sizes(parameters, size, count))

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Resize the images."""
        sizes = self.sizes(parameters, images.shape[1:3], len(images))
        return resized(images, sizes, interpolation=parameters.get("interpolation", self.interpolation))

    def _sides(self) -> tuple[tuple[str, Amount | Keep], ...]:
        if isinstance(self.size, BySide):
            return self.size.sides
        assert isinstance(self.size, Amount)
        return tuple((axis, self.size) for axis in AXES)


@augmenter
@dataclass(frozen=True, repr=False)
class RandomResizedCrop(Augmenter):
    """Cut a window out of each image, somewhere, and resize it to `size`.

    A window that does not fit into its image is made smaller until it does; its ratio is kept. So what an image gets
    depends on its own draws alone, and no window is tried in vain.

    Attributes:
        size: the side of a square in pixels, or (height, width); fixed, so that all results have one size.
        scale: the window's share of the area, before it is made to fit.
        ratio: its width over its height; a range is even in its logarithm, so that wide and tall come equally often.
        interpolation: nearest, linear, cubic or area, the mean of what a pixel covers.
    """

    size: int | Sequence[int] = field(metadata={"spelled": "bare"})
    scale: Spelling = field(default=(0.08, 1.0), metadata=drawn(whole=False, low=0, high=1))
    ratio: Spelling = field(default=(3 / 4, 4 / 3), metadata=drawn(whole=False, low=0.01, high=100))
    interpolation: str | list[str] | tuple[str, ...] = field(default="linear", metadata=_INTERPOLATION)

    def __post_init__(self) -> None:
        super().__post_init__()
        given: object = self.size
        both = tuple(given) if isinstance(given, (tuple, list)) else (given, given)
        if len(both) != 2 or not all(is_length(side) for side in both):
            raise SettingsError(f"RandomResizedCrop wants a side in pixels, or (height, width), got {given!r}")
        object.__setattr__(self, "size", both if isinstance(given, (tuple, list)) else given)

    def draws(self) -> dict[str, Drawn]:
        """List the window's area and ratio and its place, and the others."""
        found = super().draws()
        if isinstance(self.ratio, Uniform):
            found["ratio"] = Drawn("ratio", _EvenLogarithm(self.ratio))
        anywhere = Uniform(0, 1)
        return {**found, "x": Drawn("x", anywhere), "y": Drawn("y", anywhere)}

    def windows(self, parameters: Parameters, size: tuple[int, int]) -> Int64[np.ndarray, "n 4"]:
        """Give top, left, height and width of each window in images of that height and width."""
        height, width = size
        root = np.sqrt(parameters["ratio"])
        tall, wide = (np.sqrt(height * width * parameters["scale"]) * one for one in (1 / root, root))
        fitting = np.minimum(np.minimum(height / np.maximum(tall, 1), width / np.maximum(wide, 1)), 1)
        sides = [np.clip(np.rint(one * fitting), 1, of) for one, of in ((tall, height), (wide, width))]
        places = [
            np.floor(parameters[name] * (of - side + 1)) for name, side, of in zip("yx", sides, size, strict=True)
        ]
        return np.stack([*places, *sides], axis=1).astype(np.int64)

    def matrices(self, parameters: Parameters, size: tuple[int, int]) -> Matrices:
        """Give the matrix of each image, source pixel → target pixel, for images of that height and width."""
        windows = self.windows(parameters, size)
        return window_matrices(windows, np.tile(self._target(), (len(windows), 1)))

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Cut out the windows and resize them."""
        words = each_of(parameters.get("interpolation", self.interpolation), len(images))
        each = zip(images, self.windows(parameters, images.shape[1:3]).tolist(), words, strict=True)
        return together(
            [
                in_size(image[top : top + tall, left : left + wide], self._target(), word)
                for image, (top, left, tall, wide), word in each
            ]
        )

    def _target(self) -> tuple[int, int]:
        height, width = (self.size, self.size) if isinstance(self.size, int) else self.size
        return height, width


@dataclass(frozen=True)
class _EvenLogarithm:
    """Numbers of a range whose logarithms are even over it."""

    range: Uniform
    uses = 1

    def of(self, uniforms: Uniforms) -> PerImage:
        """Draw one for each image."""
        numbers: PerImage = np.exp(Uniform(*np.log(self.range.support)).of(uniforms))
        return numbers
