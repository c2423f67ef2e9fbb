"""An error that comes out of the user's own code: whose it is, where it lies, and what it says."""

import sysconfig
import traceback
from pathlib import Path

OURS = Path(__file__).resolve().parents[1]
LINES = 3
"""So many of the last places are shown."""


def blamed(error: Exception) -> str | None:
    """Say in a sentence which function of the user's own raised, and give the last lines of the traceback from there.

    Returns:
        None where no code of theirs was running, or where it had called ours: then the mistake is ours.
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = [place for place, frame in enumerate(frames) if _is_the_users(frame.filename)]
    said = "".join(traceback.format_exception_only(error)).strip()
    if own and not any(_is_ours(frame.filename) for frame in frames[own[-1] :]):
        last, shown = frames[own[-1]], frames[max(own[0], len(frames) - LINES) :]
        name = "a module" if last.name == "<module>" else f"the function {last.name!r}"
        place = f"{Path(last.filename).name}, line {last.lineno}"
        lines = "".join(traceback.format_list(shown)).rstrip()
        return f"{name} of your own code ({place}) raised {said}; mend it there. The last lines:\n{lines}"
    if isinstance(error, SyntaxError) and error.filename is not None and _is_the_users(error.filename):
        return f"{Path(error.filename).name} is no Python: {said}"
    return None


def _is_the_users(filename: str) -> bool:
    """Say whether a file is neither ours, nor Python's, nor an installed package's."""
    path = Path(filename)
    if not path.is_file():
        return False
    kinds = ("stdlib", "platstdlib", "purelib", "platlib", "scripts")
    others = (Path(sysconfig.get_path(kind)).resolve() for kind in kinds)
    return not _is_ours(filename) and not any(path.resolve().is_relative_to(one) for one in others)


def _is_ours(filename: str) -> bool:
    return Path(filename).resolve().is_relative_to(OURS)
