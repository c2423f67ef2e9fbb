"""Options that several commands share, spelled once."""

from typing import Annotated, Literal

import typer

from convlens.errors import SettingsError

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Out = Annotated[str, typer.Option("--out", help="The folder that holds the run folders.")]
Model = Annotated[str | None, typer.Option("--model", help="module:function that builds a network of your own.")]
OtherData = Annotated[str | None, typer.Option("--data", help="Other pictures of the same classes.")]
Split = Annotated[str, typer.Option(help="train, validation or test.")]
Device = Annotated[str, typer.Option(help="cpu, cuda or mps.")]
Seed = Annotated[int, typer.Option(help="Decides every random choice.")]
Size = Annotated[int | None, typer.Option(help="Side length in pixels (default: the pictures' own).")]
Channels = Annotated[int | None, typer.Option(help="1 (grey) or 3 (colour); default: the pictures' own.")]
Mean = Annotated[
    str | None,
    typer.Option("--mean", help="For a model from elsewhere: its mean per channel, of pictures scaled to 0-1."),
]
Std = Annotated[str | None, typer.Option("--std", help="For a model from elsewhere: its standard deviation likewise.")]
ReadSize = Annotated[
    str | None, typer.Option("--size", help="For a model from elsewhere: pixels a side, or HEIGHTxWIDTH.")
]
ReadChannels = Annotated[
    int | None, typer.Option("--channels", help="For a model from elsewhere: 1 (grey) or 3 (colour).")
]
ClassMap = Annotated[
    str | None,
    typer.Option("--class-map", help="For a model from elsewhere: FILE with which answer is which class; or: same."),
]
FitName = Literal["crop", "pad", "stretch"]
HeadName = Literal["softmax", "sigmoid"]
Fit = Annotated[FitName, typer.Option(help="crop (short side, then the centre), pad or stretch.")]
Precision = Annotated[Literal["fp32", "bf16"], typer.Option(help="fp32, or the faster bf16.")]
DataDir = Annotated[str | None, typer.Option(help="Where a named data set's files lie.")]


def one_at_most(**given: bool) -> None:
    """Refuse options that ask for different things.

    Raises:
        SettingsError: more than one was given.
    """
    asked = [f"--{name}" for name, is_given in given.items() if is_given]
    if len(asked) > 1:
        raise SettingsError(f"{' and '.join(asked)} ask for different things; give one of them")


def share(text: str | float) -> float:
    """Read "1%" or "0.01".

    Raises:
        SettingsError: it is neither, or not from 0 to 1.
    """
    try:
        value = float(str(text).removesuffix("%")) / (100 if str(text).endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise SettingsError(f"a share is written like 1% or 0.01; got {text!r}")
    return value


def seconds(text: str) -> float:
    """Read "5m", "90s", "1h30m" or a plain number of seconds.

    Raises:
        SettingsError: it is none of these, or not above 0.
    """
    units = {"h": 3600.0, "m": 60.0, "s": 1.0}
    total, number = 0.0, ""
    try:
        for letter in text if text[-1:] in units else f"{text}s":
            if letter in units:
                total, number = total + float(number) * units[letter], ""
            else:
                number += letter
    except ValueError:
        total = 0.0
    if not 0 < total < float("inf"):
        raise SettingsError(f"a time is written like 5m, 90s or 1h30m; got {text!r}")
    return total


MaxBad = Annotated[
    float,
    typer.Option(
        parser=share, metavar="SHARE", help="Share of unreadable pictures that may be left out, such as 1% or 0.01."
    ),
]
