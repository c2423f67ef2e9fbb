"""What the answers of a model from elsewhere mean: which of its columns is which class of the pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from convlens.arrays import Images
from convlens.data.class_map import IN_ORDER, ClassMap, in_order, read_class_map, require_all
from convlens.errors import SettingsError, ShapeError
from convlens.files import sha256
from convlens.models.answering import Answers, Groups, what_is_given
from convlens.models.card import Card
from convlens.models.foreign import PLAIN_FUNCTION, network_columns, own_columns, with_answers
from convlens.workflows.foreign_models import Model
from convlens.workflows.subjects import Subject


def understood(
    model: Model, probe: Images, class_map: Path | str | None = None, classes: Sequence[str] | None = None
) -> tuple[Subject, str, tuple[str, ...]]:
    """Find out what a model's answers mean.

    Args:
        probe: a few pictures as it reads them.
        class_map: a file, or "same".
        classes: those of the pictures; None when nobody says what they show.

    Returns:
        The subject, why its answers cannot be held against the classes ("" where they can, or there are none), notes.

    Raises:
        ConvlensError: it cannot be asked, or its answers do not fit the class map.
    """
    reads = model.reads
    card = Card(model.name, ("0", "1"), reads.size, reads.channels, "softmax", reads.mean, reads.std)
    if model.network is not None:
        columns = network_columns(model.network, card, probe)
    else:
        assert model.foreign is not None
        columns = own_columns(model.foreign, probe, card)
    given = what_is_given(columns)
    own = columns.shape[1]
    meaning = _meaning(model, max(2, own), class_map, classes)
    answers = Answers(given, None if _in_order(meaning.groups, max(2, own)) else meaning.groups)
    one_logit = own == 1 and answers.changes_nothing
    card = replace(card, class_names=meaning.names, head="sigmoid" if one_logit else "softmax")
    subject = Subject(
        model.name,
        None if model.network is None else with_answers(model.network, answers),
        card,
        model.weights,
        model.digest,
        foreign=None if model.foreign is None else replace(model.foreign, answers=answers),
        reading=_told(model, given, class_map),
    )
    notes = list(model.notes)
    if given == "probabilities":
        shown = "numbers between 0 and 1" if own == 1 else "rows that sum to 1"
        notes.append(f"the model gives probabilities ({shown}); their logarithms are taken for its logits")
    return subject, meaning.unmatched, tuple(notes)


@dataclass(frozen=True)
class _Meaning:
    names: tuple[str, ...]
    groups: Groups
    unmatched: str = ""


def _meaning(model: Model, count: int, class_map: Path | str | None, classes: Sequence[str] | None) -> _Meaning:
    """Say what each of a model's columns means, and whether that can be held against the classes of the pictures."""
    every = tuple((column,) for column in range(count))
    if class_map is not None:
        mapped = _class_map(class_map, classes)
        if classes is not None and str(class_map) == IN_ORDER and len(classes) != count:
            raise ShapeError(
                f"--class-map {IN_ORDER} says that the answers of {model.name!r} are the {len(classes):,} classes of "
                f"the pictures, in their order, but it gives {count:,}; name the class of each with --class-map FILE"
            )
        if classes is not None:
            require_all(mapped, classes)
        names, groups = mapped.for_columns(count)
        return _Meaning(names, groups)
    if model.built_for is not None:
        if len(model.built_for) != count:
            raise ShapeError(
                f"{model.name!r} was built for the {len(model.built_for)} classes of the pictures, but gives {count} "
                "answers; give one for each, or say with --class-map which answer is which class"
            )
        return _Meaning(model.built_for, every)
    own = model.names if model.names is not None and len(model.names) == count else ()
    if own and classes is not None and set(classes) <= set(own):
        return _Meaning(own, every)
    unmatched = "" if classes is None else _unmatched(model.name, count, classes)
    return _Meaning(own or tuple(f"answer {column}" for column in range(count)), every, unmatched)


def _class_map(class_map: Path | str, classes: Sequence[str] | None) -> ClassMap:
    if str(class_map) != IN_ORDER:
        return read_class_map(Path(class_map).expanduser())
    if classes is None:
        raise SettingsError(f"--class-map {IN_ORDER} needs pictures whose classes are known; these have none")
    return in_order(classes)


def _unmatched(name: str, count: int, classes: Sequence[str]) -> str:
    same = f", or --class-map {IN_ORDER} if its answers stand in that order" if count == len(classes) else ""
    listed = ", ".join(classes[:6]) + (f" and {len(classes) - 6} more" if len(classes) > 6 else "")
    return (
        f"nothing says which of the {count:,} answers of {name!r} means which class of the pictures ({listed}); "
        f"tell it with --class-map FILE{same}"
    )


def _told(model: Model, given: str, class_map: Path | str | None) -> dict[str, str | int | float | bool]:
    """Give how pictures and answers are read, for the notes of an audit's protocol."""
    told: dict[str, str | int | float | bool] = {}
    if model.foreign is None or model.foreign.kind != PLAIN_FUNCTION:
        told["mean"] = ",".join(f"{one:.6g}" for one in model.reads.mean)
        told["std"] = ",".join(f"{one:.6g}" for one in model.reads.std)
    told["answers"] = given
    if class_map is not None:
        path = Path(class_map).expanduser()
        content = "" if str(class_map) == IN_ORDER else f" {sha256(path.read_bytes())[:8]}"
        told["class_map"] = f"{path.name}{content}"
    return told


def _in_order(groups: Groups, count: int) -> bool:
    return groups == tuple((column,) for column in range(count))
