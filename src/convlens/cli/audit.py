"""`convlens audit`."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from convlens.cli import options, show
from convlens.cli.progress import Counter


def audit(
    run: Annotated[str, typer.Argument(help="A run folder (runs/latest), a .safetensors file, or a network.")],
    shift: Annotated[int, typer.Option(help="The largest shift in pixels.", min=0)] = 5,
    border: Annotated[str, typer.Option(help="What comes in: zeros, wrap, edge, reflect or symmetric.")] = "zeros",
    fill: Annotated[int, typer.Option(help="For zeros: the grey level of the blank, 0-255.")] = 0,
    data: Annotated[str | None, typer.Option(help="Other pictures of the same classes.")] = None,
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    take: Annotated[int | None, typer.Option(help="Audit so many pictures, stratified.  [default: all]")] = None,
    image: Annotated[
        int | None,
        typer.Option(help="One picture, by its place in the split: its class probabilities at every sideways shift."),
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
    device: options.Device = "cpu",
    precision: options.Precision = "fp32",
    as_json: options.Json = False,
) -> None:
    """Move every test picture by up to R pixels each way and count how often the answer is still right."""
    from convlens import workflows

    wanted = workflows.bounds(require or ())
    asked: dict[str, Any] = {
        "border": border, "fill": fill, "data": data, "split": split, "model": model, "device": device,
    }  # fmt: skip
    if image is not None:
        table = workflows.one_image(run, image, shift=shift, **asked)
        show.as_json(table.rows()) if as_json else show.table(table)
        return
    asked |= {"take": take, "seed": seed, "precision": precision, "to": to}
    if change:
        with Counter("audit") as progress:
            changed = workflows.changed(run, change, progress=progress, **asked)
        show.as_json(list(changed.results)) if as_json else show.severities(changed)
        _tell(changed.notes)
        workflows.hold(changed.results, wanted)
        return
    with Counter("audit") as progress:
        result = workflows.audit(run, shift=shift, progress=progress, **asked)
    show.as_json(result.result) if as_json else show.audit(result)
    _tell(result.notes)
    workflows.hold([result.result], wanted)


def _tell(notes: Iterable[str]) -> None:
    for note in notes:
        show.note(f"note: {note}")
