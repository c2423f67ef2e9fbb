"""Pixels taken away at the edges of an image, or added around it."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from convlens.arrays import Pixels, Raster
from convlens.augment.algebra import Constant
from convlens.augment.amounts import (
    AXES,
    EDGES,
    Amount,
    ByEdge,
    as_edges,
    as_position,
    is_length,
    place_of,
)
from convlens.augment.augmenter import Augmenter, chosen, drawn
from convlens.augment.distributions import Uniform
from convlens.augment.door import Rasters
from convlens.augment.draws import Drawn, Parameters
from convlens.augment.framing import PAD_MODES, Margins, framed, possible
from convlens.augment.grammar import Spelling
from convlens.augment.matrices import Matrices
from convlens.augment.registry import augmenter
from convlens.augment.resizing import window_matrices
from convlens.errors import SettingsError

_PAD_MODE = {**chosen(*PAD_MODES), "spelled": "always"}
_GREY = drawn(whole=True, low=0, high=255)


class _Framing(Augmenter):
    """What the augmenters share that take pixels away at the edges of an image or add some."""

    pad_mode: Any = "constant"
    pad_cval: Any = Constant(0)
    keep_size: bool = False

    def draws(self) -> dict[str, Drawn]:
        """List the parameters; a grey level that is always the same is none."""
        found = super().draws()
        if isinstance(self.pad_cval, Constant):
            found.pop("pad_cval", None)
        return found

    def margins(self, parameters: Parameters, size: tuple[int, int]) -> Margins:
        """Give what is added at the top, right, bottom and left of images of that height and width; lost where < 0."""
        raise NotImplementedError

    def matrices(self, parameters: Parameters, size: tuple[int, int]) -> Matrices:
        """Give the matrix of each image, source pixel → target pixel, for images of that height and width."""
        top, right, bottom, left = self.margins(parameters, size).T
        windows = np.stack([-top, -left, size[0] + top + bottom, size[1] + right + left], axis=1)
        return window_matrices(windows, np.tile(size, (len(windows), 1)) if self.keep_size else windows[:, 2:])

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Take pixels away and add some."""
        return framed(
            images,
            self.margins(parameters, images.shape[1:3]),
            pad_mode=parameters.get("pad_mode", self.pad_mode),
            pad_cval=int(self.pad_cval.value) if isinstance(self.pad_cval, Constant) else parameters["pad_cval"],
            keep_size=self.keep_size,
        )


