"""The base of all augmenters: settings that draw parameters, and parameters that change images."""

import copy
import dataclasses
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from convlens.arrays import Keys, Raster
from convlens.augment.calls import CallCounter
from convlens.augment.door import Door, Rasters, ValueRange, each_apart, is_tensor
from convlens.augment.draws import Drawn, OneOfThese, Parameters, Plan, View, Whole
from convlens.augment.grammar import ALL, PerAxis, as_axes, as_distribution, as_options
from convlens.augment.grid import grid_of
from convlens.augment.spelling import spelled_value
from convlens.errors import SettingsError, ShapeError


@dataclass(frozen=True)
class ParameterRule:
    """What a setting that is drawn declares about itself; `as_distribution` and `as_axes` say what each entry means."""

    whole: bool
    axes: bool
    low: float
    high: float
    neutral: float | None
    optional: bool


@dataclass(frozen=True)
class OptionsRule:
    """What a setting that names one of several things declares: the things there are."""

    options: tuple[str, ...] | tuple[int, ...]
    optional: bool


def drawn(
    *,
    whole: bool,
    axes: bool = False,
    low: float = -math.inf,
    high: float = math.inf,
    neutral: float | None = None,
    optional: bool = False,
) -> dict[str, ParameterRule]:
    """Declare, as the metadata of its field, that a setting is drawn anew for each image.

    Args:
        whole: it counts pixels, grey levels or things.
        axes: it has an x and a y, drawn as `<name>_x` and `<name>_y`.
        low: the smallest value that makes sense.
        high: the largest.
        neutral: the value of an axis left out.
        optional: it may be None, and is not drawn then.
    """
    return {"rule": ParameterRule(whole, axes, low, high, neutral, optional)}


def chosen(*options: str | int, optional: bool = False) -> dict[str, OptionsRule]:
    """Declare that a setting is one of these; a list of them, or ALL, is drawn from anew for each image.

    Args:
        optional: it may be None.
    """
    words: Any = options
    return {"rule": OptionsRule(words, optional)}


