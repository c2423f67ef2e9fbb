"""The card: everything that must be known to use a set of weights, and that travels inside their file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from convlens.errors import UnknownNameError, WeightsError
from convlens.registry import near_names

Head = Literal["softmax", "sigmoid"]
HEADS: tuple[str, ...] = get_args(Head)

MOST_NAMED = 12
"""So many classes are listed in a sentence about a wrong one."""


@dataclass(frozen=True)
class Card:
    """What a network is, what it reads and what its answers mean.

    Attributes:
        architecture: a registered name, `module:function`, or the class name of a module built by the user.
        class_names: the answers, in the order of the columns of the logits.
        size: height and width in pixels.
        channels: 1 (grey) or 3 (RGB).
        head: "softmax" has one logit per class; "sigmoid" one logit for the second of two classes.
        mean: per channel, of the training images scaled to 0..1; subtracted first.
        std: per channel; divided by afterwards.
    """

    architecture: str
    class_names: tuple[str, ...]
    size: tuple[int, int]
    channels: int
    head: Head
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def outputs(self) -> int:
        """How many logits the network gives for a picture."""
        return 1 if self.head == "sigmoid" else len(self.class_names)

    def to_json(self) -> str:
        """Write the card as one line of JSON with sorted keys, so that equal cards are equal texts."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> "Card":
        """Read a card.

        Raises:
            WeightsError: a field is missing or of the wrong kind.
        """
        try:
            entries: Mapping[str, Any] = json.loads(text)
            values = {field.name: entries[field.name] for field in fields(Card)}
            card = Card(
                architecture=str(values["architecture"]),
                class_names=tuple(map(str, values["class_names"])),
                size=(int(values["size"][0]), int(values["size"][1])),
                channels=int(values["channels"]),
                head=values["head"],
                mean=tuple(map(float, values["mean"])),
                std=tuple(map(float, values["std"])),
            )
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise WeightsError(
                f"the weights file's description cannot be read ({error!r}); write the file anew"
            ) from error
        if card.head not in HEADS or len(card.mean) != card.channels or len(card.std) != card.channels:
            raise WeightsError(f"the weights file's description contradicts itself: {text}; write the file anew")
        return card


def class_place(name: str, class_names: Sequence[str]) -> int:
    """Give the place of a class by its name, or by its number where no class is called so.

    Raises:
        UnknownNameError: there is none; the sentence gives the nearest names and lists all.
    """
    if name in class_names:
        return class_names.index(name)
    if name.isdecimal() and int(name) < len(class_names):
        return int(name)
    listed = ", ".join(class_names[:MOST_NAMED]) + (", …" if len(class_names) > MOST_NAMED else "")
    raise UnknownNameError(
        f"the network has no class {name!r}{near_names(name, list(class_names))} "
        f"(it knows {listed}; a number from 0 to {len(class_names) - 1} will do too)"
    )
