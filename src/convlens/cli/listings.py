"""`convlens models` and `convlens runs`."""

from convlens.cli import options, show


def models(as_json: options.Json = False) -> None:
    """List the networks with their options, training recipes and augmentations that have names."""
    from convlens.workflows import listings

    tables = {
        "models": listings.models(),
        "options": listings.model_options(),
        "recipes": listings.recipes(),
        "augmentations": listings.augmentations(),
    }
    if as_json:
        show.as_json({name: table.rows() for name, table in tables.items()})
    else:
        for table in tables.values():
            show.table(table)
            show.line()


def runs(out: options.Out = "runs", as_json: options.Json = False) -> None:
    """List the runs in a folder, oldest first, with what each reached."""
    from convlens.workflows import listings

    table = listings.runs(out)
    if as_json:
        show.as_json(table.rows())
    elif len(table):
        show.table(table)
    else:
        show.line(f"no runs in {out!r} yet; `convlens train fashion-mnist-mini` makes one")
