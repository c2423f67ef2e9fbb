"""Where numbers come from: even ranges, choices, bell curves, and what keeps them within bounds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtri, ndtri_exp  # type: ignore[import-untyped]

from convlens.arrays import PerImage
from convlens.augment.algebra import Constant, Distribution, Uniforms, finite, is_whole, shown
from convlens.errors import SettingsError

# A quantile at 0 would be infinite; this is half of the smallest step that uniforms take.
_SMALLEST_SHARE = 2.0**-54
# Bounds so many standard deviations away differ from infinite ones in nothing, and their squares still fit float64.
_FAR = 1e100


@dataclass(frozen=True)
class Uniform(Distribution):
    """Any number from `low` to `high`, each equally often."""

    low: int | float
    high: int | float

    def __post_init__(self) -> None:
        _set_range(self, "Uniform")

    def of(self, uniforms: Uniforms) -> PerImage:
        """Draw from [low, high)."""
        values: PerImage = uniforms[0] * (self.high - self.low) + self.low
        return values

    @property
    def whole(self) -> bool:
        """Whether the range is a single whole number."""
        return self.low == self.high and is_whole(self.low)

    @property
    def support(self) -> tuple[float, float]:
        """Both ends."""
        return float(self.low), float(self.high)


@dataclass(frozen=True)
class DiscreteUniform(Distribution):
    """Any whole number from `low` to `high`, both ends included, each equally often."""

    low: int | float
    high: int | float

    def __post_init__(self) -> None:
        _set_range(self, "DiscreteUniform")
        for end in (self.low, self.high):
            if not is_whole(end):
                raise SettingsError(f"DiscreteUniform wants whole numbers, got {shown(end)}; use Uniform for others")

    def of(self, uniforms: Uniforms) -> PerImage:
        """Draw from {low, …, high}."""
        values: PerImage = np.floor(uniforms[0] * (self.high - self.low + 1)) + self.low
        return values

    @property
    def whole(self) -> bool:
        """Always."""
        return True

    @property
    def support(self) -> tuple[float, float]:
        """Both ends."""
        return float(self.low), float(self.high)


@dataclass(frozen=True)
class Choice(Distribution):
    """One of several numbers or distributions, each equally often."""

    options: Sequence[int | float | Distribution]

    def __post_init__(self) -> None:
        given: object = self.options
        if not isinstance(given, (tuple, list)) or not given:
            raise SettingsError(f"Choice wants a list of at least one number or distribution, got {given!r}")
        options = tuple(one if isinstance(one, Distribution) else Constant(one) for one in given)
        object.__setattr__(self, "options", options)

    def of(self, uniforms: Uniforms) -> PerImage:
        """Draw which option, then let that option draw."""
        options = self._distributions()
        chosen = (uniforms[0] * len(options)).astype(np.int64)
        ends = np.cumsum([1, *(one.uses for one in options)])
        drawn = [one.of(uniforms[start:end]) for one, start, end in zip(options, ends[:-1], ends[1:], strict=True)]
        values: PerImage = np.stack(drawn)[chosen, np.arange(len(chosen))]
        return values

    @property
    def uses(self) -> int:
        """One for the choice, and as many as all options together."""
        return 1 + sum(one.uses for one in self._distributions())

    @property
    def whole(self) -> bool:
        """Whether every option is."""
        return all(one.whole for one in self._distributions())

    @property
    def support(self) -> tuple[float, float]:
        """The smallest low end and the largest high end."""
        lows, highs = zip(*(one.support for one in self._distributions()), strict=True)
        return min(lows), max(highs)

    @property
    def ranges(self) -> list[tuple[float, float]]:
        """The options' own: [-1, 1] has no 0 between."""
        return [part for one in self._distributions() for part in one.ranges]

    def _distributions(self) -> list[Distribution]:
        return [one for one in self.options if isinstance(one, Distribution)]


@dataclass(frozen=True)
class Normal(Distribution):
    """A number from the bell curve around `loc` with the standard deviation `scale`."""

    loc: int | float
    scale: int | float

    def __post_init__(self) -> None:
        _set_spread(self, "Normal")

    def of(self, uniforms: Uniforms) -> PerImage:
        """Draw by the inverse of the distribution function, so no further than 8.3 standard deviations away."""
        values: PerImage = self.loc + self.scale * ndtri(_shares(uniforms))
        return values

    @property
    def whole(self) -> bool:
        """Whether it cannot differ from a whole `loc`."""
        return self.scale == 0 and is_whole(self.loc)

    @property
    def support(self) -> tuple[float, float]:
        """Everything, unless `scale` is 0."""
        return _around(self.loc, self.scale)


