"""`convlens audit`."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from convlens.cli import options, show
from convlens.cli.progress import Counter


def audit(
    run: Annotated[str, typer.Argument(help="A run folder (runs/latest), a weights file, a network, another model.")],
    shift: Annotated[int, typer.Option(help="The largest shift in pixels.", min=0)] = 5,
    border: Annotated[
        str, typer.Option(help="What comes in: zeros, wrap, edge, reflect, symmetric, canvas or crop.")
    ] = "zeros",
    fill: Annotated[int, typer.Option(help="For zeros and canvas: the grey level of the blank, 0-255.")] = 0,
    data: options.OtherData = None,
    split: options.Split = "test",
    take: Annotated[int | None, typer.Option(help="Audit so many pictures, stratified.  [default: all]")] = None,
    causes: Annotated[bool, typer.Option("--causes", help="Say why answers flipped too, from a sample.")] = False,
    image: Annotated[
        int | None, typer.Option(help="One picture, by its place in the split: what is said to it at every shift.")
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            help="Instead of shifts (again for more): blur, brightness, contrast, dropout, jpeg, motion-blur, noise, "
            "rotation, salt-and-pepper, scale, shear, or all of them; spatial moves and turns at once."
        ),
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(help="Exit with 1 unless the whole interval keeps a bound: 'right_everywhere>=0.7'."),
    ] = None,
    to: Annotated[str | None, typer.Option(help="The folder for the results.  [default: the run's own]")] = None,
    seed: options.Seed = 0,
    model: options.Model = None,
    mean: options.Mean = None,
    std: options.Std = None,
    size: options.ReadSize = None,
    channels: options.ReadChannels = None,
    class_map: options.ClassMap = None,
    device: options.Device = "cpu",
    precision: options.Precision = "fp32",
    as_json: options.Json = False,
) -> None:
    """Move every test picture by up to R pixels each way and count how often the answer is still right."""
    from convlens import workflows

    asked: dict[str, Any] = {
        "border": border, "fill": fill, "data": data, "split": split, "model": model, "device": device, "to": to,
        "reading": workflows.reading(mean, std, size, channels, class_map),
    }  # fmt: skip
    options.one_at_most(image=image is not None, change=bool(change), causes=causes)
    options.one_at_most(image=image is not None, require=bool(require))
    if image is not None:
        found = workflows.one_image(run, image, shift=shift, **asked)
        show.as_json(found.rows()) if as_json else show.one_image(found)
        return
    wanted = workflows.bounds(require or (), change or ())
    asked |= {"take": take, "seed": seed, "precision": precision, "say": show.note}
    results = _changed(run, change, asked, as_json) if change else _moved(run, shift, causes, asked, as_json)
    workflows.hold(results, wanted)


def _moved(run: str, shift: int, causes: bool, asked: dict[str, Any], as_json: bool) -> tuple[dict[str, Any], ...]:
    from convlens import workflows

    with Counter("audit") as progress:
        swept = workflows.audit(run, shift=shift, causes=causes, progress=progress, **asked)
    show.as_json(swept.result) if as_json else show.audit(swept)
    _tell(swept.notes)
    return (swept.result,)


def _changed(run: str, change: list[str], asked: dict[str, Any], as_json: bool) -> tuple[dict[str, Any], ...]:
    from convlens import workflows

    with Counter("audit") as progress:
        changed = workflows.changed(run, change, progress=progress, **asked)
    show.as_json(list(changed.results)) if as_json else show.severities(changed)
    _tell(changed.notes)
    return changed.results


def _tell(notes: Iterable[str]) -> None:
    for note in notes:
        show.note(f"note: {note}")
