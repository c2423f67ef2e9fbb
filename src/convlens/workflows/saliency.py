"""Which pixels of a picture speak for a class, and can the maps that say so be trusted?"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from convlens.arrays import Images
from convlens.data.fitting import Fit
from convlens.errors import SettingsError
from convlens.explain.saliency.checking import METHODS, SEEDS, Order, checked, explainers
from convlens.explain.saliency.pictures import PictureMaps
from convlens.explain.saliency.results import Method
from convlens.explain.saliency.scores import answered
from convlens.models.card import Card, class_place
from convlens.models.tensors import tensors
from convlens.registry import one_of
from convlens.report.findings.saliency import verdict
from convlens.tables import Table
from convlens.workflows.explain_files import explain_folder, renewed_page
from convlens.workflows.foreign import require_labelled
from convlens.workflows.kept_maps import FOLDER, write_maps
from convlens.workflows.looking import pictured
from convlens.workflows.reading import Reading
from convlens.workflows.subjects import Subject

ALL: Literal["all"] = "all"


@dataclass(frozen=True, eq=False)
class Saliency:
    """The maps of some pictures with their checks, and where they lie.

    Attributes:
        files: that were written.
        page: the run's page, if it was written anew.
    """

    subject: Subject
    pictures: tuple[PictureMaps, ...]
    files: tuple[Path, ...]
    page: Path | None

    @property
    def table(self) -> Table:
        """A row for each map: what it explains, and what its checks found."""
        return Table.from_rows(
            {
                "picture": one.name,
                "class": one.class_name,
                "map": found.map.method,
                "deletion area": round(found.deletion.area, 3),
                "random orders": "{:.3f} ({:.3f}–{:.3f})".format(
                    *(float(value) for value in _mean_and_ends(found.deletion.random_areas))
                ),
                "random weights": round(found.randomisation.likeness, 2),
                "checks": verdict(found),
            }
            for one in self.pictures
            for found in one.maps
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """The whole label of each map that failed, and why each one that is missing could not be made."""
        failed = [
            f"{one.name}, {found.map.method}: {found.label}"
            for one in self.pictures
            for found in one.maps
            if found.label
        ]
        missing = [f"{method}: left out, for {reason}" for one in self.pictures[:1] for method, reason in one.left_out]
        return (*failed, *missing)

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {
            "subject": self.subject.name,
            "weights": self.subject.weights,
            "pictures": [one.to_json() for one in self.pictures],
            "files": list(map(str, self.files)),
            "page": None if self.page is None else str(self.page),
        }


def saliency_maps(
    reference: str | Path,
    pictures: Sequence[str | Path],
    *,
    methods: str = ALL,
    target: str | None = None,
    layer: str | None = None,
    patch: int | None = None,
    stride: int | None = None,
    order: Order = "full",
    seeds: int = SEEDS,
    seed: int = 0,
    data: str | None = None,
    split: str = "test",
    fit: Fit | None = None,
    to: str | Path | None = None,
    model: str | None = None,
    reading: Reading | None = None,
    page: bool = True,
) -> Saliency:
    """Make saliency maps of pictures, each with its deletion score and its weight randomisation.

    Everything goes into the run's folder `explain/saliency`, as SVG, JSON and arrays, and the run's page shows it; what
    is no run has the folder `audits/NAME/saliency`.

    Args:
        pictures: files, or numbers of pictures in the split.
        methods: names with commas between, or "all": then those that the network does not allow are left out.
        target: the class to explain, by name or number; the network's answer to each picture when None.
        layer: for Grad-CAM; the last with rows and columns when None.
        patch: for occlusion, as `stride`.
        order: weights are randomised "full", all at once, or "cascading", from the answer down.
        seeds: so many times.
        to: another folder to hold `saliency`.
        reading: how a model from elsewhere reads its pictures.
        page: write the page of the run, or of the folder, anew.

    Raises:
        UnknownNameError: the network has no such class or layer.
        SettingsError: there is no such method, or it cannot be had of this network.
        ShapeError: a picture has another size, and `fit` is not given.
        DataError: a picture is not to be had.
    """
    asked = named_methods(methods)
    if not pictures:
        raise SettingsError("name a picture: a file, or the number of a test picture of the run's data")
    look = pictured(reference, pictures, data=data, split=split, fit=fit, model=model, reading=reading)
    subject = look.subject
    if target is not None and not target.isdecimal() and target not in subject.card.class_names and look.opened:
        require_labelled(look.opened)  # a class of the pictures, which a class map makes one of the model's
    folder = explain_folder(subject, to)
    settings: dict[str, Any] = {"layer": layer, "patch": patch, "stride": stride}
    checks: dict[str, Any] = {"order": order, "seeds": seeds, "seed": seed}
    found = tuple(
        _maps(subject, look.images[row : row + 1], name, asked, target, settings, checks, strict=methods != ALL)
        for row, name in enumerate(look.words)
    )
    files = write_maps(folder / FOLDER.name, subject, found)
    return Saliency(subject, found, files, renewed_page(subject, folder, model) if page else None)


def named_methods(text: str) -> tuple[Method, ...]:
    """Read "all" or "gradient,grad-cam".

    Raises:
        SettingsError: there is no such method; the sentence gives the nearest and lists all.
    """
    known: tuple[Method | Literal["all"], ...] = (ALL, *METHODS)
    named = dict.fromkeys(one_of("saliency map", part.strip(), known) for part in text.split(","))
    return METHODS if ALL in named else tuple(one for one in named if one != ALL)


def grey(card: Card) -> tuple[float, ...]:
    """Give what covers a pixel, as the network reads it: the training mean, or a middle grey where that is unknown."""
    return tuple(
        0.0 if mean > 0 else (0.5 - mean) / deviation for mean, deviation in zip(card.mean, card.std, strict=True)
    )


def _maps(
    subject: Subject,
    image: Images,
    name: str,
    methods: Sequence[Method],
    target: str | None,
    settings: dict[str, Any],
    checks: dict[str, Any],
    *,
    strict: bool,
) -> PictureMaps:
    card, module = subject.card, subject.module
    picture = tensors(image, card.mean, card.std).contiguous()
    wanted = None if target is None else class_place(target, card.class_names)
    explained, answer, share = answered(module, picture, wanted)
    fill = grey(card)
    ways = explainers(methods, fill=fill, **settings)
    left_out: list[tuple[str, str]] = []
    for method in () if strict or settings["layer"] is not None else tuple(ways):
        if method == "occlusion":
            continue
        try:
            ways[method](module, picture, explained)
        except SettingsError as error:
            left_out.append((method, str(error)))
            del ways[method]
    maps = checked(module, picture, explained, ways=ways, fill=fill, **checks)
    names = card.class_names
    return PictureMaps(image[0], name, names[explained], names[answer], share, maps, tuple(left_out))


def _mean_and_ends(values: Any) -> tuple[float, float, float]:
    return float(values.mean()), float(values.min()), float(values.max())