@dataclass(frozen=True)
class TruncatedNormal(Distribution):
    """A number from the bell curve around `loc`, of those from `low` to `high` only; nothing heaps up at the ends."""

    loc: int | float
    scale: int | float
    low: int | float
    high: int | float

    def __post_init__(self) -> None:
        _set_spread(self, "TruncatedNormal")
        if self.scale == 0:
            raise SettingsError("TruncatedNormal wants a scale above 0, got 0")
        _set_range(self, "TruncatedNormal")

    def of(self, uniforms: Uniforms) -> PerImage:
        """Draw by the inverse of the distribution function.

        It is computed from logarithms in the half where its values are small, so that bounds far out in a tail work.
        """
        ends = np.clip((np.array([self.low, self.high]) / self.scale) - self.loc / self.scale, -_FAR, _FAR)
        upper_half = ends.sum() > 0
        near, far = -ends[::-1] if upper_half else ends
        at_near, at_far = log_ndtr(near), log_ndtr(far)
        share = uniforms[0]
        share = np.maximum(1 - share if upper_half else share, _SMALLEST_SHARE)
        quantile = ndtri_exp(at_far + np.log(share + (1 - share) * np.exp(at_near - at_far)))
        values: PerImage = np.clip(self.loc + self.scale * (-quantile if upper_half else quantile), self.low, self.high)
        return values

    @property
    def whole(self) -> bool:
        """Whether the range is a single whole number."""
        return self.low == self.high and is_whole(self.low)

    @property
    def support(self) -> tuple[float, float]:
        """Both ends."""
        return float(self.low), float(self.high)


@dataclass(frozen=True)
class Laplace(Distribution):
    """A number from Laplace's curve around `loc`: sharper in the middle and wider in the tails than the bell.

    Its density is exp(−|x − loc| / scale) / (2 · scale); the standard deviation is √2 · scale.
    """

    loc: int | float
    scale: int | float

    def __post_init__(self) -> None:
        _set_spread(self, "Laplace")

    def of(self, uniforms: Uniforms) -> PerImage:
        """Draw by the inverse of the distribution function."""
        share = _shares(uniforms)
        tail = np.log(2 * np.minimum(share, 1 - share))
        values: PerImage = self.loc + self.scale * np.where(share < 0.5, tail, -tail)
        return values

    @property
    def whole(self) -> bool:
        """Whether it cannot differ from a whole `loc`."""
        return self.scale == 0 and is_whole(self.loc)

    @property
    def support(self) -> tuple[float, float]:
        """Everything, unless `scale` is 0."""
        return _around(self.loc, self.scale)


@dataclass(frozen=True)
class Binomial(Distribution):
    """1 in a share `p` of the images, 0 in the others."""

    p: int | float

    def __post_init__(self) -> None:
        object.__setattr__(self, "p", finite(self.p, "Binomial"))
        if not 0 <= self.p <= 1:
            raise SettingsError(f"Binomial wants a probability from 0 to 1, got {shown(self.p)}")

    def of(self, uniforms: Uniforms) -> PerImage:
        """Draw 0 or 1."""
        drawn: PerImage = (uniforms[0] < self.p).astype(np.float64)
        return drawn

    @property
    def whole(self) -> bool:
        """Always."""
        return True

    @property
    def support(self) -> tuple[float, float]:
        """0 and 1, or the one of them that a certain `p` leaves."""
        return float(self.p == 1), float(self.p > 0)


@dataclass(frozen=True)
class Clip(Distribution):
    """What `distribution` draws, moved to the nearer end where it lies outside of `low` … `high`."""

    distribution: Distribution
    low: int | float
    high: int | float

    def __post_init__(self) -> None:
        given: object = self.distribution
        if not isinstance(given, Distribution):
            raise SettingsError(f"Clip wants a distribution such as Normal(0, 1), got {given!r}")
        _set_range(self, "Clip")

    def of(self, uniforms: Uniforms) -> PerImage:
        """Draw what the distribution alone would draw, and clip it."""
        values: PerImage = np.clip(self.distribution.of(uniforms), self.low, self.high)
        return values

    @property
    def uses(self) -> int:
        """As many as the distribution."""
        return self.distribution.uses

    @property
    def whole(self) -> bool:
        """Whether the distribution is, and an end that it can reach."""
        return self.distribution.whole and all(is_whole(end) for end in self.support)

    @property
    def support(self) -> tuple[float, float]:
        """The distribution's, clipped."""
        low, high = (min(max(end, self.low), self.high) for end in self.distribution.support)
        return float(low), float(high)


def _set_range(distribution: Uniform | DiscreteUniform | TruncatedNormal | Clip, kind: str) -> None:
    low, high = finite(distribution.low, kind), finite(distribution.high, kind)
    if low > high:
        raise SettingsError(f"{kind} wants the smaller end first, got {shown(low)} and {shown(high)}")
    object.__setattr__(distribution, "low", low)
    object.__setattr__(distribution, "high", high)


def _set_spread(distribution: Normal | TruncatedNormal | Laplace, kind: str) -> None:
    for name in ("loc", "scale"):
        given: object = getattr(distribution, name)
        if isinstance(given, (Distribution, tuple, list)):
            raise SettingsError(
                f"{kind} wants numbers, got {name}={given!r}; for one drawn itself write loc + scale * {kind}(0, 1, …)"
            )
        object.__setattr__(distribution, name, finite(given, kind))
    if distribution.scale < 0:
        raise SettingsError(f"{kind} wants a scale from 0 up, got {shown(distribution.scale)}")


def _shares(uniforms: Uniforms) -> PerImage:
    """Draw from (0, 1), both ends left out, for the inverse of a distribution function."""
    shares: PerImage = np.maximum(uniforms[0], _SMALLEST_SHARE)
    return shares


def _around(loc: float, scale: float) -> tuple[float, float]:
    return (-math.inf, math.inf) if scale else (float(loc), float(loc))
