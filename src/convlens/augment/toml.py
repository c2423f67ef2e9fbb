"""Augmenters as recipe files, to be written by hand and read by both.

    random_order = true                # settings of the whole, where there are any

    [[augment]]                        # one table for each step, one after the other
    kind = "Affine"
    rotate = "(-15, 15)"               # ranges and distributions in quotes, as the one grammar has them
    translate_px = { x = "(-5, 5)", y = 2 }
    order = [0, 1]                     # a list is one of these
    mode = "edge"

    [[augment]]
    kind = "Sometimes"
    p = 0.5

        [[augment.then_list]]          # what a step holds: more tables
        kind = "GaussianBlur"
        sigma = "(0, 1)"

A table's `kind` is the class; its other keys are the settings, by their names. Wherever a table may stand, so may an
expression or the name of a recipe, in quotes: `augment = ["shift", "Fliplr(0.5)"]`. A lone `[augment]` is that one
augmenter.
"""

import ast
import dataclasses
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from convlens.augment.augmenter import Augmenter
from convlens.augment.catalogue import AUGMENTERS, RECIPES
from convlens.augment.compose import Sequential
from convlens.augment.expressions import made, parse, read_setting, spelled
from convlens.errors import SettingsError
from convlens.files import toml_text
from convlens.registry import near_names

KIND = "kind"
STEPS = "augment"
_OF_THE_WHOLE = ("random_order", "seed", "name")
_INDENT = "    "


def to_table(augmenter: Augmenter) -> dict[str, Any]:
    """Give an augmenter as a table of plain values: its `kind` and the settings that its expression names.

    Raises:
        SettingsError: there is a `Lambda` in it, whose function no text can hold.
    """
    table: dict[str, Any] = _plain(ast.parse(spelled(augmenter), mode="eval").body)
    return table


def from_table(table: Mapping[str, Any]) -> Augmenter:
    """Read what `to_table` gave, or was written by hand.

    Raises:
        SettingsError: a class or a setting is unknown, or a value is wrong; the sentence says in which table.
    """
    return _read_table(table, STEPS)


def to_toml(augmenter: Augmenter) -> str:
    """Write an augmenter as a recipe file; raises like `to_table`."""
    table = to_table(augmenter)
    if not isinstance(augmenter, Sequential):
        return "\n".join([f"[{STEPS}]", *_lines(table, STEPS, 0)]) + "\n"
    whole = {name: table[name] for name in _OF_THE_WHOLE if name in table}
    # Named last, as TOML has it: what stands behind a table's head belongs to that table.
    return "\n".join(_lines({**whole, STEPS: table["children"]}, "", -1)).lstrip("\n") + "\n"


def from_toml(text: str) -> Augmenter:
    """Read a recipe file.

    Raises:
        SettingsError: it is no TOML, or as `from_table`.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"this is no TOML: {error}") from error
    steps = content.pop(STEPS, None)
    if not isinstance(steps, (list, dict)):
        raise SettingsError(
            f"a recipe file holds a table [[{STEPS}]] for each step, or {STEPS} = […]; "
            f"this one holds {', '.join(map(repr, content)) or 'nothing'}{'' if steps is None else f' and {steps!r}'}"
        )
    of_the_whole = _OF_THE_WHOLE if isinstance(steps, list) else ()
    for name in content:
        if name not in of_the_whole:
            may = f"{', '.join(of_the_whole)} may" if of_the_whole else "nothing may"
            raise SettingsError(
                f"beside {STEPS}, {may} stand in a recipe file, got {name!r}{near_names(name, [STEPS, *of_the_whole])}"
            )
    if isinstance(steps, dict):
        return _read_table(steps, STEPS)
    children = [_augmenter(one, f"{STEPS} {number}") for number, one in enumerate(steps, start=1)]
    return _built(Sequential.__name__, {"children": children, **content})


@contextmanager
def placed(where: str) -> Iterator[None]:
    """Put a place in front of the sentence about a wrong setting."""
    try:
        yield
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from error


def _plain(node: ast.expr) -> Any:
    """Take an augmenter's own spelling apart."""
    match node:
        case ast.Constant(value=None):
            return "None"
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.List(elts=elements):
            return [_plain(one) for one in elements]
        case ast.Dict(keys=keys, values=values):
            return {ast.literal_eval(key): _plain(one) for key, one in zip(keys, values, strict=True) if key}
        case ast.Call(func=ast.Name(id=kind), args=arguments, keywords=keywords) if kind in AUGMENTERS:
            named = [one.name for one in dataclasses.fields(AUGMENTERS[kind]) if one.init and not one.kw_only]
            given = {name: _plain(one) for name, one in zip(named, arguments, strict=False)}
            return {KIND: kind, **given, **{one.arg: _plain(one.value) for one in keywords}}
        case _:
            return ast.unparse(node)


def _augmenter(value: object, place: str) -> Augmenter:
    if isinstance(value, str):
        with placed(place):
            return parse(value)
    if isinstance(value, Mapping):
        return _read_table(value, place)
    raise SettingsError(f"{place} wants a table, or an expression in quotes, got {value!r}")


def _read_table(table: Mapping[str, Any], place: str) -> Augmenter:
    kind = table.get(KIND)
    if not isinstance(kind, str):
        raise SettingsError(f'{place} wants {KIND} = "…", the name of an augmenter, got {kind!r}')
    if kind in RECIPES and len(table) == 1:
        return RECIPES[kind]()
    here = f"{place} ({kind})"
    given = {name: _setting(value, name, f"{here}, {name}") for name, value in table.items() if name != KIND}
    with placed(here):
        if kind in RECIPES:
            raise SettingsError(f"{kind} is a recipe and takes no settings, got {', '.join(map(repr, given))}")
        return _built(kind, given)


def _built(kind: str, given: Mapping[str, object]) -> Augmenter:
    augmenter = made(kind, given)
    if not isinstance(augmenter, Augmenter):
        raise SettingsError(f"{kind} is a distribution, no augmenter; it stands in quotes in a setting")
    return augmenter


def _setting(value: object, name: str, place: str) -> object:
    if isinstance(value, Mapping):
        if KIND in value:
            return _read_table(value, place)
        return {key: _setting(one, name, place) for key, one in value.items()}
    if isinstance(value, list):
        nested = any(isinstance(one, Mapping) for one in value)
        return [
            _setting(one, name, f"{place} {number}" if nested else place) for number, one in enumerate(value, start=1)
        ]
    if not isinstance(value, str) or name == "name":
        return value
    with placed(place):
        return RECIPES[value]() if value in RECIPES else read_setting(value)


def _lines(table: Mapping[str, Any], path: str, depth: int) -> Iterator[str]:
    """Spell a table's own values, then what it holds, further in."""
    indent = _INDENT * depth
    nested = {name: value for name, value in table.items() if _holds_tables(value)}
    for name, value in table.items():
        if name not in nested:
            yield f"{indent}{name} = {_spelled(value)}"
    for name, value in nested.items():
        inner = f"{path}.{name}" if path else name
        head = f"[{inner}]" if isinstance(value, Mapping) else f"[[{inner}]]"
        for one in [value] if isinstance(value, Mapping) else value:
            yield ""
            yield f"{indent}{_INDENT if path else ''}{head}"
            yield from _lines(one, inner, depth + 1)


def _holds_tables(value: object) -> bool:
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, Mapping) and KIND in first


def _spelled(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{name} = {_spelled(one)}' for name, one in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_spelled, value))}]"
    return toml_text({"value": value}).partition(" = ")[2].rstrip("\n")
