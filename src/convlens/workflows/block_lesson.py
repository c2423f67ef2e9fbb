"""The page of worked examples: what a network is built of, with every number written out."""

from pathlib import Path

from convlens.errors import SettingsError
from convlens.files import write_text
from convlens.report.lesson.page import lesson_page

PAGE = "blocks.html"


def write_blocks(to: Path | str | None = None) -> Path:
    """Write the page into a file and give its path; a file that holds this very page already is left alone.

    Args:
        to: `blocks.html` in the present folder when None.

    Raises:
        SettingsError: the file exists and holds something else.
    """
    target, page = Path(PAGE if to is None else to), lesson_page()
    if not target.exists():
        write_text(target, page)
    elif not target.is_file() or target.read_bytes() != page.encode():
        raise SettingsError(f"{target} exists already and holds something else; choose another name with --to")
    return target
