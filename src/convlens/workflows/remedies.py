"""The ladder of remedies for a run: what each rung changes about its training, as settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from convlens.augment.affine import Affine
from convlens.augment.compose import Sequential
from convlens.augment.expressions import parse, spelled
from convlens.augment.geometry import MODES, border_of_mode, checked_border
from convlens.models.custom import is_custom
from convlens.models.networks import MODELS, canonical
from convlens.models.options import base, chosen
from convlens.workflows.settings import RunSettings

AS_IT_IS, SHIFTS, WORST, STEADY = ("as-it-is", "shifts", "worst", "steady")
POOLED, BLUR, APS, VOTE = ("pooled", "blur", "aps", "vote")
NOTHING: Mapping[str, str] = MappingProxyType({})
OWN_SAMPLING = MappingProxyType({BLUR: "blur3", APS: "aps"})
"""The rungs that change how a network of the user's own samples, and their values of its option `anti_alias`."""

WORST_OF = 10
VOTE_RADIUS = 1


@dataclass(frozen=True)
class Remedy:
    """One rung: a training like that of the rung it stands on, but for one thing.

    Attributes:
        name: of its run folder.
        label: for tables.
        on: the rung it stands on; "" for the first. A vote stands on the best one there is by then.
        settings: what is trained; the rungs "as-it-is" and "vote" train nothing.
        skipped: why it cannot be climbed, or changes nothing; "" when it is climbed.
    """

    name: str
    label: str
    on: str
    settings: RunSettings
    skipped: str = ""

    @property
    def is_trained(self) -> bool:
        """Whether it has a network of its own."""
        return self.name not in (AS_IT_IS, VOTE)


def remedies(
    own: RunSettings, *, shift: int, border: str, fill: int = 0, stays: Mapping[str, str] = NOTHING
) -> tuple[Remedy, ...]:
    """Give the rungs for a run, from the run itself to a vote; each keeps what the rungs before it changed.

    Args:
        own: how the run was trained.
        shift: train for shifts of up to so many pixels along both axes.
        border: what comes in where content has moved away, as in the audit.
        fill: its grey level under "zeros".
        stays: for a network of the user's own: why it cannot be what a rung asks, by the rung's name.

    Raises:
        SettingsError: an unknown border rule.
    """
    settings, on = own, AS_IT_IS
    ladder = [Remedy(AS_IT_IS, "as it is", "", own)]
    for name, label, change in _CHANGES:
        changed = stays.get(name) or change(settings, shift, border, fill)
        why = changed if isinstance(changed, str) else _ALREADY if changed == settings else ""
        rung = Remedy(name, label, on, settings if isinstance(changed, str) else changed, why)
        ladder.append(rung)
        if name != STEADY and not why:  # a rung beside the others: they go on with the network as it was
            settings, on = rung.settings, name
    return (*ladder, Remedy(VOTE, f"+ vote over {(2 * VOTE_RADIUS + 1) ** 2} moves", "", settings))


Change = Callable[[RunSettings, int, str, int], "RunSettings | str"]
"""From settings, shift, border and fill to the changed settings, or to why they cannot be changed so."""

_SMALL = ("mlp", "cnn", "toy")
"""The networks in whose place `steady` can be tried."""

_ALREADY = "the network is trained so already"


def _shifts(settings: RunSettings, shift: int, border: str, fill: int) -> RunSettings:
    mode = next(one for one in MODES if border_of_mode(one) == checked_border(border))
    moved = Affine(translate_px={"x": (-shift, shift), "y": (-shift, shift)}, cval=fill, mode=mode)
    if settings.augment == spelled(moved):
        return settings
    return replace(
        settings, augment=spelled(Sequential([parse(settings.augment), moved]) if settings.augment else moved)
    )


def _worst(settings: RunSettings, *_: object) -> RunSettings:
    training = settings.training
    return replace(settings, training=replace(training, worst_of=max(training.worst_of, WORST_OF)))


def _steady(settings: RunSettings, *_: object) -> RunSettings | str:
    if is_custom(settings.model):
        return "a network of your own stays what it is"
    if base(settings.model) == STEADY:
        return settings
    if base(settings.model) not in _SMALL:
        return f"{STEADY!r} is made for small pictures, unlike {settings.model!r}"
    return replace(settings, model=STEADY)


def _pooled(settings: RunSettings, *_: object) -> RunSettings | str:
    if "head" not in _options(settings.model):
        return f"how {settings.model!r} ends is up to whoever wrote it: it has no option head=pooled"
    return _with(settings, head="pooled")


def _blur(settings: RunSettings, *_: object) -> RunSettings | str:
    if is_custom(settings.model):
        return _with(settings, anti_alias=OWN_SAMPLING[BLUR])
    if "pool" not in _options(settings.model):
        return f"the network {settings.model!r} has no option for how it samples"
    return _with(settings, pool="blur3")


def _aps(settings: RunSettings, _: int, border: str, __: int) -> RunSettings | str:
    if is_custom(settings.model):
        return _with(settings, anti_alias=OWN_SAMPLING[APS])
    if "pool" not in _options(settings.model):
        return f"the network {settings.model!r} has no option for how it samples"
    # Round the torus APS keeps its promise where the convolutions go round it too.
    circular = {"padding": "circular"} if border == "wrap" and "padding" in _options(settings.model) else {}
    return _with(settings, pool="aps", **circular)


_CHANGES: tuple[tuple[str, str, Change], ...] = (
    (SHIFTS, "+ shifts in training", _shifts),
    (WORST, f"+ the worst of {WORST_OF} shifts", _worst),
    (STEADY, "the network steady instead", _steady),
    (POOLED, "+ pooled head", _pooled),
    (BLUR, "+ BlurPool", _blur),
    (APS, "APS in its place", _aps),
)


def _options(model: str) -> dict[str, str]:
    """Give the options of a registered network as they are chosen in its name."""
    return chosen(model, MODELS[model].options) if model in MODELS else {}


def _with(settings: RunSettings, **changed: str) -> RunSettings:
    if is_custom(settings.model):
        options = ",".join(f"{name}={value}" for name, value in changed.items())
        return replace(settings, model=f"{base(settings.model)}[{options}]")
    values = _options(settings.model) | changed
    name = f"{base(settings.model)}[{','.join(f'{one}={value}' for one, value in values.items())}]"
    return replace(settings, model=canonical(name))
