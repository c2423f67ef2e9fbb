"""Which view of a network's inside is asked for, and each view: one workflow called, its result shown."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from convlens import workflows
from convlens.cli import options, show
from convlens.errors import SettingsError

if TYPE_CHECKING:
    from convlens.explain.unit import Unit
    from convlens.workflows.explaining import Explained
    from convlens.workflows.reading import Reading

BLOCKS = "blocks"
"""The word that stands where a network does, for the page of worked examples; a run folder called so goes before."""

View = Literal["seen", "unit", "steps", "saliency", "field", "field of a unit", "blocks"]

TAKES: dict[View, frozenset[str]] = {
    "seen": frozenset({"layer", "filter", "images"}),
    "unit": frozenset({"unit", "python"}),
    "steps": frozenset({"steps", "python"}),
    "saliency": frozenset({"saliency", "target", "layer"}),
    "field": frozenset({"field", "layer"}),
    "field of a unit": frozenset({"field", "unit"}),
    "blocks": frozenset(),
}
"""The options that each view understands, besides those that say where pictures come from and results go."""


@dataclass(frozen=True)
class Asked:
    """What stands on the command line of `convlens explain`."""

    run: str
    pictures: tuple[str, ...] = ()
    unit: str | None = None
    steps: bool = False
    python: bool = False
    saliency: str | None = None
    target: str | None = None
    layer: str | None = None
    filter: int | None = None
    images: str | None = None
    field: bool = False
    fit: options.FitName | None = None
    data: str | None = None
    split: str = "test"
    to: str | None = None
    model: str | None = None
    reading: "Reading | None" = None
    as_json: bool = False

    @property
    def given(self) -> tuple[str, ...]:
        """The options that choose a view or steer it, as far as they are given."""
        known = sorted(frozenset[str]().union(*TAKES.values()))
        return tuple(name for name in known if getattr(self, name) is not None and getattr(self, name) is not False)

    @property
    def picture(self) -> str:
        """The one picture.

        Raises:
            SettingsError: there is none, or more than one.
        """
        if not self.pictures:
            raise SettingsError("name a picture: a file, or the number of a test picture of the run's data")
        if len(self.pictures) > 1:
            raise SettingsError(f"numbers are shown of one picture at a time; got {len(self.pictures)}, name one")
        return self.pictures[0]

    @property
    def source(self) -> dict[str, Any]:
        """Where network and pictures come from."""
        return {"data": self.data, "split": self.split, "model": self.model, "reading": self.reading}


def view_of(asked: Asked) -> View:
    """Say which view is asked for.

    Raises:
        SettingsError: two options ask for different things, or one asks for nothing by itself.
    """
    given = asked.given
    if asked.run == BLOCKS and not Path(BLOCKS).exists():
        if given or asked.pictures:
            needless = f"--{given[0]}" if given else repr(asked.pictures[0])
            raise SettingsError(
                f"`explain {BLOCKS}` writes a page of worked examples and looks at no picture; leave out {needless}"
            )
        return "blocks"
    for pair in combinations(given, 2):
        if not any(takes.issuperset(pair) for takes in TAKES.values()):
            options.one_at_most(**dict.fromkeys(pair, True))
    options.one_at_most(python=asked.python, json=asked.as_json)
    if asked.target is not None and asked.saliency is None:
        raise SettingsError("--target is the class that --saliency explains; add --saliency all, or leave it out")
    if (asked.unit is not None or asked.steps or asked.python) and not asked.field:
        if asked.to is not None:
            raise SettingsError("numbers are printed and not written to a file; leave out --to, or end with > FILE")
        return "unit" if asked.unit is not None else "steps"
    if asked.unit is not None:
        return "field of a unit"
    if asked.field and asked.pictures:
        raise SettingsError(
            f"--field alone is about many test pictures, and {asked.pictures[0]!r} names one; leave it out, or add "
            "--unit LAYER:CHANNEL,ROW,COLUMN to see which of its pixels that number can depend on"
        )
    return "saliency" if asked.saliency is not None else "field" if asked.field else "seen"


def show_view(asked: Asked) -> None:
    """Show the view that is asked for.

    Raises:
        ConvlensError: options contradict each other, or what they name is not to be had.
    """
    _VIEWS[view_of(asked)](asked)


def _seen(asked: Asked) -> None:
    chosen: dict[str, Any] = {"layer": asked.layer, "filter": asked.filter, "images_of": asked.images}
    found = workflows.see(asked.run, asked.pictures, **chosen, fit=asked.fit, to=asked.to, **asked.source)
    show.as_json(found.to_json()) if asked.as_json else show.seen(found)


def _unit(asked: Asked) -> None:
    found = workflows.explain_unit(asked.run, asked.picture, asked.unit or "", fit=asked.fit, **asked.source)
    _numbers(asked, found)


def _steps(asked: Asked) -> None:
    _numbers(asked, workflows.explain(asked.run, asked.picture, fit=asked.fit, **asked.source))


def _numbers(asked: Asked, found: "Explained | Unit") -> None:
    if asked.as_json:
        show.as_json(found.to_json())
    else:
        show.line((found.python() if asked.python else found.text()).rstrip())


def _saliency(asked: Asked) -> None:
    chosen: dict[str, Any] = {"methods": asked.saliency, "target": asked.target, "layer": asked.layer}
    maps = workflows.saliency_maps(asked.run, asked.pictures, **chosen, fit=asked.fit, to=asked.to, **asked.source)
    show.as_json(maps.to_json()) if asked.as_json else show.saliency(maps)


def _field(asked: Asked) -> None:
    reach = workflows.effective(asked.run, asked.layer, to=asked.to, **asked.source)
    show.as_json(reach.to_json()) if asked.as_json else show.effective(reach)


def _field_of_a_unit(asked: Asked) -> None:
    chosen: dict[str, Any] = {"fit": asked.fit, "to": asked.to, **asked.source}
    found = workflows.field_on_picture(asked.run, asked.pictures, asked.unit or "", **chosen)
    show.as_json(found.to_json()) if asked.as_json else show.line(found.text())


def _blocks(asked: Asked) -> None:
    show.line(f"wrote {workflows.write_blocks(asked.to)}")


_VIEWS: dict[View, Callable[[Asked], None]] = {
    "seen": _seen,
    "unit": _unit,
    "steps": _steps,
    "saliency": _saliency,
    "field": _field,
    "field of a unit": _field_of_a_unit,
    "blocks": _blocks,
}
