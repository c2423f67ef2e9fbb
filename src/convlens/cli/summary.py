"""`convlens summary`."""

from typing import Annotated

import typer

from convlens.cli import options, show


def summary(
    network: Annotated[str, typer.Argument(help="A network's name, a run, timm:NAME, or module:function.")],
    shape: Annotated[str | None, typer.Option("--input", help="channels x height x width, like 1x28x28.")] = None,
    classes: Annotated[int | None, typer.Option(help="How many classes.")] = None,
    head: Annotated[options.HeadName | None, typer.Option(help="softmax or sigmoid.")] = None,
    model: options.Model = None,
    as_json: options.Json = False,
) -> None:
    """List a network's layers: the parameter sum written out, multiply-adds, memory, receptive field."""
    from convlens import workflows

    table = workflows.summary(network, shape=shape, classes=classes, head=head, model=model)
    show.as_json(table.to_json()) if as_json else show.layers(table)
