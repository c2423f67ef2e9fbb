"""How the templates of all pages are read."""

from jinja2 import Environment, PackageLoader, StrictUndefined


def templates() -> Environment:
    """Give a fresh environment: text is escaped, and a name that nothing was given for is an error."""
    return Environment(
        loader=PackageLoader("convlens.report", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
