"""Moving, turning, scaling and leaning the picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from convlens.arrays import Raster
from convlens.augment.algebra import Constant, is_number
from convlens.augment.augmenter import Augmenter, chosen, drawn
from convlens.augment.distributions import Uniform
from convlens.augment.door import Rasters
from convlens.augment.draws import Drawn, Parameters, Several
from convlens.augment.geometry import MODES, Fill, border_of_mode, translate
from convlens.augment.grammar import AxesSpelling, PerAxis, Spelling
from convlens.augment.matrices import Matrices, affine_matrices
from convlens.augment.registry import augmenter
from convlens.augment.warping import affine, fitted
from convlens.errors import SettingsError

# Beyond these the picture is a line or a point.
_SMALLEST_SCALE, _LARGEST_SHEAR_DEG = 0.001, 89
_SHEAR = drawn(whole=False, low=-_LARGEST_SHEAR_DEG, high=_LARGEST_SHEAR_DEG)
_GREY = drawn(whole=True, low=0, high=255)
_ORDERS, _MODES = chosen(0, 1, 3), {**chosen(*MODES), "spelled": "always"}


class Warping(Augmenter):
    """What the augmenters share that move pixels and need something outside of the image.

    Attributes:
        order: 0 nearest pixel, 1 linear, 3 cubic.
        cval: grey level that comes in under the mode "constant"; a range gives each channel its own.
        mode: what comes in where content has moved away, in the words of `np.pad`.
    """

    order: int | list[int] | tuple[int, ...] | str
    cval: Spelling
    mode: str | list[str] | tuple[str, ...]

    def draws(self) -> dict[str, Drawn]:
        """List the parameters; a grey level that is always the same is none, others are drawn for three channels."""
        found = super().draws()
        cval = found.pop("cval")
        return found if isinstance(self.cval, Constant) else {**found, "cval": Drawn("cval", Several(cval.draw, 3))}

    def orders(self, parameters: Parameters) -> Any:
        """Give the order of interpolation, one for all or one per image."""
        return parameters["order"].tolist() if "order" in parameters else self.order

    def borders(self, parameters: Parameters) -> Any:
        """Give the border rule, one for all or one per image."""
        if isinstance(self.mode, str):
            return border_of_mode(self.mode)
        return [border_of_mode(mode) for mode in parameters["mode"].tolist()]

    def fill(self, parameters: Parameters, channels: int) -> Fill:
        """Give the grey level that comes in: one for all, or (N, C); more than three channels share the first."""
        if isinstance(self.cval, Constant):
            return int(self.cval.value)
        grey = parameters["cval"]
        return grey[:, [channel if channels <= 3 else 0 for channel in range(channels)]]


@augmenter
@dataclass(frozen=True, repr=False)
class Affine(Warping):
    """Scale, shear, turn and move each image by its own amounts, in this order, about its centre.

    Without any amount, a mild mix: scale 0.9–1.1, moves up to a tenth, turns up to 15°, leans up to 10°. Moves by whole
    pixels alone copy pixels and interpolate nothing.

    Attributes:
        scale: above 1 the content grows.
        translate_percent: moves as shares of the width and the height (0.1 is a tenth), not rounded to pixels.
        translate_px: pixels to the right and down.
        rotate: degrees, clockwise.
        shear: degrees; a number leans x alone, a range or list leans both axes by the same draw.
        order: 0 nearest pixel, 1 linear, 3 cubic.
        cval: grey level that comes in under the mode "constant"; a range gives each channel its own.
        mode: what comes in where content has moved away, in the words of `np.pad`.
        fit_output: each image grows or shrinks until all of its content is in it; a move then does nothing.
    """

    scale: AxesSpelling | None = field(
        default=None, metadata=drawn(whole=False, axes=True, low=_SMALLEST_SCALE, neutral=1, optional=True)
    )
    translate_percent: AxesSpelling | None = field(
        default=None, metadata=drawn(whole=False, axes=True, neutral=0, optional=True)
    )
    translate_px: AxesSpelling | None = field(
        default=None, metadata=drawn(whole=True, axes=True, neutral=0, optional=True)
    )
    rotate: Spelling | None = field(default=None, metadata=drawn(whole=False, optional=True))
    shear: AxesSpelling | None = field(
        default=None,
        metadata=drawn(
            whole=False, axes=True, low=-_LARGEST_SHEAR_DEG, high=_LARGEST_SHEAR_DEG, neutral=0, optional=True
        ),
    )
    order: int | list[int] | tuple[int, ...] | str = field(default=1, metadata=_ORDERS)
    cval: Spelling = field(default=0, metadata=_GREY)
    mode: str | list[str] | tuple[str, ...] = field(default="constant", metadata=_MODES)
    fit_output: bool = False

    def __post_init__(self) -> None:
        # A lone number leans x; a constant that is already a distribution leans both, as every distribution does.
        shear: object = self.shear
        if isinstance(shear, Constant):
            object.__setattr__(self, "shear", PerAxis(shear, shear))
        elif is_number(shear):
            object.__setattr__(self, "shear", {"x": shear, "y": 0})
        super().__post_init__()
        if self.translate_px is not None and self.translate_percent is not None:
            raise SettingsError("Affine wants translate_px or translate_percent, got both; give one of the two")

    def draws(self) -> dict[str, Drawn]:
        """List the amounts that were given, or the mild mix, and the others."""
        found = super().draws()
        given = any(getattr(self, name) is not None for name in _AMOUNTS)
        return found if given else {**{name: Drawn(name, draw) for name, draw in _MILD.items()}, **found}

    def matrices(self, parameters: Parameters, size: tuple[int, int]) -> Matrices:
        """Give the matrix of each image, source pixel → target pixel, for images of that height and width."""
        return _matrices(parameters, size)

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Change the images by their amounts."""
        fill, borders = self.fill(parameters, images.shape[3]), self.borders(parameters)
        if self.fit_output:
            matrices = _matrices(parameters, images.shape[1:3])
            return fitted(images, matrices, order=self.orders(parameters), border=borders, fill=fill)
        if isinstance(borders, str) and parameters.keys() <= {"translate_px_x", "translate_px_y", "cval", "order"}:
            dx, dy = parameters["translate_px_x"], parameters["translate_px_y"]
            return translate(images, dx, dy, border=borders, fill=fill)
        matrices = _matrices(parameters, images.shape[1:3])
        return affine(images, matrices, order=self.orders(parameters), border=borders, fill=fill)


