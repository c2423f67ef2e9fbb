"""`convlens explain`."""

from typing import Annotated

import typer

from convlens.cli import options
from convlens.cli.views import Asked, show_view


def explain(
    run: Annotated[str, typer.Argument(help="A run folder (runs/latest), a weights file, a network, or: blocks.")],
    pictures: Annotated[
        list[str] | None,
        typer.Argument(metavar="IMAGE", help="A picture file, or the number of a test picture of the run's data."),
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="The arithmetic of one number, LAYER:CHANNEL,ROW,COLUMN, like conv1:0,5,5.")
    ] = None,
    steps: Annotated[
        bool, typer.Option("--steps", help="The whole pass by hand, torch's numbers beside it; every number of toy.")
    ] = False,
    python: Annotated[bool, typer.Option("--python", help="Print Python that gives the numbers again.")] = False,
    saliency: Annotated[
        str | None,
        typer.Option(
            help="Which pixels speak for a class: all, or gradient, gradient-times-input, grad-cam, occlusion."
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="For --saliency: the class, by name or number (default: the answer).")
    ] = None,
    layer: Annotated[
        str | None,
        typer.Option(
            help="Whose maps are shown (default: the first two convolutions), and for --field and Grad-CAM the layer "
            "(default: the last map)."
        ),
    ] = None,
    filter_: Annotated[
        int | None,
        typer.Option("--filter", help="A filter of that layer, over many pictures (default: the strongest).", min=0),
    ] = None,
    images: Annotated[
        str | None,
        typer.Option("--images", metavar="CLASS", help="The class whose pictures are shown (default: the answer)."),
    ] = None,
    field: Annotated[
        bool,
        typer.Option(
            "--field",
            help="How strongly each pixel moves the middle of --layer, over many test pictures; with --unit exactly "
            "which pixels of IMAGE that number can depend on (--to FILE.svg draws them).",
        ),
    ] = False,
    fit: Annotated[
        options.FitName | None, typer.Option(help="Resize a picture of another size: crop, pad or stretch.")
    ] = None,
    data: options.OtherData = None,
    split: options.Split = "test",
    to: Annotated[
        str | None,
        typer.Option(
            help="Another folder (default: the run's own, or audits/NAME for what is no run); for blocks: the file "
            "(default: blocks.html)."
        ),
    ] = None,
    model: options.Model = None,
    mean: options.Mean = None,
    std: options.Std = None,
    size: options.ReadSize = None,
    channels: options.ReadChannels = None,
    class_map: options.ClassMap = None,
    as_json: options.Json = False,
) -> None:
    """See inside a network: what its layers, filters and units answer to pictures, as a part of the run's page.

    With --steps or --unit instead every number of the pass, how it comes about, with torch's own beside it.
    `convlens explain blocks` writes a page of small worked examples of what networks are built of.
    """
    from convlens import workflows

    asked = Asked(
        run, tuple(pictures or ()), unit=unit, steps=steps, python=python, saliency=saliency, target=target,
        layer=layer, filter=filter_, images=images, field=field, fit=fit, data=data, split=split, to=to, model=model,
        reading=workflows.reading(mean, std, size, channels, class_map), as_json=as_json,
    )  # fmt: skip
    show_view(asked)