class _ByAmounts(_Framing):
    """What `Crop`, `Pad` and `CropAndPad` share: amounts in pixels or in shares of the side.

    Both are inherited once more than usual, for three times the same settings.
    """

    px: Any
    percent: Any
    sample_independently: bool
    sign: ClassVar[int] = 1
    lowest_px: ClassVar[float] = 0
    range_of_shares: ClassVar[tuple[float, float]] = (0, np.inf)
    usual: ClassVar[tuple[float, float]] = (0, 0.1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.px is not None and self.percent is not None:
            raise SettingsError(f"{type(self).__name__} wants px or percent, got both; give one of the two")
        if self.px is not None:
            object.__setattr__(self, "px", as_edges(self.px, "px", self.lowest_px, np.inf))
        if self.percent is not None:
            object.__setattr__(self, "percent", as_edges(self.percent, "percent", *self.range_of_shares))

    def draws(self) -> dict[str, Drawn]:
        """List the amount at each edge, and the others."""
        found = super().draws()
        amounts = self._amounts()
        for edge, amount in zip(EDGES, amounts.amounts if isinstance(amounts, ByEdge) else [amounts] * 4, strict=True):
            name = f"{edge}_{amount.unit}"
            shared = isinstance(amounts, Amount) and not self.sample_independently
            found[name] = Drawn(amount.unit if shared else name, amount.draw)
        return found

    def margins(self, parameters: Parameters, size: tuple[int, int]) -> Margins:
        """Give what is added at the top, right, bottom and left of images of that height and width; lost where < 0."""
        if "top_px" in parameters:
            added: NDArray[Any] = np.array([parameters[f"{edge}_px"] for edge in EDGES]).T
        else:
            shares = np.array([parameters[f"{edge}_percent"] for edge in EDGES]).T
            added = np.rint(shares * [size[0], size[1], size[0], size[1]]).astype(np.int64)
        return possible(added if self.sign == 1 else -added, size)

    def _amounts(self) -> Amount | ByEdge:
        given: Amount | ByEdge | None = self.px if self.px is not None else self.percent
        return Amount(Uniform(*self.usual), "percent") if given is None else given


@augmenter
@dataclass(frozen=True, repr=False)
class CropAndPad(_ByAmounts):
    """Add pixels around each image where an amount is positive, take some away where it is negative.

    Without an amount, up to a tenth of the side either way. One pixel at least stays of each side.

    Attributes:
        px: pixels; (top, right, bottom, left) or one for all.
        percent: shares of the height at the top and bottom, of the width at the sides (0.1 is a tenth).
        pad_mode: what comes in, in the words of `np.pad`, or ALL.
        pad_cval: grey level of the modes "constant" and "linear_ramp", the same for all channels.
        keep_size: resize the result to the size that the image had.
        sample_independently: each edge has its own draw, where there is one amount for all.
    """

    px: Any = None
    percent: Any = None
    pad_mode: str | list[str] | tuple[str, ...] = field(default="constant", metadata=_PAD_MODE)
    pad_cval: Spelling = field(default=0, metadata=_GREY)
    keep_size: bool = True
    sample_independently: bool = True
    lowest_px = -np.inf
    range_of_shares = (-1, np.inf)
    usual = (-0.1, 0.1)


@augmenter
@dataclass(frozen=True, repr=False)
class Crop(_ByAmounts):
    """Take pixels away at the edges of each image, up to a tenth of the side without an amount.

    One pixel at least stays of each side.

    Attributes:
        px: pixels; (top, right, bottom, left) or one for all.
        percent: shares of the height at the top and bottom, of the width at the sides (0.1 is a tenth).
        keep_size: resize the result to the size that the image had.
        sample_independently: each edge has its own draw, where there is one amount for all.
    """

    px: Any = None
    percent: Any = None
    keep_size: bool = True
    sample_independently: bool = True
    sign = -1
    range_of_shares = (0, 1)


@augmenter
@dataclass(frozen=True, repr=False)
class Pad(_ByAmounts):
    """Add pixels around each image, up to a tenth of the side without an amount.

    Attributes:
        px: pixels; (top, right, bottom, left) or one for all.
        percent: shares of the height at the top and bottom, of the width at the sides (0.1 is a tenth).
        pad_mode: what comes in, in the words of `np.pad`, or ALL.
        pad_cval: grey level of the modes "constant" and "linear_ramp", the same for all channels.
        keep_size: resize the result to the size that the image had.
        sample_independently: each edge has its own draw, where there is one amount for all.
    """

    px: Any = None
    percent: Any = None
    pad_mode: str | list[str] | tuple[str, ...] = field(default="constant", metadata=_PAD_MODE)
    pad_cval: Spelling = field(default=0, metadata=_GREY)
    keep_size: bool = True
    sample_independently: bool = True


class _ToFixedSize(_Framing):
    """What `CropToFixedSize` and `PadToFixedSize` share: a size, and where the window lies.

    Inherited once more than usual, for twice the same settings.
    """

    width: int | None
    height: int | None
    position: Any

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in AXES:
            if getattr(self, name) is not None and not is_length(getattr(self, name)):
                raise SettingsError(f"{name} wants a number of pixels from 1 up, or None, got {getattr(self, name)!r}")
        object.__setattr__(self, "position", as_position(self.position))

    def draws(self) -> dict[str, Drawn]:
        """List where the window lies, and the others."""
        found, place = super().draws(), place_of(self.position)
        return {**found, "position_x": Drawn("position_x", place.x), "position_y": Drawn("position_y", place.y)}

    def before(self, parameters: Parameters, amounts: tuple[int, int]) -> tuple[Pixels, Pixels]:
        """Give how much of these amounts of pixels, down and across, is above and at the left."""
        shares = (1 - parameters[name] for name in ("position_y", "position_x"))
        if self.position == "uniform":
            # Every place equally often; by the rule below, the first and the last would come half as often.
            down, across = (
                np.minimum(np.floor(share * (amount + 1)), amount)
                for share, amount in zip(shares, amounts, strict=True)
            )
        else:
            # To the nearest pixel, half down: of 15 pixels 7 are at the left of "center".
            down, across = (np.ceil(share * amount - 0.5) for share, amount in zip(shares, amounts, strict=True))
        return down.astype(np.int64), across.astype(np.int64)


@augmenter
@dataclass(frozen=True, repr=False)
class CropToFixedSize(_ToFixedSize):
    """Cut images down to a size; a side that is as short or shorter stays as it is.

    Attributes:
        width: pixels, or None to leave it alone.
        height: pixels, or None to leave it alone.
        position: where pixels are taken away: "left-top" takes them all at the left and the top; also "center",
            "right-bottom" and so on, "uniform" (anywhere), "normal" (rather in the middle), or (x, y) from 0 (left,
            top) to 1.
    """

    width: int | None
    height: int | None
    position: Any = "uniform"

    def margins(self, parameters: Parameters, size: tuple[int, int]) -> Margins:
        """Give what is lost at the top, right, bottom and left of images of that height and width, as numbers < 0."""
        wanted = (self.height or size[0], self.width or size[1])
        down, across = (max(side - new, 0) for side, new in zip(size, wanted, strict=True))
        above, left = self.before(parameters, (down, across))
        return -np.stack([above, across - left, down - above, left], axis=1)


@augmenter
@dataclass(frozen=True, repr=False)
class PadToFixedSize(_ToFixedSize):
    """Surround images until they have a size; a side that is as long or longer stays as it is.

    Attributes:
        width: pixels, or None to leave it alone.
        height: pixels, or None to leave it alone.
        pad_mode: what comes in, in the words of `np.pad`, or ALL.
        pad_cval: grey level of the modes "constant" and "linear_ramp", the same for all channels.
        position: where pixels are added: "left-top" adds them all at the left and the top; also "center",
            "right-bottom" and so on, "uniform" (anywhere), "normal" (rather in the middle), or (x, y) from 0 (left,
            top) to 1.
    """

    width: int | None
    height: int | None
    pad_mode: str | list[str] | tuple[str, ...] = field(default="constant", metadata=_PAD_MODE)
    pad_cval: Spelling = field(default=0, metadata=_GREY)
    position: Any = "uniform"

    def margins(self, parameters: Parameters, size: tuple[int, int]) -> Margins:
        """Give what is added at the top, right, bottom and left of images of that height and width."""
        wanted = (self.height or size[0], self.width or size[1])
        down, across = (max(new - side, 0) for side, new in zip(size, wanted, strict=True))
        above, left = self.before(parameters, (down, across))
        return np.stack([above, across - left, down - above, left], axis=1)