_AMOUNTS = ("scale", "translate_percent", "translate_px", "rotate", "shear")
_MILD = {
    "scale_x": Uniform(0.9, 1.1),
    "scale_y": Uniform(0.9, 1.1),
    "translate_percent_x": Uniform(-0.1, 0.1),
    "translate_percent_y": Uniform(-0.1, 0.1),
    "rotate": Uniform(-15, 15),
    "shear_x": Uniform(-10, 10),
    "shear_y": Uniform(-10, 10),
}


@dataclass(frozen=True, repr=False)
class _OneAmount(Warping):
    """An `Affine` of one amount; a level of inheritance more than usual, for seven times the same tail of settings."""

    order: int | list[int] | tuple[int, ...] | str = field(default=1, kw_only=True, metadata=_ORDERS)
    cval: Spelling = field(default=0, kw_only=True, metadata=_GREY)
    mode: str | list[str] | tuple[str, ...] = field(default="constant", kw_only=True, metadata=_MODES)
    fit_output: bool = field(default=False, kw_only=True)
    names: ClassVar[Mapping[str, str]]

    def matrices(self, parameters: Parameters, size: tuple[int, int]) -> Matrices:
        """Give the matrix of each image, source pixel → target pixel, for images of that height and width."""
        return _matrices({self.names[name]: values for name, values in parameters.items() if name in self.names}, size)

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Change the images by their amounts."""
        matrices = self.matrices(parameters, images.shape[1:3])
        fill, border = self.fill(parameters, images.shape[3]), self.borders(parameters)
        warp = fitted if self.fit_output else affine
        return warp(images, matrices, order=self.orders(parameters), border=border, fill=fill)


@augmenter
@dataclass(frozen=True, repr=False)
class ScaleX(_OneAmount):
    """Make each image's content wider or narrower."""

    scale: Spelling = field(default=(0.5, 1.5), metadata=drawn(whole=False, low=_SMALLEST_SCALE))
    names = {"scale": "scale_x"}  # noqa: RUF012 (a constant of the class; as an annotation it would be a setting)


