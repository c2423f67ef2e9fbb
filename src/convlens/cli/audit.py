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
    data: Annotated[str | None, typer.Option(help="Other pictures of the same classes.")] = None,
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    take: Annotated[int | None, typer.Option(help="Audit so many pictures, stratified.  [default: all]")] = None,
    causes: Annotated[bool, typer.Option("--causes", help="Say why answers flipped too, from a sample.")] = False,
    image: Annotated[
        int | None, typer.Option(help="One picture, by its place in the split: what is said to it at every shift.")
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option(help="Instead of shifts: rotation, blur, noise, … or all; spatial moves and turns at once."),
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
    wanted = workflows.bounds(require or ())
    asked |= {"take": take, "seed": seed, "precision": precision, "say": show.note}
    with Counter("audit") as progress:
        if change:
            changed = workflows.changed(run, change, progress=progress, **asked)
            results, notes = changed.results, changed.notes
        else:
            swept = workflows.audit(run, shift=shift, causes=causes, progress=progress, **asked)
            results, notes = (swept.result,), swept.notes
    if as_json:
        show.as_json(list(results) if change else results[0])
    elif change:
        show.severities(changed)
    else:
        show.audit(swept)
    _tell(notes)
    workflows.hold(results, wanted)


def _tell(notes: Iterable[str]) -> None:
    for note in notes:
        show.note(f"note: {note}")
