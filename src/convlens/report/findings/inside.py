"""What the maps, filters and units of a network show, in sentences."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from convlens.report.words import number

Maps = Float32[np.ndarray, "n _ _"]


def strongest(maps: Maps) -> tuple[int, int, int, float]:
    """Give filter, row, column and value of the largest number, the first of equals."""
    flat = np.where(np.isnan(maps), -np.inf, maps).ravel()
    place = int(flat.argmax())
    row, column = divmod(place % (maps.shape[1] * maps.shape[2]), maps.shape[2])
    return place // (maps.shape[1] * maps.shape[2]), row, column, float(flat[place])


def maps_in_words(maps: Maps, columns: int, shown: int, shrunk: bool, marked: int | None, positive: bool) -> str:
    """Say what the maps of a layer show: how many, which answers strongest and where, how many say nothing."""
    count, height, width = maps.shape
    told = _counted(count, "map") if shown == count else f"The first {shown} of {count:,} maps"
    told += f" of {height}×{width}" + (f", {columns} to a row, numbered from the top left" if count > 1 else "")
    told += "; drawn smaller, each pixel the mean of a block." if shrunk else "."
    filter_, row, column, value = strongest(maps)
    if count == 1:
        return f"{told} Its largest number is {number(value)}, at row {row}, column {column}."
    framed = marked is None or marked == filter_
    told += f" Filter {filter_}{' (framed)' if framed and filter_ < shown else ''} answers strongest: {number(value)}"
    told += f" at row {row}, column {column}."
    if marked is not None and not framed:
        told += f" Filter {marked} (framed) reaches {number(float(maps[marked].max()))}."
    silent = int((maps.reshape(count, -1).max(axis=1) <= 0).sum())
    if silent:
        what = "0 everywhere" if positive else "nowhere above 0, so that a ReLU leaves nothing of them"
        told += f" {silent:,} {'is' if silent == 1 else 'are'} {what}."
    return told


def filters_in_words(weights: Float32[np.ndarray, "filters channels h w"], columns: int, most: int, what: str) -> str:
    """Say how the weights of a layer are laid out, and which filter, or unit, has the largest ones."""
    count, channels, height, width = weights.shape
    told = _counted(count, what) if count <= most else f"The first {most} of {count:,} {what}s"
    told += f" of {height}×{width}" + (f", {columns} to a row, numbered from the top left" if count > 1 else "")
    told += f"; a {what}'s {channels} channels stand side by side." if channels > 1 else "."
    norms = np.sqrt((weights.astype(np.float64) ** 2).sum(axis=(1, 2, 3)))
    if count == 1:
        return f"{told} Its weights have the norm {number(float(norms[0]))}."
    largest, smallest = int(norms.argmax()), int(norms.argmin())
    return (
        f"{told} {what.capitalize()} {largest} has the largest weights (norm {number(float(norms[largest]))}), "
        f"{smallest} the smallest ({number(float(norms[smallest]))})."
    )


def together_in_words(together: int, rows: int, count: int) -> str:
    """Say how many pictures share a row of a heat map, where they do."""
    if together <= 1:
        return ""
    last = count - together * (rows - 1)
    rest = "" if last == together else f" (the last of {last})"
    return (
        f" All are in it: each of the {rows:,} rows is the mean of {together} pictures that follow one another{rest}."
    )


def units_in_words(values: Float32[np.ndarray, "n units"], what: str, positive: bool) -> str:
    """Say what a heat map of units shows: its size, the strongest unit on average, how many are never active."""
    count, units = values.shape
    means = values.mean(axis=0, dtype=np.float64)
    best = int(means.argmax())
    told = f"{count:,} {what} down, {_units(units)} across. "
    told += "Its mean is" if units == 1 else f"Unit {best} is largest on average"
    told += f" {number(float(means[best]))}" if units == 1 else f" ({number(float(means[best]))})"
    silent = int((values.max(axis=0) <= 0).sum())
    if positive and silent:
        told += f"; {silent:,} {'is' if silent == 1 else 'are'} 0 for all of them"
    return told + "."


def folded_in_words(shape: tuple[int, ...]) -> str:
    """Say how the units behind a flattening are counted."""
    channels, height, width = shape
    each = height * width
    if channels == 1:
        return f" Unit {width}·r + q is row r and column q of the map."
    return (
        f" Unit {each}·c + {width}·r + q is row r and column q of map c: each {each} columns belong to one of the "
        f"{channels:,} maps."
    )


NO_MAPS = "The network flattens the picture at once, so it has no maps: its first units look at the whole picture."
SCALES = (
    "Before a ReLU a map has both signs; what is blue is cut away by the ReLU. Maps that a ReLU has passed start at 0."
)
FILTERS = (
    "A filter answers strongly where the picture is bright under its green-blue weights and dark under its brown ones."
)
PATTERNS = (
    "Each unit weighs every pixel of the picture: it answers strongly where the picture is bright under green-blue "
    "weights and dark under brown ones."
)
UNITS = (
    "A row is a picture, or the mean of a few, a column a unit: an upright line is a unit that answers to all pictures "
    "of the class alike."
)


def rows_in_words(maps: Maps, name: str, layer: str, number_of: int) -> str:
    """Say what one filter makes of pictures of a class."""
    largest = maps.reshape(len(maps), -1).max(axis=1)
    above = int((largest > 0).sum())
    return (
        f"The first {len(maps)} pictures of {name}, and below each the map of filter {number_of} of {layer}, on one "
        f"scale. It rises above 0 in {above} of them; its largest answer lies between {number(float(largest.min()))} "
        f"and {number(float(largest.max()))}."
    )


def tops_in_words(names: Sequence[str | None], looked_at: int, maps: bool, known: bool) -> str:
    """Say which classes the pictures with the strongest answers are of.

    Args:
        names: the class of each; None where nobody knows it.
        maps: each answer has its place in a map, and so a part of the picture that it saw.
        known: which part that is.
    """
    counts = Counter(name for name in names if name is not None)
    listed = ", ".join(f"{name} {count}" for name, count in counts.most_common())
    classes = f"; by class {listed}" if listed else ""
    told = f"The {len(names)} strongest of {looked_at:,} pictures, with their answers{classes}. "
    if not maps:
        return f"{told}Such a unit looks at the whole picture."
    if not known:
        return f"{told}Which part of them was seen is not known: a step before cannot be followed."
    return f"{told}The frame is what the filter saw for that one answer, cut out below."


def maximised_in_words(
    at: str, layer: str, place: tuple[int, int] | None, before: float, after: float, moved: bool, framed: bool
) -> str:
    """Say what climbing found.

    Args:
        at: the step that was looked at; the named layer's input where that is a ReLU.
        place: row and column of the unit in its map.
        framed: what it sees is a part of the picture.
    """
    unit = "unit" if place is None else f"unit at row {place[0]}, column {place[1]}"
    where = f"{at}, before the ReLU" if at != layer else at
    if not moved:
        return f"The {unit} ({where}) has no gradient on a grey picture, so there is no way up from there."
    return (
        f"Climbed from a grey picture ({number(before)}) to {number(after)} for the {unit} ({where}), within the range "
        f"of real pixels.{' It sees nothing outside the frame.' if framed else ''} Such a picture shows what drives a "
        "unit, not what it means."
    )


def left_in_words(shown: int, count: int) -> str:
    """Say that a network was asked about a part of the pictures alone, where that is so."""
    return "" if shown == count else f" These are the first {shown:,} of {count:,}: the network is large."


def means_in_words(means: Float32[np.ndarray, "k units"], names: list[str], looked_at: int, count: int) -> str:
    """Say over which pictures the means are, and which two classes are most alike by the means of their units."""
    of_all = f"all {count:,}" if looked_at == count else f"{looked_at:,} of {count:,}"
    told = f"Means over {of_all} pictures, a row per class, {_units(means.shape[1])} across."
    if len(names) < 3:
        return told
    centred = means.astype(np.float64) - means.mean(axis=0, dtype=np.float64)
    norms = np.linalg.norm(centred, axis=1, keepdims=True)
    alike = (centred / np.maximum(norms, 1e-12)) @ (centred / np.maximum(norms, 1e-12)).T
    np.fill_diagonal(alike, -np.inf)
    one, other = divmod(int(alike.argmax()), len(names))
    return (
        f"{told} Most alike are {names[min(one, other)]} and {names[max(one, other)]} (correlation {alike.max():.2f})."
    )


def _units(count: int) -> str:
    return _counted(count, "unit")


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
