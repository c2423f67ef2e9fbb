"""A network by name, built without any pictures: for its layer table, and for what the doctor sees in it alone."""

from dataclasses import dataclass

from convlens.errors import SettingsError
from convlens.models.card import Card, Head
from convlens.models.custom import asks_for, build, is_custom
from convlens.models.networks import MODELS, canonical, resolve_head
from convlens.models.timm_model import PREFIX, open_timm
from convlens.workflows.subjects import Subject


@dataclass(frozen=True, eq=False)
class ByItself:
    """A network that was built without pictures.

    Attributes:
        subject: its classes are called "0", "1", …
        card_holds: whether somebody says what the network is for, and the card is no mere guess.
    """

    subject: Subject
    card_holds: bool


def by_itself(
    reference: str, *, shape: str | None = None, classes: int | None = None, head: Head | None = None
) -> ByItself:
    """Build a registered network, `timm:NAME` without its published weights, or the user's own from `module:function`.

    Args:
        shape: the picture as "channels x height x width", such as "3x64x64"; a network's own when None.
        classes: a network's own when None; two for a sigmoid head.

    Raises:
        UnknownNameError: there is no such network.
        SettingsError: `shape` cannot be read, or classes or a head are given for a network that has its own.
    """
    if reference.startswith(PREFIX):
        require_no_head(reference, classes, head)
        known = open_timm(reference, pretrained=False)
        channels, size = (known.channels, known.size) if shape is None else read_shape(shape)
        return ByItself(Subject(reference, known.module, _card(reference, 2, size, channels), known.weights), False)
    reference = canonical(reference)
    entry = None if is_custom(reference) else MODELS[reference]
    usual = f"{entry.channels}x{entry.size}x{entry.size}" if entry else "1x28x28"
    channels, size = read_shape(shape or usual)
    told = entry is not None or classes is not None or head is not None or "classes" in asks_for(reference)
    if classes is None:
        classes = 2 if head == "sigmoid" else entry.classes if entry else 10
    resolved = resolve_head(reference, classes, head)
    module = build(reference, classes=classes, channels=channels, size=size, head=resolved)
    words = "untrained weights (seed 0)" if entry else "the weights its function gives"
    return ByItself(Subject(reference, module, _card(reference, classes, size, channels, resolved), words), told)


def require_no_head(reference: str, classes: int | None, head: Head | None) -> None:
    """Refuse classes and a head for a network that has its own.

    Raises:
        SettingsError: one of them was given.
    """
    if classes is not None or head is not None:
        raise SettingsError(f"{reference!r} has its classes and its head; leave out --classes and --head")


def read_shape(text: str) -> tuple[int, tuple[int, int]]:
    """Read a picture's shape, "1x28x28": channels, and (height, width).

    Raises:
        SettingsError: it cannot be read.
    """
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) != 3 or not all(part.isdigit() and int(part) > 0 for part in parts):
        raise SettingsError(f"a picture's shape is written channels x height x width, like 1x28x28; got {text!r}")
    channels, height, width = map(int, parts)
    if width in (1, 3) and channels > 4:
        raise SettingsError(
            f"a picture's shape is written channels x height x width, and {text!r} looks like height x width x "
            f"channels; write {width}x{channels}x{height}"
        )
    return channels, (height, width)


def _card(name: str, classes: int, size: tuple[int, int], channels: int, head: Head = "softmax") -> Card:
    return Card(name, tuple(map(str, range(classes))), size, channels, head, (0.0,) * channels, (1.0,) * channels)
