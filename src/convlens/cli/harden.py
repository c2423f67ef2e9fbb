"""`convlens harden`."""

from typing import Annotated

import typer

from convlens.cli import options, show
from convlens.cli.progress import Counter, TrainingProgress


def harden(
    run: Annotated[str, typer.Argument(help="A run folder (runs/latest).")],
    budget: Annotated[
        float | None, typer.Option(parser=options.seconds, metavar="TIME", help="For all of it: 20m, 90s.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Of each training.  [default: the run's own]", min=1)] = None,
    shift: Annotated[int, typer.Option(help="Train for, and audit, shifts of up to so many pixels.", min=1)] = 5,
    border: Annotated[str, typer.Option(help="What comes in: zeros, wrap, edge, reflect or symmetric.")] = "zeros",
    fill: Annotated[int, typer.Option(help="For zeros: the grey level of the blank, 0-255.")] = 0,
    take: Annotated[
        int | None, typer.Option(help="Audit so many test pictures, stratified.  [default: all]", min=1)
    ] = None,
    out: Annotated[str | None, typer.Option(help="The folder for the rungs.  [default: RUN-hardened]")] = None,
    model: options.Model = None,
    device: options.Device = "cpu",
    precision: options.Precision = "fp32",
    as_json: options.Json = False,
) -> None:
    """Train a run's network anew with one remedy on top of another, audit each, and say which one to ship."""
    from convlens import workflows

    with TrainingProgress() as watch, Counter("audit") as progress:
        result = workflows.harden(
            run, budget=budget, epochs=epochs, shift=shift, border=border, fill=fill, take=take, out=out, model=model,
            device=device, precision=precision, watch=watch, progress=progress, say=show.note,
        )  # fmt: skip
    show.as_json(result.to_json()) if as_json else show.hardened(result)
    if result.interrupted:
        raise typer.Exit(1)
