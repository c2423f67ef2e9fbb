"""The base of all augmenters: settings that draw parameters, and parameters that change images."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convlens.arrays import Images, Keys
from convlens.augment.calls import CallCounter
from convlens.augment.distributions import Distribution, PerAxis, as_axes, as_distribution
from convlens.augment.spelling import spelled_value
from convlens.errors import SettingsError, ShapeError
from convlens.rng import subkeys

Parameters: TypeAlias = dict[str, NDArray[Any]]
"""What was drawn, by name, each with a leading N: kept it replays the batch, printed it explains a picture."""


@dataclass(frozen=True)
class ParameterRule:
    """What a parameter declares about itself; `as_distribution` and `as_axes` say what each entry means."""

    whole: bool
    axes: bool
    low: float
    high: float


def drawn(
    *, whole: bool, axes: bool = False, low: float = -math.inf, high: float = math.inf
) -> dict[str, ParameterRule]:
    """Declare, as the metadata of its field, that a setting is drawn anew for each image.

    Args:
        whole: it counts pixels, grey levels or things.
        axes: it has an x and a y, drawn as `<name>_x` and `<name>_y`; an axis left out takes the field's default.
        low: the smallest value that makes sense.
        high: the largest.
    """
    return {"rule": ParameterRule(whole, axes, low, high)}


@dataclass(frozen=True, repr=False)
class Augmenter:
    """A change of images with its settings; frozen, so it can be shared, compared and written down.

    A subclass is a frozen dataclass whose parameters are fields declared by `drawn`, and a kernel: a pure function of
    images and one array per parameter. One that needs more writes its own `apply`.

    Attributes:
        seed: for calls without keys: the same seed replays the same sequence of calls, None differs in every process.
            The children of a `Sequential` draw from the keys they are given; there, only the outermost seed counts.
        name: a word of the user's.
        calls: the counter of calls without keys.
    """

    seed: int | None = field(default=None, kw_only=True)
    name: str | None = field(default=None, kw_only=True)
    calls: CallCounter = field(default_factory=CallCounter, init=False, compare=False)
    kernel: ClassVar[Callable[..., Images]]

    def __post_init__(self) -> None:
        if self.seed is not None and (isinstance(self.seed, bool) or not isinstance(self.seed, int)):
            raise SettingsError(f"seed wants a whole number or None, got {self.seed!r}")
        if self.name is not None and not isinstance(self.name, str):
            raise SettingsError(f"name wants a word or None, got {self.name!r}")
        for one, rule in _parameters(self):
            object.__setattr__(self, one.name, _distribution(getattr(self, one.name), one, rule))

    def sample(self, keys: Keys) -> Parameters:
        """Draw the parameters of each image from its key."""
        parameters: Parameters = {}
        for one, rule in _parameters(self):
            value: Distribution | PerAxis = getattr(self, one.name)
            x, y = f"{one.name}_x", f"{one.name}_y"
            if isinstance(value, PerAxis):
                parameters[x] = _values(value.x, subkeys(keys, x), rule)
                parameters[y] = _values(value.y, subkeys(keys, y), rule)
            elif rule.axes:
                parameters[x] = _values(value, subkeys(keys, one.name), rule)
                parameters[y] = parameters[x].copy()
            else:
                parameters[one.name] = _values(value, subkeys(keys, one.name), rule)
        return parameters

    def apply(self, images: Images, parameters: Parameters) -> Images:
        """Change the images by parameters drawn before; nothing is random here."""
        return type(self).kernel(images, **parameters)

    def __call__(
        self,
        *,
        images: NDArray[Any] | Sequence[NDArray[Any]] | None = None,
        image: NDArray[Any] | None = None,
        keys: Keys | None = None,
    ) -> Any:
        """Change one image, or several, and give back what came in: the same rank, a list for a list.

        Args:
            images: (N, H, W) or (N, H, W, C) uint8, or a list of images that may differ in size.
            image: (H, W) or (H, W, C) uint8.
            keys: one per image; without them the call counter provides some.

        Raises:
            ShapeError: not uint8, another number of axes, or another number of keys than images.
            SettingsError: neither `image` nor `images`, or both.
        """
        if (image is None) == (images is None):
            raise SettingsError("an augmenter is called with image=… or with images=…, exactly one of the two")
        if image is not None:
            return self._changed(_checked(image, 2, "an image", "(H, W) or (H, W, C)")[None], keys)[0]
        if isinstance(images, Sequence):
            each = [_checked(one, 2, "each image", "(H, W) or (H, W, C)") for one in images]
            chosen = self._keys(len(each), keys)
            return [self._changed(one[None], row)[0] for one, row in zip(each, chosen[:, None], strict=True)]
        return self._changed(_checked(images, 3, "images", "(N, H, W) or (N, H, W, C)"), keys)

    def augment_image(self, image: NDArray[Any]) -> NDArray[Any]:
        """Change one image, (H, W) or (H, W, C) uint8."""
        changed: NDArray[Any] = self(image=image)
        return changed

    def augment_images(self, images: NDArray[Any] | Sequence[NDArray[Any]]) -> Any:
        """Change several images, (N, H, W) or (N, H, W, C) uint8, or a list of images."""
        return self(images=images)

    def __repr__(self) -> str:
        """Spell the augmenter as the expression that `convlens.augment.expressions.parse` reads."""
        return f"{type(self).__name__}({', '.join(_spelled_settings(self))})"

    def _changed(self, stack: NDArray[Any], keys: Keys | None) -> NDArray[Any]:
        """Change a stack of grey or colour images, both (N, H, W) and (N, H, W, C)."""
        batch = stack[..., None] if stack.ndim == 3 else stack
        changed = self.apply(batch, self.sample(self._keys(len(batch), keys)))
        return changed[..., 0] if stack.ndim == 3 else changed

    def _keys(self, count: int, keys: Keys | None) -> Keys:
        if keys is None:
            return self.calls.next_keys(self.seed, count)
        if len(keys) != count:
            raise ShapeError(f"an augmenter wants one key per image, got {len(keys)} keys for {count} images")
        return keys


def parameters_to_json(parameters: Parameters) -> dict[str, list[Any]]:
    """Give the parameters as lists of numbers, or of lists of them, ready for JSON."""
    return {name: values.tolist() for name, values in parameters.items()}


def parameters_from_json(content: dict[str, list[Any]]) -> Parameters:
    """Read what `parameters_to_json` gave; the numbers come back exactly."""
    return {name: np.asarray(values) for name, values in content.items()}


def _parameters(augmenter: Augmenter) -> list[tuple[dataclasses.Field[Any], ParameterRule]]:
    return [(one, one.metadata["rule"]) for one in dataclasses.fields(augmenter) if "rule" in one.metadata]


def _distribution(value: object, of: dataclasses.Field[Any], rule: ParameterRule) -> Distribution | PerAxis:
    if rule.axes:
        neutral: Any = of.default
        return as_axes(value, whole=rule.whole, name=of.name, neutral=neutral, low=rule.low, high=rule.high)
    return as_distribution(value, whole=rule.whole, name=of.name, low=rule.low, high=rule.high)


def _values(distribution: Distribution, keys: Keys, rule: ParameterRule) -> NDArray[Any]:
    values = distribution.sample(keys)
    return values.astype(np.int64) if rule.whole else values


def _checked(images: object, rank: int, what: str, wanted: str) -> NDArray[Any]:
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.ndim not in (rank, rank + 1):
        came = f"{images.dtype} {images.shape}" if isinstance(images, np.ndarray) else f"a {type(images).__name__}"
        raise ShapeError(f"an augmenter wants {what} as a uint8 array {wanted} with values 0–255, got {came}")
    return images


def _spelled_settings(augmenter: Augmenter) -> list[str]:
    """Spell the settings that differ from their defaults, and those that are always named, like a border rule."""
    settings = [one for one in dataclasses.fields(augmenter) if one.init]
    own = [one for one in settings if not one.kw_only] + [one for one in settings if one.kw_only]
    spelled = []
    for one in own:
        value = getattr(augmenter, one.name)
        rule: ParameterRule | None = one.metadata.get("rule")
        text = spelled_value(value, whole=bool(rule and rule.whole))
        if one.metadata.get("spelled") == "bare":
            spelled.append(text)
            continue
        default = _distribution(one.default, one, rule) if rule else one.default
        if value != default or one.metadata.get("spelled") == "always":
            spelled.append(f"{one.name}={text}")
    return spelled
