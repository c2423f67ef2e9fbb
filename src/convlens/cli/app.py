"""The program: its commands, and what becomes of errors."""

import sys

import typer

from convlens.cli import (
    audit,
    augment,
    compare,
    data,
    demo,
    doctor,
    evaluate,
    explain,
    harden,
    listings,
    predict,
    report,
    summary,
    train,
)
from convlens.cli.own_code import blamed
from convlens.errors import ConvlensError, TrainingError

USED_WRONGLY = 2
RUN_FAILED = 1
INTERRUPTED = 130  # typer's answer to Ctrl-C

app = typer.Typer(
    name="convlens",
    help="What an image classifier sees, how far the image can move before the answer changes, and how to mend it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # drawing the help in boxes costs more time than everything else together
    pretty_exceptions_enable=False,
)
app.add_typer(data.app, name="data", help="Look at data sets: list them, show pictures, check files.")
for command in (
    listings.models,
    augment.augment,
    train.train,
    evaluate.evaluate,
    predict.predict,
    audit.audit,
    compare.compare,
    harden.harden,
    explain.explain,
    report.report,
    summary.summary,
    doctor.doctor,
    listings.runs,
    demo.demo,
):
    app.command()(command)


def main() -> None:
    """Run the program; a user's mistake is one sentence on stderr and exit code 2, a failed run exit code 1.

    So is an error in the user's own code, with the last lines of its traceback.
    """
    try:
        app()
    except ConvlensError as error:
        print(f"convlens: {error}", file=sys.stderr)
        failed = isinstance(error, TrainingError) or type(error) is ConvlensError
        raise SystemExit(RUN_FAILED if failed else USED_WRONGLY) from None
    except Exception as error:
        said = blamed(error)
        if said is None:
            raise
        print(f"convlens: {said}", file=sys.stderr)
        raise SystemExit(RUN_FAILED) from None
    except SystemExit as ending:
        if ending.code != INTERRUPTED:
            raise
        print("convlens: interrupted", file=sys.stderr)
        raise SystemExit(RUN_FAILED) from None
