"""The setting `per_channel`: the channels of an image share one draw, or each gets its own.

How many channels there are is known to `change` alone. So what is drawn is a key, 0 for an image whose channels share;
the first channel keeps the value drawn before, and those behind it are expanded from the key.
"""

import functools
from typing import Any

import numpy as np
from jaxtyping import UInt64
from numpy.typing import NDArray

from convlens.arrays import Raster
from convlens.augment.augmenter import Augmenter, rows
from convlens.augment.door import Rasters
from convlens.augment.draws import Draw, Drawn, Kept, KeyIf, Parameters, unfolded
from convlens.augment.grammar import Spelling, as_distribution
from convlens.rng import named_uniforms, starts


def by_channel(values: NDArray[Any], keys: Kept, channels: int, name: str, draw: Draw) -> NDArray[Any]:
    """Give (N, C) values, drawn apart where there is a key; or the values as they are where no image has one."""
    if channels < 2:
        return values
    apart = _picked(keys)
    if apart is None:
        return values
    drawn = named_uniforms(unfolded(keys[apart]), _starts_behind(name, draw.uses, channels))
    others, count = channels - 1, drawn.shape[1]
    # One after the other in a row, all channels' values are drawn at once.
    in_a_row = drawn.reshape(others, draw.uses, count).swapaxes(0, 1).reshape(draw.uses, others * count)
    spread = np.empty((len(values), channels, *values.shape[1:]), values.dtype)
    spread[...] = values[:, None]
    spread[apart, 1:] = draw.of(in_a_row).reshape(others, count, *values.shape[1:]).swapaxes(0, 1)
    return spread


@functools.lru_cache(maxsize=256)
def _starts_behind(name: str, uses: int, channels: int) -> UInt64[np.ndarray, "draws 1"]:
    return starts([(f"{name} {channel}", uses) for channel in range(1, channels)])


def _picked(keys: Kept) -> slice | NDArray[np.int64] | None:
    """Give the rows that have a key, as a slice where they are neighbours: its rows need no copy."""
    having = keys.nonzero()[0]
    if not having.size:
        return None
    first, last = int(having[0]), int(having[-1])
    return slice(first, last + 1) if last - first + 1 == having.size else having


class PerChannel(Augmenter):
    """An augmenter with the setting `per_channel`: the probability that each channel gets a draw of its own.

    The second level of inheritance saves each of these classes the same two methods. True and False are 1 and 0.
    """

    per_channel: Spelling

    def draws(self) -> dict[str, Drawn]:
        """List the parameters, and the key of the channels in place of the probability of one."""
        p = as_distribution(self.per_channel, whole=False, name="per_channel")
        return {**super().draws(), "per_channel": Drawn("per_channel", KeyIf(p))}

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Change the images by their own parameters, or their channels'."""
        own = {name: values for name, values in parameters.items() if name != "per_channel"}
        channels = images.shape[3]
        apart = _picked(parameters["per_channel"]) if channels > 1 else None
        if apart is None:
            return type(self).kernel(images, **own)
        if np.all(parameters["per_channel"]):
            return type(self).kernel(images, **{name: self.spread(name, parameters, channels) for name in own})
        # What channels share costs so little that the few images whose do not may go through it too.
        result: Any = type(self).kernel(images, **own)
        kept = rows(parameters, apart)
        result[apart] = type(self).kernel(images[apart], **{name: self.spread(name, kept, channels) for name in own})
        changed: Rasters = result
        return changed

    def spread(self, name: str, parameters: Parameters, channels: int) -> NDArray[Any]:
        """Give the values of a parameter as (N,), or as (N, channels) where some are drawn apart."""
        keys = parameters["per_channel"]
        return by_channel(parameters[name], keys, channels, name, self._plan.draws[name].draw)
