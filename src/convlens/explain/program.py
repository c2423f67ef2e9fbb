"""A whole forward pass as a Python program: loops over NumPy arrays, the weights written out, nothing else needed."""

import keyword
import re
from collections.abc import Sequence

from convlens.errors import SettingsError
from convlens.explain.expressions import imports
from convlens.explain.operations import tensors_of
from convlens.explain.program_steps import written
from convlens.explain.recording import IMAGE
from convlens.explain.snippets import literal
from convlens.explain.tracing import Trace

MOST = 50_000
"""So many weights and pixels are written out."""

_RESERVED = {
    *("np", "math", "image", "padded", "window", "weight", "bias", "mean", "variance", "powers", "rows", "columns"),
    *("first", "numbers", "slopes", "share", "squares", "o", "c", "r", "q"),
}
"""Names that the program uses itself."""


def program(trace: Trace) -> str:
    """Write a program that goes through all steps and prints the numbers of the last one.

    Every step's numbers are left in a variable of its name.

    Raises:
        SettingsError: the network is too large to be written out.
    """
    count = trace.image.size + sum(one.numel() for step in trace.steps for one in tensors_of(step.operation).values())
    if count > MOST:
        raise SettingsError(
            f"a program with the weights written out is for networks of up to {MOST:,} numbers, and this one has "
            f"{count:,}; name one number with --unit LAYER:CHANNEL,ROW,COLUMN"
        )
    names = variables([step.name for step in trace.steps])
    lines = [literal("image", trace.image)]
    for at, step in enumerate(trace.steps):
        read = ["image" if one == IMAGE else names[one] for one in step.inputs]
        shapes = [trace.image.shape if one == IMAGE else trace.steps[one].value.shape for one in step.inputs]
        lines += ["", f"# {step.name} ({step.kind})", *written(step, names[at], read, shapes)]
    return "\n".join([*imports(lines), *lines, "", f"print({names[trace.output]})", ""])


def variables(names: Sequence[str]) -> list[str]:
    """Give each step the name of a variable: its own, as far as Python allows it."""
    found: list[str] = []
    for name in names:
        plain = re.sub(r"\W", "_", name)
        if not plain.isidentifier() or keyword.iskeyword(plain) or plain in _RESERVED:
            plain = f"step_{plain}"
        while plain in found:
            plain += "_"
        found.append(plain)
    return found