@augmenter
@dataclass(frozen=True, repr=False)
class ScaleY(_OneAmount):
    """Make each image's content taller or flatter."""

    scale: Spelling = field(default=(0.5, 1.5), metadata=drawn(whole=False, low=_SMALLEST_SCALE))
    names = {"scale": "scale_y"}  # noqa: RUF012


@augmenter
@dataclass(frozen=True, repr=False)
class Rotate(_OneAmount):
    """Turn each image about its centre, in degrees, clockwise."""

    rotate: Spelling = field(default=(-30, 30), metadata=drawn(whole=False))
    names = {"rotate": "rotate"}  # noqa: RUF012


@augmenter
@dataclass(frozen=True, repr=False)
class ShearX(_OneAmount):
    """Lean each image's upper rows to the right, in degrees."""

    shear: Spelling = field(default=(-30, 30), metadata=_SHEAR)
    names = {"shear": "shear_x"}  # noqa: RUF012


@augmenter
@dataclass(frozen=True, repr=False)
class ShearY(_OneAmount):
    """Let each image's right side hang down, in degrees."""

    shear: Spelling = field(default=(-30, 30), metadata=_SHEAR)
    names = {"shear": "shear_y"}  # noqa: RUF012


@dataclass(frozen=True, repr=False)
class _Translate(_OneAmount):
    """Move along one axis, by a share of the side or by pixels; by up to a quarter either way if neither is given."""

    percent: Spelling | None = field(default=None, metadata=drawn(whole=False, optional=True))
    px: Spelling | None = field(default=None, metadata=drawn(whole=True, optional=True))

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.px is not None and self.percent is not None:
            raise SettingsError(f"{type(self).__name__} wants percent or px, got both; give one of the two")

    def draws(self) -> dict[str, Drawn]:
        """List the one amount that was given, and the others."""
        found = super().draws()
        given = self.px is not None or self.percent is not None
        return found if given else {"percent": Drawn("percent", Uniform(-0.25, 0.25)), **found}


@augmenter
@dataclass(frozen=True, repr=False)
class TranslateX(_Translate):
    """Move each image to the right, by `percent`, a share of its width (0.1 is a tenth), or by whole `px`."""

    names = {"percent": "translate_percent_x", "px": "translate_px_x"}  # noqa: RUF012


@augmenter
@dataclass(frozen=True, repr=False)
class TranslateY(_Translate):
    """Move each image down, by `percent`, a share of its height (0.1 is a tenth), or by whole `px`."""

    names = {"percent": "translate_percent_y", "px": "translate_px_y"}  # noqa: RUF012


def _matrices(amounts: Parameters, size: tuple[int, int]) -> Matrices:
    height, width = size
    right, down = amounts.get("translate_px_x", 0.0), amounts.get("translate_px_y", 0.0)
    if "translate_percent_x" in amounts:
        right = right + width * amounts["translate_percent_x"]
    if "translate_percent_y" in amounts:
        down = down + height * amounts["translate_percent_y"]
    return affine_matrices(
        size,
        len(next(iter(amounts.values()))),
        scale_x=amounts.get("scale_x", 1.0),
        scale_y=amounts.get("scale_y", 1.0),
        shear_x=amounts.get("shear_x", 0.0),
        shear_y=amounts.get("shear_y", 0.0),
        rotate=amounts.get("rotate", 0.0),
        right_px=right,
        down_px=down,
    )
