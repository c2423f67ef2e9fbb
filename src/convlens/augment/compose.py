"""Augmenters made of augmenters.

The parameters of children stand beside their parent's own, each under "<position>.<class>.": so two equal children
draw apart, and a child keeps its draws when one behind it is added or changed. All children draw for every image, also
those that some images go without: what an image gets then depends on its key alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Int64

from convlens.arrays import Raster
from convlens.augment.algebra import Uniforms
from convlens.augment.augmenter import Augmenter, changed, drawn, rows
from convlens.augment.door import Rasters, together
from convlens.augment.draws import Draw, Drawn, Happens, Key, Parameters, View, Whole, unfolded
from convlens.augment.grammar import Spelling, as_distribution
from convlens.augment.registry import augmenter
from convlens.errors import SettingsError, ShapeError

Children: TypeAlias = Sequence[Augmenter]
Orders: TypeAlias = Int64[np.ndarray, "n steps"]
"""For each image the positions of the children that change it, in turn; −1 where it has no more."""
Rows: TypeAlias = Int64[np.ndarray, " rows"]


@dataclass(frozen=True)
class Selection:
    """Some of several things for each image, as `Orders`.

    Args:
        of_all: how many things there are.
        count: how many of them each image takes, drawn; None takes all.
        steps: the most that an image can take, where that is drawn.
        shuffled: in an order of each image's own, instead of theirs.
    """

    of_all: int
    count: Draw | None = None
    steps: int = 0
    shuffled: bool = True

    @property
    def uses(self) -> int:
        """One for each thing, and what the count uses."""
        return self.of_all + (self.count.uses if self.count is not None else 0)

    def of(self, uniforms: Uniforms) -> Orders:
        """Give the positions of what each image takes."""
        order = np.argsort(uniforms[: self.of_all].T, axis=1, kind="stable")
        if self.count is None:
            return order
        left_out = np.arange(self.of_all) >= self.count.of(uniforms[self.of_all :])[:, None]
        if not self.shuffled:
            order = np.sort(np.where(left_out, self.of_all, order), axis=1)
        return np.where(left_out, -1, order)[:, : self.steps]


@dataclass(frozen=True)
class _Part:
    """A child, where its parameters stand among its parent's, and their names in both."""

    child: Augmenter
    names: dict[str, str]

    @cached_property
    def weight(self) -> int:
        """How many augmenters a call of the child calls, itself included."""
        parts = self.child.parts if isinstance(self.child, Container) else {}
        return 1 + sum(part.weight for several in parts.values() for part in several)

    def own(self, parameters: Parameters) -> Parameters:
        """Give the child's parameters out of its parent's."""
        return View(parameters, names=self.names)


class Container(Augmenter):
    """What holds children: it lists its own draws and theirs."""

    def groups(self) -> dict[str, Children]:
        """Give the children, by a prefix of their own."""
        raise NotImplementedError

    def own_draws(self) -> dict[str, Drawn]:
        """List what is drawn for the container itself."""
        return {}

    def draws(self) -> dict[str, Drawn]:
        """List the container's draws, then the children's."""
        found = self.own_draws()
        for group, children in self.groups().items():
            for position, child in enumerate(children):
                prefix = f"{group}{position}.{type(child).__name__}."
                for name, one in child.draws().items():
                    found[prefix + name] = Drawn(prefix + one.name, one.draw)
        return found

    @cached_property
    def parts(self) -> dict[str, list[_Part]]:
        """Give the children with the names of their parameters, by their prefix."""
        return {
            group: [
                _Part(child, {name: f"{group}{position}.{type(child).__name__}.{name}" for name in child.draws()})
                for position, child in enumerate(children)
            ]
            for group, children in self.groups().items()
        }


