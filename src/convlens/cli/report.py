"""`convlens report`."""

from typing import Annotated

import typer

from convlens.cli import options, show


def report(
    runs: Annotated[list[str], typer.Argument(help="Run folders, or audits/NAME; several stand side by side.")],
    to: Annotated[str | None, typer.Option(help="The page to write.  [default: report.html in the folder]")] = None,
    image: Annotated[int | None, typer.Option(help="Which test picture to move.  [default: a telling one]")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing --to file.")] = False,
    model: options.Model = None,
    device: options.Device = "cpu",
    as_json: options.Json = False,
) -> None:
    """Write one self-contained page: curves, confusions, the moved picture, accuracy at every shift."""
    from convlens import workflows

    page = workflows.write_report(runs, out=to, image=image, force=force, model=model, device=device)
    if as_json:
        show.as_json({"path": str(page.path), "lead": list(page.lead)})
    else:
        for sentence in page.lead:
            show.line(sentence)
        show.line(f"wrote {page.path}")
