"""What moving the picture costs, on all 10,000 test pictures of Fashion-MNIST: three networks, five epochs each.

Run `python benchmarks/shifts.py docs/shifts.md`; the runs are kept in a folder of the user's cache and used again.
"""

import sys
from pathlib import Path

import platformdirs
from demo_figures import replaced, table

from convlens.files import write_text
from convlens.runs.folder import Run
from convlens.workflows.auditing import audit, newest_audit
from convlens.workflows.subjects import trained
from convlens.workflows.training import finished, resume, train

START, END = "<!-- shifts: written by benchmarks/shifts.py -->", "<!-- shifts: end -->"
NETWORKS = {
    "`mlp`": {"model": "mlp"},
    "`cnn`": {"model": "cnn"},
    "`cnn`, x ±10": {"model": "cnn", "augment": 'Affine(translate_px={"x": (-10, 10)}, mode="constant")'},
}


def main() -> None:
    """Train and audit what is not there yet, then write the table."""
    page = Path(sys.argv[1])
    out = platformdirs.user_cache_path("convlens") / "benchmarks"
    audits = {}
    for number, (name, settings) in enumerate(NETWORKS.items()):
        folder = out / f"shifts-{number}"
        if not folder.exists():
            print(f"training {name}", flush=True)
            train("fashion-mnist", epochs=5, out=out, name=folder.name, **settings)
        elif not finished(Run(folder)):
            resume(folder)
        found = newest_audit(trained(folder))
        if found is None:
            print(f"auditing {name}", flush=True)
            found = audit(folder, shift=5, border="zeros").result
        audits[name] = found
    write_text(page, replaced(page, START, END, table(audits)))
    print(table(audits))


if __name__ == "__main__":
    main()