class Chooser(Container):
    """What hands each child some images of the batch; one within another does so with the same batch, uncopied."""

    def within(self, images: Rasters, concerned: Rows, parameters: Parameters) -> Rasters:
        """Change some images of a batch, which is written to and given back.

        Args:
            parameters: those of the whole batch.
        """
        raise NotImplementedError

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Change the images by their children."""
        return self.within(images.copy(), np.arange(len(images)), parameters)


@augmenter
@dataclass(frozen=True, repr=False)
class Sequential(Chooser):
    """Apply several augmenters, one after the other.

    Attributes:
        random_order: each image takes the children in an order of its own, drawn as the parameter "order".
    """

    children: Augmenter | Children | None = field(default=(), metadata={"spelled": "bare"})
    random_order: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        set_children(self, "children")

    def groups(self) -> dict[str, Children]:
        """Give the children."""
        return {"": as_children(self.children)}

    def own_draws(self) -> dict[str, Drawn]:
        """List the order, where there is one to draw."""
        count = len(as_children(self.children))
        return {"order": Drawn("order", Selection(count))} if self.random_order and count > 1 else {}

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Change the images by their children."""
        return (
            super().change(images, parameters)
            if "order" in parameters
            else _one_by_one(images, self.parts[""], parameters)
        )

    def within(self, images: Rasters, concerned: Rows, parameters: Parameters) -> Rasters:
        """Change some images by their children, in the order given or each in its own."""
        if "order" in parameters:
            return _in_turn(images, concerned, parameters["order"], self.parts[""], parameters)
        for part in self.parts[""]:
            images = _to_some(concerned, images, part.child, part.own(parameters))
        return images


@augmenter
@dataclass(frozen=True, repr=False)
class SomeOf(Chooser):
    """Apply some of several augmenters, each image its own choice, drawn as the parameter "order".

    Attributes:
        n: how many; also `(a, None)` for a to all of them, and None for all.
        random_order: in an order of each image's own, instead of the children's.
    """

    n: Spelling | None = field(default=None, metadata={**drawn(whole=True, low=0), "spelled": "bare"})
    children: Augmenter | Children | None = field(default=(), metadata={"spelled": "bare"})
    random_order: bool = False

    def __post_init__(self) -> None:
        set_children(self, "children")
        count = len(as_children(self.children))
        n = self.n
        if n is None:
            n = count
        elif isinstance(n, tuple) and len(n) == 2 and n[1] is None:
            n = (n[0], count)
        what = f"SomeOf's n, of {count} children,"
        object.__setattr__(self, "n", as_distribution(n, whole=True, name=what, low=0, high=count))
        super().__post_init__()

    def groups(self) -> dict[str, Children]:
        """Give the children."""
        return {"": as_children(self.children)}

    def own_draws(self) -> dict[str, Drawn]:
        """List which children change an image, if any can."""
        n = as_distribution(self.n, whole=True, name="n")
        steps = int(n.support[1])
        count = len(as_children(self.children))
        return {"order": Drawn("order", Selection(count, Whole(n), steps, self.random_order))} if steps else {}

    def within(self, images: Rasters, concerned: Rows, parameters: Parameters) -> Rasters:
        """Change some images by the children that they take."""
        if "order" not in parameters:
            return images
        return _in_turn(images, concerned, parameters["order"], self.parts[""], parameters)


@augmenter
@dataclass(frozen=True, repr=False)
class OneOf(Chooser):
    """Apply one of several augmenters, each image its own choice, drawn as the parameter "chosen"."""

    children: Augmenter | Children | None = field(metadata={"spelled": "bare"})

    def __post_init__(self) -> None:
        super().__post_init__()
        set_children(self, "children")
        if not self.children:
            raise SettingsError("OneOf wants at least one augmenter to choose from, got []")

    def groups(self) -> dict[str, Children]:
        """Give the children."""
        return {"": as_children(self.children)}

    def own_draws(self) -> dict[str, Drawn]:
        """List which child changes an image."""
        last = len(as_children(self.children)) - 1
        return {"chosen": Drawn("chosen", Whole(as_distribution((0, last), whole=True, name="chosen")))}

    def within(self, images: Rasters, concerned: Rows, parameters: Parameters) -> Rasters:
        """Change some images, each by the child that it takes."""
        return _in_turn(images, concerned, parameters["chosen"][:, None], self.parts[""], parameters)


@augmenter
@dataclass(frozen=True, repr=False)
class Sometimes(Chooser):
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
        set_children(self, "then_list")
        set_children(self, "else_list")

    def groups(self) -> dict[str, Children]:
        """Give both lists."""
        return {"then.": as_children(self.then_list), "else.": as_children(self.else_list)}

    def own_draws(self) -> dict[str, Drawn]:
        """List whether an image belongs to the share."""
        return {"applied": Drawn("applied", Happens(as_distribution(self.p, whole=False, name="p")))}

    def within(self, images: Rasters, concerned: Rows, parameters: Parameters) -> Rasters:
        """Change some images by the list that they take."""
        applied = parameters["applied"][concerned]
        for value, group in ((1, "then."), (0, "else.")):
            rows_of_it = concerned[applied == value]
            for part in self.parts[group]:
                images = _to_some(rows_of_it, images, part.child, part.own(parameters))
        return images