@dataclass(frozen=True, repr=False)
class Augmenter:
    """A change of images with its settings; frozen, so it can be shared, compared and written down.

    A subclass is a frozen dataclass whose parameters are fields declared by `drawn` or `chosen`, and a kernel: a pure
    function of images and one array per parameter. One that needs more writes its own `draws` and `change`.

    Attributes:
        seed: for calls without keys: the same seed replays the same sequence of calls, None differs in every process.
            The children of a `Sequential` draw from the keys they are given; there, only the outermost seed counts.
        name: a word of the user's.
        calls: the counter of calls without keys.
    """

    seed: int | None = field(default=None, kw_only=True)
    name: str | None = field(default=None, kw_only=True)
    calls: CallCounter = field(default_factory=CallCounter, init=False, compare=False)
    kernel: ClassVar[Callable[..., Rasters]]
    bytes_only: ClassVar[bool] = False
    """Whether the change exists for bytes alone: float images are then rounded to whole grey levels first."""

    def __post_init__(self) -> None:
        if self.seed is not None and (isinstance(self.seed, bool) or not isinstance(self.seed, int)):
            raise SettingsError(f"seed wants a whole number or None, got {self.seed!r}")
        if self.name is not None and not isinstance(self.name, str):
            raise SettingsError(f"name wants a word or None, got {self.name!r}")
        for one in dataclasses.fields(self):
            value = getattr(self, one.name)
            if "rule" in one.metadata:
                object.__setattr__(self, one.name, _normal(value, one))
            elif one.type is bool and not isinstance(value, bool):
                raise SettingsError(f"{one.name} wants True or False, got {value!r}")

    def draws(self) -> dict[str, Drawn]:
        """List the parameters by name, and how each is drawn; a setting that is None is none of them."""
        found: dict[str, Drawn] = {}
        for one in dataclasses.fields(self):
            rule, value = one.metadata.get("rule"), getattr(self, one.name)
            if isinstance(rule, OptionsRule):
                if isinstance(value, tuple):
                    found[one.name] = Drawn(one.name, OneOfThese(value))
            elif rule is not None and value is not None:
                found |= _drawn(one.name, value, rule)
        return found

    def sample(self, keys: Keys) -> Parameters:
        """Draw the parameters of each image from its key."""
        return self._plan.sample(keys)

    def apply(self, images: Any, parameters: Parameters, *, value_range: ValueRange | None = None) -> Any:
        """Change images by parameters drawn before; nothing is random here.

        Args:
            images: as in a call with `images`.
            value_range: as in a call.
        """
        if is_tensor(images):
            from convlens.augment.twins.door import applied

            return applied(self, images, parameters, value_range)
        door = Door(value_range)
        if isinstance(images, (list, tuple)):
            each = [door.one(one, "each image") for one in images]
            return [
                door.out(changed(self, one, rows(parameters, slice(row, row + 1)))[0], images[row])
                for row, one in enumerate(each)
            ]
        new = changed(self, door.batch(images), parameters)
        return [door.out(one, images[0]) for one in new] if isinstance(new, list) else door.out(new, images)

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Change a batch of bytes, or of floats in grey levels, that is not empty: what a subclass may write anew."""
        return type(self).kernel(images, **parameters)

    def __call__(
        self,
        *,
        images: Any = None,
        image: Any = None,
        keys: Keys | None = None,
        value_range: ValueRange | None = None,
    ) -> Any:
        """Change one image, or several, and give back what came in: the same dtype and rank, a list for a list.

        Images that get different sizes come back as a list as well.

        Args:
            images: (N, H, W) or (N, H, W, C), uint8 or float32, or a list of images that may differ in size, or a torch
                tensor (N, C, H, W), which stays on its device.
            image: (H, W) or (H, W, C), or a tensor (C, H, W).
            keys: one per image; without them the call counter provides some.
            value_range: the values of black and white in float images, such as (0, 1); results are clipped to them.

        Raises:
            ShapeError: another dtype or number of axes, values out of their range, or another number of keys.
            SettingsError: neither `image` nor `images`, or both.
        """
        if (image is None) == (images is None):
            raise SettingsError("an augmenter is called with image=… or with images=…, exactly one of the two")
        if images is None:
            parameters = self.sample(self._keys(1, keys))
            if is_tensor(image):
                return self.apply(image[None], parameters, value_range=value_range)[0]
            door = Door(value_range)
            return door.out(changed(self, door.one(image), parameters)[0], image)
        known = isinstance(images, (list, tuple)) or hasattr(images, "shape")
        count = len(images) if known else len(Door(value_range).batch(images))
        return self.apply(images, self.sample(self._keys(count, keys)), value_range=value_range)

    def augment_image(self, image: Any) -> Any:
        """Change one image, (H, W) or (H, W, C) uint8."""
        return self(image=image)

    def augment_images(self, images: Any) -> Any:
        """Change several images, (N, H, W) or (N, H, W, C) uint8, or a list of images."""
        return self(images=images)

    def to_deterministic(self, n: int | None = None) -> Any:
        """Give a copy that draws the same in every call, image by image; with `n`, a list of so many different ones."""
        if n is not None:
            return [self.to_deterministic() for _ in range(n)]
        still = copy.copy(self)
        object.__setattr__(still, "seed", secrets.randbits(63) if self.seed is None else self.seed)
        calls = CallCounter(still=True)
        calls.made = self.calls.made
        self.calls.made += 1
        object.__setattr__(still, "calls", calls)
        return still

    def draw_grid(self, images: Any, rows: int, cols: int) -> NDArray[np.uint8]:
        """Draw a grid of examples, (tall, wide, 3) uint8; each image gives `rows` × `cols` of them.

        Args:
            images: one uint8 image, or several.
        """
        return grid_of(self.augment_images, images, rows, cols)

    def show_grid(self, images: Any, rows: int, cols: int) -> Any:
        """Give `draw_grid` as a Pillow image, which a notebook shows and `.show()` opens."""
        from PIL import Image

        return Image.fromarray(self.draw_grid(images, rows, cols))

    def __repr__(self) -> str:
        """Spell the augmenter as the expression that `convlens.augment.expressions.parse` reads."""
        return f"{type(self).__name__}({', '.join(_spelled_settings(self))})"

    @cached_property
    def _plan(self) -> Plan:
        return Plan(self.draws())

    def _keys(self, count: int, keys: Keys | None) -> Keys:
        if keys is None:
            return self.calls.next_keys(self.seed, count)
        if len(keys) != count:
            raise ShapeError(f"an augmenter wants one key per image, got {len(keys)} keys for {count} images")
        return keys


def changed(augmenter: Augmenter, images: Rasters, parameters: Parameters) -> Rasters:
    """Change images that are already inside the door: how containers apply their children."""
    if isinstance(images, list):
        return each_apart(images, lambda row, one: changed(augmenter, one, rows(parameters, slice(row, row + 1))))
    if not images.size:
        return images.copy()
    if augmenter.bytes_only and images.dtype != np.uint8:
        whole = augmenter.change(np.rint(images).astype(np.uint8), parameters)
        return [one.astype(np.float32) for one in whole] if isinstance(whole, list) else whole.astype(np.float32)
    return augmenter.change(images, parameters)


def rows(parameters: Parameters, chosen: Any) -> Parameters:
    """Give the parameters of some images only."""
    return View(parameters, rows=chosen)


def _normal(value: Any, of: dataclasses.Field[Any]) -> Any:
    """Turn a setting as it was given into the one form that is compared, drawn from and spelled."""
    rule = of.metadata["rule"]
    if value is None and rule.optional:
        return None
    if isinstance(rule, OptionsRule):
        return as_options(value, name=of.name, options=rule.options)
    if isinstance(value, bool) and rule.low == 0 and rule.high == 1:
        value = int(value)
    if rule.axes:
        neutral: Any = of.default if rule.neutral is None else rule.neutral
        return as_axes(value, whole=rule.whole, name=of.name, neutral=neutral, low=rule.low, high=rule.high)
    return as_distribution(value, whole=rule.whole, name=of.name, low=rule.low, high=rule.high)


def _drawn(name: str, value: Any, rule: ParameterRule) -> dict[str, Drawn]:
    def draw(distribution: Any) -> Any:
        return Whole(distribution) if rule.whole else distribution

    x, y = f"{name}_x", f"{name}_y"
    if isinstance(value, PerAxis):
        return {x: Drawn(x, draw(value.x)), y: Drawn(y, draw(value.y))}
    if rule.axes:
        return dict.fromkeys((x, y), Drawn(name, draw(value)))
    return {name: Drawn(name, draw(value))}


def _spelled_settings(augmenter: Augmenter) -> list[str]:
    """Spell the settings that differ from their defaults, and those that are always named, like a border rule."""
    settings = [one for one in dataclasses.fields(augmenter) if one.init]
    own = [one for one in settings if not one.kw_only] + [one for one in settings if one.kw_only]
    spelled = []
    for one in own:
        value, rule = getattr(augmenter, one.name), one.metadata.get("rule")
        text = spelled_value(value, whole=isinstance(rule, ParameterRule) and rule.whole)
        if isinstance(rule, OptionsRule) and value == rule.options:
            text = spelled_value(ALL)
        if one.metadata.get("spelled") == "bare":
            spelled.append(text)
            continue
        default = one.default
        if rule is not None and default is not dataclasses.MISSING:
            default = _normal(default, one)
        if value != default or one.metadata.get("spelled") == "always":
            spelled.append(f"{one.name}={text}")
    return spelled
