"""`convlens compare`."""

from typing import Annotated

import typer

from convlens.cli import options, show


def compare(
    runs: Annotated[list[str], typer.Argument(help="Two audited runs or more, or the JSON files of their audits.")],
    model: options.Model = None,
    as_json: options.Json = False,
) -> None:
    """Hold audited networks against each other: who is right at every shift, and what may be chance?"""
    from convlens import workflows

    result = workflows.compare(runs, model=model)
    show.as_json(result.to_json()) if as_json else show.compared(result)