@augmenter
@dataclass(frozen=True, repr=False)
class Identity(Augmenter):
    """Change nothing."""

    def change(self, images: Raster, parameters: Parameters) -> Rasters:  # noqa: ARG002 (there are none)
        """Copy the images."""
        return images.copy()


@augmenter
@dataclass(frozen=True, repr=False)
class WithChannels(Container):
    """Apply augmenters to some channels only; they see an image of these channels, in the order given.

    Attributes:
        channels: one position, a list of them, or None for all.
        children: an augmenter or a list of them.
    """

    channels: int | Sequence[int] | None = field(default=None, metadata={"spelled": "bare"})
    children: Augmenter | Children | None = field(default=(), metadata={"spelled": "bare"})

    def __post_init__(self) -> None:
        super().__post_init__()
        set_children(self, "children")
        given: object = self.channels
        if given is not None:
            several = tuple(given) if isinstance(given, (tuple, list)) else (given,)
            right = all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in several)
            if not right or len(set(several)) < len(several):
                raise SettingsError(f"WithChannels wants a channel 0, 1, … or a list of different ones, got {given!r}")
            object.__setattr__(self, "channels", several)

    def groups(self) -> dict[str, Children]:
        """Give the children."""
        return {"": as_children(self.children)}

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Change the channels by the children.

        Raises:
            ShapeError: the images have no such channel, or a child changes their size.
        """
        if self.channels is None:
            return _one_by_one(images, self.parts[""], parameters)
        picked = self.picked(images.shape[3])
        part = _one_by_one(np.ascontiguousarray(images[..., picked]), self.parts[""], parameters)
        if isinstance(part, list) or part.shape != (*images.shape[:3], picked.size):
            made = part[0].shape if isinstance(part, list) else part.shape[1:]
            raise ShapeError(
                f"the children of WithChannels may not change the shape of the images, "
                f"but made {made} of {(*images.shape[1:3], picked.size)}"
            )
        result = images.copy()
        result[..., picked] = part
        return result

    def picked(self, channels: int) -> Rows:
        """Give the positions of the chosen channels among so many.

        Raises:
            ShapeError: there is no such channel.
        """
        picked = np.array(range(channels) if self.channels is None else self.channels, np.int64)
        if picked.size and picked.max() >= channels:
            raise ShapeError(f"WithChannels wants channel {picked.max()}, but the images have {channels} channels")
        return picked


@dataclass(frozen=True, repr=False)
class Lambda(Augmenter):
    """Apply a function of your own; it is the one augmenter that cannot be written down as text.

    Attributes:
        function: from images (N, H, W, C), a copy that it may write to, uint8 or float32 in grey levels, and one 64-bit
            key per image, to new images of that dtype. For the same change whatever the batch, it treats each image by
            itself and draws by the keys alone.
    """

    function: Callable[..., Any]

    def __post_init__(self) -> None:
        super().__post_init__()
        given: object = self.function
        if not callable(given):
            raise SettingsError(f"Lambda wants a function of images and keys, got {given!r}")

    def draws(self) -> dict[str, Drawn]:
        """List the key, from which the function draws."""
        return {"keys": Drawn("keys", Key())}

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Change the images by keys kept before.

        Raises:
            ShapeError: the function gave back no images, or another number of them.
        """
        result = self.function(images.copy(), unfolded(parameters["keys"]))
        right = isinstance(result, np.ndarray) and result.dtype == images.dtype and result.ndim == 4
        if not right or len(result) != len(images):
            came = f"{result.dtype} {result.shape}" if isinstance(result, np.ndarray) else f"{result!r}"
            raise ShapeError(
                f"a Lambda's function gives back {len(images)} images (N, H, W, C) {images.dtype}, but gave {came}"
            )
        return np.ascontiguousarray(result)


def set_children(parent: Augmenter, setting: str) -> None:
    """Check a setting that holds augmenters, a list of them, one alone or None, and make a tuple of it."""
    kind, given = type(parent).__name__, getattr(parent, setting)
    if given is None or isinstance(given, Augmenter):
        given = () if given is None else (given,)
    if not isinstance(given, Sequence):
        raise SettingsError(f"{kind} wants an augmenter or a list of augmenters, got {given!r}")
    for child in given:
        if not isinstance(child, Augmenter):
            raise SettingsError(f"{kind} wants a list of augmenters, but it holds {child!r}")
    object.__setattr__(parent, setting, tuple(given))


