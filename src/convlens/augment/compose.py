"""Augmenters made of augmenters.

The parameters of children stand beside their parent's own, each under "<position>.<class>.": so two equal children
draw apart, and a child keeps its draws when one behind it is added or changed. All children draw for every image, also
those that some images go without: what an image gets then depends on its key alone. What a parent draws itself comes
from its own keys, not from named ones: a draw costs more than most changes of a small image.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Int64, UInt8

from convlens.arrays import Images, Keys
from convlens.augment.augmenter import Augmenter, Parameters, drawn
from convlens.augment.distributions import Constant, Spelling, as_distribution
from convlens.augment.registry import augmenter
from convlens.errors import SettingsError, ShapeError
from convlens.rng import subkeys, uniforms

Children: TypeAlias = Sequence[Augmenter]
Orders: TypeAlias = Int64[np.ndarray, "n steps"]
"""For each image the positions of the children that change it, in turn; −1 where it has no more."""
Changed: TypeAlias = UInt8[np.ndarray, "n tall wide colours"]
"""Images again; a child may have changed their size."""
Rows: TypeAlias = Int64[np.ndarray, " rows"]


@augmenter
@dataclass(frozen=True, repr=False)
class Sequential(Augmenter):
    """Apply several augmenters, one after the other.

    Attributes:
        random_order: each image takes the children in an order of its own, drawn as the parameter "order".
    """

    children: Children = field(default=(), metadata={"spelled": "bare"})
    random_order: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        _set_children(self, "children")
        _check_truth(self, "random_order")

    def sample(self, keys: Keys) -> Parameters:
        """Draw the parameters of all children, and the order where there is one to draw."""
        own: Parameters = {}
        if self.random_order and len(self.children) > 1:
            own["order"] = _permutations(keys, len(self.children))
        return own | _sampled(_named(self.children), keys)

    def apply(self, images: Images, parameters: Parameters) -> Changed:
        """Change the images by parameters drawn before."""
        if "order" in parameters:
            return _applied_in_turn(images, parameters["order"], self.children, parameters)
        return _applied(images, _named(self.children), parameters)


@augmenter
@dataclass(frozen=True, repr=False)
class SomeOf(Augmenter):
    """Apply some of several augmenters, each image its own choice, drawn as the parameter "order".

    Attributes:
        n: how many; also `(a, None)` for a to all of them, and None for all.
        random_order: in an order of each image's own, instead of the children's.
    """

    n: Spelling | None = field(default=None, metadata={**drawn(whole=True, low=0), "spelled": "bare"})
    children: Children = field(default=(), metadata={"spelled": "bare"})
    random_order: bool = False

    def __post_init__(self) -> None:
        _set_children(self, "children")
        _check_truth(self, "random_order")
        count = len(self.children)
        n = self.n
        if n is None:
            n = count
        elif isinstance(n, tuple) and len(n) == 2 and n[1] is None:
            n = (n[0], count)
        what = f"SomeOf's n, of {count} children,"
        object.__setattr__(self, "n", as_distribution(n, whole=True, name=what, low=0, high=count))
        super().__post_init__()

    def sample(self, keys: Keys) -> Parameters:
        """Draw which children change each image, and the parameters of all children."""
        count = self.n.sample(keys) if isinstance(self.n, Constant) else super().sample(keys)["n"]
        order = _permutations(keys, len(self.children))
        left_out = np.arange(len(self.children)) >= count[:, None]
        if not self.random_order:
            order = np.sort(np.where(left_out, len(self.children), order), axis=1)
        steps = int(as_distribution(self.n, whole=True, name="n").support[1])
        own: Parameters = {"order": np.where(left_out, -1, order)[:, :steps]} if steps else {}
        return own | _sampled(_named(self.children), keys)

    def apply(self, images: Images, parameters: Parameters) -> Changed:
        """Change the images by parameters drawn before."""
        if "order" not in parameters:
            return images.copy()
        return _applied_in_turn(images, parameters["order"], self.children, parameters)


@augmenter
@dataclass(frozen=True, repr=False)
class OneOf(Augmenter):
    """Apply one of several augmenters, each image its own choice, drawn as the parameter "chosen"."""

    children: Children = field(metadata={"spelled": "bare"})

    def __post_init__(self) -> None:
        super().__post_init__()
        _set_children(self, "children")
        if not self.children:
            raise SettingsError("OneOf wants at least one augmenter to choose from, got []")

    def sample(self, keys: Keys) -> Parameters:
        """Draw which child changes each image, and the parameters of all children."""
        chosen = np.floor(uniforms(keys)[:, 0] * len(self.children)).astype(np.int64)
        return {"chosen": chosen} | _sampled(_named(self.children), keys)

    def apply(self, images: Images, parameters: Parameters) -> Changed:
        """Change the images by parameters drawn before."""
        return _applied_in_turn(images, parameters["chosen"][:, None], self.children, parameters)


@augmenter
@dataclass(frozen=True, repr=False)
class Sometimes(Augmenter):
    """Apply augmenters to a share of the images, and others to the rest; "applied" is 1 for an image of the share.

    Attributes:
        p: the share; a range or a choice draws it anew for each image.
        then_list: an augmenter or a list of them.
        else_list: the same, for the images that `then_list` leaves out.
    """

    p: Spelling = field(default=0.5, metadata={**drawn(whole=False, low=0, high=1), "spelled": "bare"})
    then_list: Augmenter | Children | None = field(default=(), metadata={"spelled": "bare"})
    else_list: Augmenter | Children | None = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("then_list", "else_list"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, ())
            _set_children(self, name, alone=True)

    def sample(self, keys: Keys) -> Parameters:
        """Draw which images are changed how, and the parameters of all children."""
        share = self.p.value if isinstance(self.p, Constant) else super().sample(keys)["p"]
        applied = uniforms(keys)[:, 0] < share
        return {"applied": applied.astype(np.int64)} | _sampled([*self._then(), *self._else()], keys)

    def apply(self, images: Images, parameters: Parameters) -> Changed:
        """Change the images by parameters drawn before."""
        changed = images.copy()
        for value, children in ((1, self._then()), (0, self._else())):
            rows = np.flatnonzero(parameters["applied"] == value)
            for child in children:
                changed = _applied_to(rows, changed, child, parameters)
        return changed

    def _then(self) -> list[tuple[str, Augmenter]]:
        return [(f"then.{prefix}", child) for prefix, child in _named(self.then_list)]

    def _else(self) -> list[tuple[str, Augmenter]]:
        return [(f"else.{prefix}", child) for prefix, child in _named(self.else_list)]


@augmenter
@dataclass(frozen=True, repr=False)
class Identity(Augmenter):
    """Change nothing."""

    def apply(self, images: Images, parameters: Parameters) -> Changed:  # noqa: ARG002 (there are none)
        """Copy the images."""
        return images.copy()


@augmenter
@dataclass(frozen=True, repr=False)
class WithChannels(Augmenter):
    """Apply augmenters to some channels only; they see an image of these channels, in the order given.

    Attributes:
        channels: one position, a list of them, or None for all.
        children: an augmenter or a list of them.
    """

    channels: int | Sequence[int] | None = field(default=None, metadata={"spelled": "bare"})
    children: Augmenter | Children = field(default=(), metadata={"spelled": "bare"})

    def __post_init__(self) -> None:
        super().__post_init__()
        _set_children(self, "children", alone=True)
        given: object = self.channels
        if given is not None:
            several = tuple(given) if isinstance(given, (tuple, list)) else (given,)
            right = all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in several)
            if not right or len(set(several)) < len(several):
                raise SettingsError(f"WithChannels wants a channel 0, 1, … or a list of different ones, got {given!r}")
            object.__setattr__(self, "channels", several)

    def sample(self, keys: Keys) -> Parameters:
        """Draw the parameters of all children."""
        return _sampled(_named(self.children), keys)

    def apply(self, images: Images, parameters: Parameters) -> Changed:
        """Change the images by parameters drawn before.

        Raises:
            ShapeError: the images have no such channel, or a child changes their size.
        """
        if self.channels is None:
            return _applied(images, _named(self.children), parameters)
        chosen = np.array(self.channels, np.int64)
        if chosen.size and chosen.max() >= images.shape[3]:
            raise ShapeError(
                f"WithChannels wants channel {chosen.max()}, but the images have {images.shape[3]} channels"
            )
        part = _applied(np.ascontiguousarray(images[..., chosen]), _named(self.children), parameters)
        if part.shape != (*images.shape[:3], chosen.size):
            raise ShapeError(
                f"the children of WithChannels may not change the shape of the images, "
                f"but made {part.shape[1:]} of {(*images.shape[1:3], chosen.size)}"
            )
        changed = images.copy()
        changed[..., chosen] = part
        return changed


@dataclass(frozen=True, repr=False)
class Lambda(Augmenter):
    """Apply a function of your own; it is the one augmenter that cannot be written down as text.

    Attributes:
        function: from images (N, H, W, C) uint8, a copy that it may write to, and one key per image, to new images.
            For the same change whatever the batch, it treats each image by itself and draws by the keys alone.
    """

    function: Callable[..., Any]

    def __post_init__(self) -> None:
        super().__post_init__()
        given: object = self.function
        if not callable(given):
            raise SettingsError(f"Lambda wants a function of images and keys, got {given!r}")

    def sample(self, keys: Keys) -> Parameters:
        """Keep the keys, from which the function draws."""
        # JSON's numbers come back as int64, which would lose the keys' highest bit.
        return {"keys": keys.view(np.int64).copy()}

    def apply(self, images: Images, parameters: Parameters) -> Changed:
        """Change the images by keys kept before.

        Raises:
            ShapeError: the function gave back no images, or another number of them.
        """
        changed = self.function(images.copy(), parameters["keys"].astype(np.int64).view(np.uint64))
        right = isinstance(changed, np.ndarray) and changed.dtype == np.uint8 and changed.ndim == 4
        if not right or len(changed) != len(images):
            came = f"{changed.dtype} {changed.shape}" if isinstance(changed, np.ndarray) else f"{changed!r}"
            raise ShapeError(f"a Lambda's function gives back {len(images)} images (N, H, W, C) uint8, but gave {came}")
        return np.ascontiguousarray(changed)


def _set_children(parent: Augmenter, setting: str, *, alone: bool = False) -> None:
    """Check a setting that holds augmenters and make a tuple of it; `alone` takes a single one as well."""
    kind, given = type(parent).__name__, getattr(parent, setting)
    if alone and isinstance(given, Augmenter):
        given = (given,)
    if not isinstance(given, Sequence):
        raise SettingsError(f"{kind} wants a list of augmenters, got {given!r}; write [ … ] around it")
    for child in given:
        if not isinstance(child, Augmenter):
            raise SettingsError(f"{kind} wants a list of augmenters, but it holds {child!r}")
    object.__setattr__(parent, setting, tuple(given))


def _check_truth(parent: Augmenter, setting: str) -> None:
    given = getattr(parent, setting)
    if not isinstance(given, bool):
        raise SettingsError(f"{setting} wants True or False, got {given!r}")


def _named(children: Augmenter | Children | None) -> list[tuple[str, Augmenter]]:
    several = children if isinstance(children, Sequence) else ()
    return [(f"{position}.{type(child).__name__}.", child) for position, child in enumerate(several)]


def _sampled(named: Iterable[tuple[str, Augmenter]], keys: Keys) -> Parameters:
    return {
        prefix + name: values for prefix, child in named for name, values in child.sample(subkeys(keys, prefix)).items()
    }


def _own(prefix: str, parameters: Mapping[str, Any]) -> Parameters:
    return {name.removeprefix(prefix): values for name, values in parameters.items() if name.startswith(prefix)}


def _permutations(keys: Keys, count: int) -> Orders:
    return np.argsort(uniforms(keys, count), axis=1, kind="stable").astype(np.int64)


def _applied(images: Images, named: Sequence[tuple[str, Augmenter]], parameters: Parameters) -> Changed:
    changed = images if named else images.copy()
    for prefix, child in named:
        changed = child.apply(changed, _own(prefix, parameters))
    return changed


def _applied_in_turn(images: Images, orders: Orders, children: Children, parameters: Parameters) -> Changed:
    """Change each image by its own children in its own order.

    Round after round the children are gone through as they stand, and each changes those images that have it next: as
    many rounds as the most disordered image needs, one where nothing is out of order.
    """
    changed = images.copy()
    rows = np.arange(len(images))
    # A batch without images comes back from JSON without its second axis.
    steps = orders.shape[1] if orders.ndim == 2 else 0
    ends = np.full((len(images), 1), -1, np.int64)
    upcoming = np.concatenate([orders.reshape(len(images), steps).astype(np.int64), ends], axis=1)
    done = np.zeros(len(images), np.int64)
    following = upcoming[rows, done]
    while following.max(initial=-1) >= 0:
        for position, named in enumerate(_named(children)):
            concerned = np.flatnonzero(following == position)
            if concerned.size:
                changed = _applied_to(concerned, changed, named, parameters)
                done[concerned] += 1
                following[concerned] = upcoming[concerned, done[concerned]]
    return changed


def _applied_to(rows: Rows, images: Images, named: tuple[str, Augmenter], parameters: Parameters) -> Changed:
    """Apply a child to some images of the batch, which is written to and given back.

    Raises:
        ShapeError: the child changes the size of some images, so that they no longer fit into one array.
    """
    prefix, child = named
    own = _own(prefix, parameters)
    if rows.size == len(images):
        return child.apply(images, own) if rows.size else images
    if rows.size:
        changed = child.apply(images[rows], {name: values[rows] for name, values in own.items()})
        if changed.shape[1:] != images.shape[1:]:
            raise ShapeError(
                f"{type(child).__name__} makes {changed.shape[1:]} of {images.shape[1:]}, but not for all images of "
                "the batch; give the images as a list, or let the size be changed for all of them"
            )
        images[rows] = changed
    return images
