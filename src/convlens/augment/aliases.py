# ruff: noqa: N802 (these are names of classes once)
"""Old names, as pipelines of years ago have them: functions that give the augmenters of today.

What they make calls itself by its new name, in a repr and in a recipe.
"""

from collections.abc import Callable, Mapping

from convlens.augment.augmenter import Augmenter
from convlens.augment.blends import BlendAlpha, BlendAlphaFrequencyNoise, BlendAlphaSimplexNoise
from convlens.augment.compose import Children, Identity
from convlens.augment.flips import Fliplr, Flipud
from convlens.augment.grammar import Spelling
from convlens.augment.light import LinearContrast
from convlens.augment.sizes import Resize
from convlens.errors import SettingsError

Branch = Augmenter | Children | None


def Alpha(
    factor: Spelling = 0,
    first: Branch = None,
    second: Branch = None,
    per_channel: Spelling = False,
    *,
    foreground: Branch = None,
    background: Branch = None,
    seed: int | None = None,
    name: str | None = None,
) -> BlendAlpha:
    """Give a `BlendAlpha` of `first` over `second`."""
    front, back = _branches(first, second, foreground, background)
    return BlendAlpha(factor, front, back, per_channel, seed=seed, name=name)


def SimplexNoiseAlpha(
    first: Branch = None,
    second: Branch = None,
    per_channel: Spelling = False,
    size_px_max: Spelling = (2, 16),
    upscale_method: str | list[str] | None = None,
    iterations: Spelling = (1, 3),
    aggregation_method: str | list[str] = "max",
    sigmoid: Spelling = True,
    sigmoid_thresh: Spelling | None = None,
    *,
    foreground: Branch = None,
    background: Branch = None,
    seed: int | None = None,
    name: str | None = None,
) -> BlendAlphaSimplexNoise:
    """Give a `BlendAlphaSimplexNoise` of `first` over `second`."""
    front, back = _branches(first, second, foreground, background)
    return BlendAlphaSimplexNoise(
        front,
        back,
        per_channel,
        size_px_max,
        upscale_method,
        iterations,
        aggregation_method,
        sigmoid,
        sigmoid_thresh,
        seed=seed,
        name=name,
    )


def FrequencyNoiseAlpha(
    exponent: Spelling = (-4, 4),
    first: Branch = None,
    second: Branch = None,
    per_channel: Spelling = False,
    size_px_max: Spelling = (4, 16),
    upscale_method: str | list[str] | None = None,
    iterations: Spelling = (1, 3),
    aggregation_method: str | list[str] | tuple[str, ...] = ("avg", "max"),
    sigmoid: Spelling = 0.5,
    sigmoid_thresh: Spelling | None = None,
    *,
    foreground: Branch = None,
    background: Branch = None,
    seed: int | None = None,
    name: str | None = None,
) -> BlendAlphaFrequencyNoise:
    """Give a `BlendAlphaFrequencyNoise` of `first` over `second`."""
    front, back = _branches(first, second, foreground, background)
    return BlendAlphaFrequencyNoise(
        exponent,
        front,
        back,
        per_channel,
        size_px_max,
        upscale_method,
        iterations,
        aggregation_method,
        sigmoid,
        sigmoid_thresh,
        seed=seed,
        name=name,
    )


def ContrastNormalization(
    alpha: Spelling = 1, per_channel: Spelling = False, *, seed: int | None = None, name: str | None = None
) -> LinearContrast:
    """Give a `LinearContrast`, which without settings does nothing."""
    return LinearContrast(alpha, per_channel, seed=seed, name=name)


def Noop(*, seed: int | None = None, name: str | None = None) -> Identity:
    """Give an `Identity`."""
    return Identity(seed=seed, name=name)


def HorizontalFlip(p: Spelling = 1, *, seed: int | None = None, name: str | None = None) -> Fliplr:
    """Give a `Fliplr`."""
    return Fliplr(p, seed=seed, name=name)


def VerticalFlip(p: Spelling = 1, *, seed: int | None = None, name: str | None = None) -> Flipud:
    """Give a `Flipud`."""
    return Flipud(p, seed=seed, name=name)


def Scale(
    size: Spelling | Mapping[str, Spelling],
    interpolation: str | list[str] = "cubic",
    *,
    seed: int | None = None,
    name: str | None = None,
) -> Resize:
    """Give a `Resize`."""
    return Resize(size, interpolation, seed=seed, name=name)


ALIASES: Mapping[str, Callable[..., Augmenter]] = {
    one.__name__: one
    for one in (
        Alpha,
        ContrastNormalization,
        FrequencyNoiseAlpha,
        HorizontalFlip,
        Noop,
        Scale,
        SimplexNoiseAlpha,
        VerticalFlip,
    )
}
"""The old names, with what they make."""


def _branches(first: Branch, second: Branch, foreground: Branch, background: Branch) -> tuple[Branch, Branch]:
    for old, old_name, new, new_name in (
        (first, "first", foreground, "foreground"),
        (second, "second", background, "background"),
    ):
        if old is not None and new is not None:
            raise SettingsError(f"{old_name} is the old name of {new_name}; got both, give one of the two")
    return first if foreground is None else foreground, second if background is None else background