def as_children(children: Augmenter | Children | None) -> tuple[Augmenter, ...]:
    """Give a setting that `set_children` has checked as what it is by then."""
    return tuple(children) if isinstance(children, Sequence) else ()


def _one_by_one(images: Raster, parts: Sequence[_Part], parameters: Parameters) -> Rasters:
    if not parts:
        return images.copy()
    result = changed(parts[0].child, images, parts[0].own(parameters))
    everyone = np.arange(len(images))
    for part in parts[1:]:
        result = _to_some(everyone, result, part.child, part.own(parameters))
    return result


def _in_turn(
    images: Rasters, concerned: Rows, orders: Orders, parts: Sequence[_Part], parameters: Parameters
) -> Rasters:
    """Change some images, each by its own children in its own order, and write to them."""
    own: dict[int, Parameters] = {}
    for position, some in turns(orders[concerned], [part.weight for part in parts]):
        if position not in own:
            own[position] = parts[position].own(parameters)
        images = _to_some(concerned[some], images, parts[position].child, own[position])
    return images


def turns(orders: Orders, weights: Sequence[int]) -> Iterator[tuple[int, Rows]]:
    """Say, step by step, which child changes which images: every image its own in its order, in few and large steps.

    A child is called as soon as all images that still want it wait for it. Where that holds for none, it is the one for
    which the images wait that want most, themselves counted; but one that outweighs all others together comes last, so
    that it is called once for all if it can be. (Of the rules tried on random orders, this one makes the fewest calls:
    36 for 64 images with up to 5 of 16 children each, where going through the children in turn makes 45.)

    Args:
        weights: of each child, what a call costs; images cost the same however they are put together.
    """
    given = orders >= 0
    if len(weights) == 2 and orders.shape[1] == 2 and given.all():
        # Two children, both wanted by all: the rule below comes to this, and a small batch notices the difference.
        split = int(weights[0] > weights[1])
        before, after = (np.flatnonzero(orders[:, place] == split) for place in (0, 1))
        yield from (
            (child, some)
            for child, some in ((split, before), (1 - split, np.arange(len(orders))), (split, after))
            if some.size
        )
        return
    wanted = orders[:, ::-1].tolist()
    if not given.all():
        wanted = [[child for child in row if child >= 0] for row in wanted]
    missing = np.bincount(orders[given], minlength=len(weights)).tolist()
    waiting: list[list[int]] = [[] for _ in weights]
    behind = [0] * len(weights)
    for row, children in enumerate(wanted):
        if children:
            behind[children[-1]] += len(children)
            waiting[children.pop()].append(row)
    urgent = [0 if 2 * weight > sum(weights) else weight**-0.5 for weight in weights]
    ready = [child for child, several in enumerate(waiting) if several]
    while ready:
        complete = [child for child in ready if len(waiting[child]) == missing[child]]
        child = complete[0] if complete else max(ready, key=lambda one: behind[one] * urgent[one])
        concerned, waiting[child], behind[child] = waiting[child], [], 0
        missing[child] -= len(concerned)
        yield child, np.array(sorted(concerned), np.int64)
        for row in concerned:
            if wanted[row]:
                behind[wanted[row][-1]] += len(wanted[row])
                waiting[wanted[row].pop()].append(row)
        ready = [child for child, several in enumerate(waiting) if several]


def _to_some(concerned: Rows, images: Rasters, child: Augmenter, own: Parameters) -> Rasters:
    """Apply a child to some images of the batch, which is written to and given back.

    Images that no longer are of one size become a list.

    Args:
        own: the child's parameters for the whole batch.
    """
    if not concerned.size:
        return images
    if isinstance(child, Chooser):
        return child.within(images, concerned, own)
    if concerned.size == len(images):
        return changed(child, images, own)
    if isinstance(images, list):
        some = changed(child, [images[row] for row in concerned], rows(own, concerned))
    else:
        some = changed(child, images[concerned], rows(own, concerned))
        if not isinstance(some, list) and some.shape[1:] == images.shape[1:]:
            images[concerned] = some
            return images
    listed = list(images)
    for row, one in zip(concerned, some, strict=True):
        listed[row] = one
    return together(listed)
