"""Moving, turning, scaling and leaning the picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from convlens.arrays import Images, Keys, PerImage
from convlens.augment.augmenter import Augmenter, Parameters, drawn
from convlens.augment.distributions import AxesSpelling, Constant, Distribution, PerAxis, Spelling, Uniform
from convlens.augment.geometry import Mode, border_of_mode, translate
from convlens.augment.matrices import Matrices, affine_matrices
from convlens.augment.registry import augmenter
from convlens.augment.warping import affine, checked_order
from convlens.errors import SettingsError
from convlens.rng import subkeys


class _NotGiven(float, Distribution):  # type: ignore[misc] # a float for the base's neutral value; nothing adds to it
    """The value, without effect, of a setting that nobody gave; `None` in a call means the same."""

    def sample(self, keys: Keys) -> PerImage:
        """Give it to every key."""
        return np.full(len(keys), float(self))

    @property
    def whole(self) -> bool:
        """Always."""
        return True

    @property
    def support(self) -> tuple[float, float]:
        """The number, twice."""
        return float(self), float(self)


_ONE, _ZERO = _NotGiven(1), _NotGiven(0)
# Beyond these the picture is a line or a point.
_SMALLEST_SCALE, _LARGEST_SHEAR_DEG = 0.001, 89
_SHEAR = drawn(whole=False, low=-_LARGEST_SHEAR_DEG, high=_LARGEST_SHEAR_DEG)
_GREY = drawn(whole=True, low=0, high=255)
_ALWAYS = {"spelled": "always"}


@augmenter
@dataclass(frozen=True, repr=False)
class Affine(Augmenter):
    """Scale, shear, turn and move each image by its own amounts, in this order, about its centre.

    Without any amount, a mild mix: scale 0.9–1.1, moves up to a tenth, turns up to 15°, leans up to 10°. Moves by whole
    pixels alone copy pixels and interpolate nothing.

    Attributes:
        translate_px: pixels to the right and down.
        cval: grey level that comes in under the mode "constant", one per image for all its channels.
        mode: what comes in where content has moved away, in the words of `np.pad` and imgaug.
        scale: above 1 the content grows.
        translate_percent: moves as shares of the width and the height (0.1 is a tenth), not rounded to pixels.
        rotate: degrees, clockwise.
        shear: degrees; a number leans x alone, a range or list leans both axes by the same draw.
        order: 0 nearest pixel, 1 linear, 3 cubic.
    """

    translate_px: AxesSpelling | None = field(default=_ZERO, metadata=drawn(whole=True, axes=True))
    cval: Spelling = field(default=0, metadata=_GREY)
    mode: Mode = field(default="constant", metadata=_ALWAYS)
    scale: AxesSpelling | None = field(
        default=_ONE, kw_only=True, metadata=drawn(whole=False, axes=True, low=_SMALLEST_SCALE)
    )
    translate_percent: AxesSpelling | None = field(default=_ZERO, kw_only=True, metadata=drawn(whole=False, axes=True))
    rotate: Spelling | None = field(default=_ZERO, kw_only=True, metadata=drawn(whole=False))
    shear: AxesSpelling | None = field(
        default=_ZERO,
        kw_only=True,
        metadata=drawn(whole=False, axes=True, low=-_LARGEST_SHEAR_DEG, high=_LARGEST_SHEAR_DEG),
    )
    order: int = field(default=1, kw_only=True)

    def __post_init__(self) -> None:
        # A lone number leans x; a constant that is already a distribution leans both, as every distribution does.
        shear: object = self.shear
        if isinstance(shear, _NotGiven):
            pass
        elif isinstance(shear, Constant):
            object.__setattr__(self, "shear", PerAxis(shear, shear))
        elif isinstance(shear, Real):
            object.__setattr__(self, "shear", {"x": shear, "y": 0})
        _fill_in_what_is_missing(self)
        super().__post_init__()
        border_of_mode(self.mode)
        checked_order(self.order)
        if not isinstance(self.translate_px, _NotGiven) and not isinstance(self.translate_percent, _NotGiven):
            raise SettingsError("Affine wants translate_px or translate_percent, got both; give one of the two")

    def sample(self, keys: Keys) -> Parameters:
        """Draw the amounts that were given, or the mild mix, and the grey level."""
        amounts = {name: getattr(self, name) for name in _AMOUNTS}
        given = {name: value for name, value in amounts.items() if not isinstance(value, _NotGiven)} or _MILD
        parameters: Parameters = {}
        for name, value in (*given.items(), ("cval", self.cval)):
            x, y = f"{name}_x", f"{name}_y"
            kind = np.int64 if name in ("translate_px", "cval") else np.float64
            if isinstance(value, PerAxis):
                parameters[x] = _drawn(value.x, keys, x).astype(kind)
                parameters[y] = _drawn(value.y, keys, y).astype(kind)
            elif name in ("rotate", "cval"):
                parameters[name] = _drawn(value, keys, name).astype(kind)
            else:
                parameters[x] = _drawn(value, keys, name).astype(kind)
                parameters[y] = parameters[x].copy()
        return parameters

    def matrices(self, parameters: Parameters, size: tuple[int, int]) -> Matrices:
        """Give the matrix of each image, source pixel → target pixel, for images of that height and width."""
        return _matrices(parameters, size)

    def apply(self, images: Images, parameters: Parameters) -> Images:
        """Change the images by parameters drawn before."""
        if set(parameters) == {"translate_px_x", "translate_px_y", "cval"}:
            dx, dy = parameters["translate_px_x"], parameters["translate_px_y"]
            return translate(images, dx, dy, border=border_of_mode(self.mode), fill=parameters["cval"])
        return _warped(images, parameters, parameters, self.order, self.mode)


_AMOUNTS = ("scale", "translate_percent", "translate_px", "rotate", "shear")
_MILD: Mapping[str, Any] = {
    "scale": PerAxis(Uniform(0.9, 1.1), Uniform(0.9, 1.1)),
    "translate_percent": PerAxis(Uniform(-0.1, 0.1), Uniform(-0.1, 0.1)),
    "rotate": Uniform(-15, 15),
    "shear": PerAxis(Uniform(-10, 10), Uniform(-10, 10)),
}


@dataclass(frozen=True, repr=False)
class _OneAmount(Augmenter):
    """An `Affine` of one amount; a level of inheritance more than usual, for six times the same tail of settings."""

    cval: Spelling = field(default=0, kw_only=True, metadata=_GREY)
    mode: Mode = field(default="constant", kw_only=True, metadata=_ALWAYS)
    order: int = field(default=1, kw_only=True)
    names: ClassVar[Mapping[str, str]]

    def __post_init__(self) -> None:
        super().__post_init__()
        border_of_mode(self.mode)
        checked_order(self.order)

    def matrices(self, parameters: Parameters, size: tuple[int, int]) -> Matrices:
        """Give the matrix of each image, source pixel → target pixel, for images of that height and width."""
        return _matrices(self._amounts(parameters), size)

    def apply(self, images: Images, parameters: Parameters) -> Images:
        """Change the images by parameters drawn before."""
        return _warped(images, parameters, self._amounts(parameters), self.order, self.mode)

    def _amounts(self, parameters: Parameters) -> Parameters:
        return {self.names[name]: values for name, values in parameters.items() if name != "cval"}


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

    percent: Spelling | None = field(default=_ZERO, metadata=drawn(whole=False))
    px: Spelling | None = field(default=_ZERO, metadata=drawn(whole=True))

    def __post_init__(self) -> None:
        _fill_in_what_is_missing(self)
        super().__post_init__()
        if not isinstance(self.px, _NotGiven) and not isinstance(self.percent, _NotGiven):
            raise SettingsError(f"{type(self).__name__} wants percent or px, got both; give one of the two")

    def sample(self, keys: Keys) -> Parameters:
        """Draw the one amount that was given, and the grey level."""
        drawn_all = super().sample(keys)
        if isinstance(self.px, _NotGiven):
            del drawn_all["px"]
            if isinstance(self.percent, _NotGiven):
                drawn_all["percent"] = Uniform(-0.25, 0.25).sample(subkeys(keys, "percent"))
        else:
            del drawn_all["percent"]
        return drawn_all


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


def _drawn(distribution: Distribution, keys: Keys, name: str) -> PerImage:
    # a constant asks no key, and deriving one takes longer than the rest of a small batch's draw
    return distribution.sample(keys if isinstance(distribution, Constant) else subkeys(keys, name))


def _fill_in_what_is_missing(settings: Augmenter) -> None:
    """Put the neutral value for None and for the missing axis of a form by axis."""
    for one in fields(settings):
        value, neutral = getattr(settings, one.name), one.default
        if not isinstance(neutral, _NotGiven):
            continue
        if value is None:
            object.__setattr__(settings, one.name, neutral)
        elif isinstance(value, Mapping) and value and set(value) <= {"x", "y"}:
            both = {axis: value.get(axis, float(neutral)) for axis in ("x", "y")}
            object.__setattr__(settings, one.name, both)


def _matrices(amounts: Parameters, size: tuple[int, int]) -> Matrices:
    height, width = size
    return affine_matrices(
        size,
        len(next(iter(amounts.values()))),
        scale_x=amounts.get("scale_x", 1.0),
        scale_y=amounts.get("scale_y", 1.0),
        shear_x=amounts.get("shear_x", 0.0),
        shear_y=amounts.get("shear_y", 0.0),
        rotate=amounts.get("rotate", 0.0),
        right_px=amounts.get("translate_px_x", 0.0) + width * amounts.get("translate_percent_x", 0.0),
        down_px=amounts.get("translate_px_y", 0.0) + height * amounts.get("translate_percent_y", 0.0),
    )


def _warped(images: Images, parameters: Parameters, amounts: Parameters, order: int, mode: Mode) -> Images:
    matrices = _matrices(amounts, (images.shape[1], images.shape[2]))
    return affine(images, matrices, order=order, border=border_of_mode(mode), fill=parameters["cval"])
