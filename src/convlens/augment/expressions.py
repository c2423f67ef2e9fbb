"""Augmenters as text, for the command line and the run folder: read without ever running it.

The text looks like Python, `Sequential([Affine(translate_px=(-5, 5), mode="edge"), shift])`, and may hold registered
augmenters, distributions and arithmetic on them, the names of recipes and literals; everything else is refused.
"""

import ast
import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any

from convlens.augment.algebra import Arithmetic, Constant, Distribution, Operator
from convlens.augment.aliases import ALIASES
from convlens.augment.augmenter import Augmenter
from convlens.augment.catalogue import AUGMENTERS, RECIPES
from convlens.augment.compose import Lambda
from convlens.augment.distributions import (
    Binomial,
    Choice,
    Clip,
    DiscreteUniform,
    Laplace,
    Normal,
    TruncatedNormal,
    Uniform,
)
from convlens.augment.grammar import ALL
from convlens.errors import SettingsError
from convlens.registry import near_names

DISTRIBUTIONS: Mapping[str, type[Distribution]] = {
    kind.__name__: kind
    for kind in (Binomial, Choice, Clip, Constant, DiscreteUniform, Laplace, Normal, TruncatedNormal, Uniform)
}
_NO_LAMBDA = "a Lambda holds a function, which only Python can; build that augmenter in Python"
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
_OPERATORS: Mapping[type[ast.operator], Operator] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


def parse(text: str) -> Augmenter:
    """Read an augmenter from an expression or from the name of a recipe.

    Raises:
        SettingsError: the text cannot be read, names something unknown, or gives a setting a wrong value.
    """
    try:
        value = _value(ast.parse(text.strip(), mode="eval").body)
    except _UNREADABLE:
        raise SettingsError(
            f"{text!r} could not be read as an augmentation; write something like "
            f"'Affine(translate_px=(-5, 5))' or the name of a recipe ({', '.join(RECIPES)})"
        ) from None
    if not isinstance(value, Augmenter):
        raise SettingsError(f"{text!r} is no augmenter; write one like 'Affine(translate_px=(-5, 5))'")
    return value


def read_setting(text: str) -> object:
    """Read one setting: a text with brackets is an expression, None is nothing, and any other is a word.

    Raises:
        SettingsError: as `parse`.
    """
    if not set(text) & set("([{"):
        return None if text == "None" else text
    try:
        return _value(ast.parse(text.strip(), mode="eval").body)
    except _UNREADABLE:
        raise SettingsError(
            f"{text!r} could not be read as a setting; write a range like '(-5, 5)' or a distribution like "
            "'Normal(0, 1)'"
        ) from None


def spelled(augmenter: Augmenter) -> str:
    """Give the expression that `parse` reads back to an equal augmenter.

    Raises:
        SettingsError: there is a `Lambda` in it, whose function no text can hold.
    """
    if _holds_function(augmenter):
        raise SettingsError(f"{augmenter!r} cannot be written down as text: {_NO_LAMBDA}")
    return repr(augmenter)


def made(name: str, given: Mapping[str, object]) -> Augmenter | Distribution:
    """Make an augmenter, or a distribution, by its name and its settings.

    Raises:
        SettingsError: there is no such name or setting, one is missing, or has a wrong value.
    """
    kind = _kind(name)
    settings = inspect.signature(kind).parameters
    known = list(settings)
    for setting in given:
        if setting not in known:
            raise SettingsError(
                f"{name} has no setting {setting!r}{near_names(setting, known)} (it has {', '.join(known)})"
            )
    required = [one.name for one in settings.values() if one.default is one.empty]
    if missing := [one for one in required if one not in given]:
        raise SettingsError(f"{name} wants {' and '.join(missing)} as well")
    built: Augmenter | Distribution = kind(**given)
    return built


def _holds_function(augmenter: Augmenter) -> bool:
    settings = [getattr(augmenter, one.name) for one in dataclasses.fields(augmenter)]
    children = [child for one in settings if isinstance(one, tuple) for child in one if isinstance(child, Augmenter)]
    return isinstance(augmenter, Lambda) or any(map(_holds_function, children))


def _value(node: ast.expr) -> object:
    match node:
        case ast.Constant(value=str() | bool() | int() | float() | None as literal):
            return literal
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.UnaryOp(op=ast.UAdd(), operand=ast.Constant(value=int() | float() as number)):
            return number
        case ast.Tuple(elts=elements):
            return tuple(_value(one) for one in elements)
        case ast.List(elts=elements):
            return [_value(one) for one in elements]
        case ast.Dict(keys=keys, values=values) if all(keys):
            return {_key(key): _value(one) for key, one in zip(keys, values, strict=True)}
        case ast.Name(id=name):
            return _named(name)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
            return _called(name, arguments, keywords)
        case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _OPERATORS:
            sides = _value(left), _value(right)
            if any(isinstance(side, Distribution) for side in sides):
                first, second = map(_operand, sides)
                return Arithmetic(first, _OPERATORS[type(operation)], second)
    raise SettingsError(
        f"{ast.unparse(node)!r} may not stand in an augmentation; "
        "only augmenters, distributions, recipes, numbers, words, tuples, lists and {'x': …, 'y': …} may"
    )


def _operand(side: object) -> int | float | Distribution:
    if isinstance(side, (int, float, Distribution)) and not isinstance(side, bool):
        return side
    raise SettingsError(f"+ − * / on distributions want numbers or distributions, got {side!r}")


def _key(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise SettingsError(f"a {{…}} in an augmentation wants words as keys, got {ast.unparse(node) if node else '**'!r}")


def _named(name: str) -> Augmenter | str:
    if name == ALL:
        return ALL
    if name in RECIPES:
        return RECIPES[name]()
    if name in AUGMENTERS or name in DISTRIBUTIONS or name in ALIASES:
        raise SettingsError(f"{name} wants its settings in brackets; write {name}(…)")
    if name == "Lambda":
        raise SettingsError(_NO_LAMBDA)
    raise _unknown(name)


def _called(name: str, arguments: list[ast.expr], keywords: list[ast.keyword]) -> Augmenter | Distribution:
    if name in RECIPES:
        raise SettingsError(f"{name} is a recipe and takes no settings; write {name} without brackets")
    settings = inspect.signature(_kind(name)).parameters.values()
    positional = [one.name for one in settings if one.kind is one.POSITIONAL_OR_KEYWORD]
    if len(arguments) > len(positional):
        raise SettingsError(f"{name} takes {len(positional)} settings without a name, got {len(arguments)}")
    given = {setting: _value(one) for setting, one in zip(positional, arguments, strict=False)}
    for keyword in keywords:
        if keyword.arg is None:
            raise SettingsError(
                f"{name} wants each setting spelled out, name=value; ** may not stand in an augmentation"
            )
        if keyword.arg in given:
            raise SettingsError(f"{name} got {keyword.arg!r} twice; give it once")
        given[keyword.arg] = _value(keyword.value)
    return made(name, given)


def _kind(name: str) -> Any:
    """Find the class of an augmenter or of a distribution, or the function behind an old name."""
    if name == "Lambda":
        raise SettingsError(_NO_LAMBDA)
    kinds: dict[str, Any] = {**AUGMENTERS, **DISTRIBUTIONS, **ALIASES}
    if name not in kinds:
        raise _unknown(name)
    return kinds[name]


def _unknown(name: str) -> SettingsError:
    known = [*AUGMENTERS, *RECIPES, *DISTRIBUTIONS, *ALIASES]
    return SettingsError(
        f"no augmenter or recipe is named {name!r}{near_names(name, known)} (`convlens augment --list` shows all)"
    )
