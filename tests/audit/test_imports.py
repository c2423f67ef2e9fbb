import subprocess
import sys

import pytest

import convlens.audit
import convlens.augment

EVERYTHING = """
import sys
import convlens.audit, convlens.augment, convlens.audit.sweep
for package in (convlens.audit, convlens.augment):
    for name in package.__all__:
        getattr(package, name)
print(sorted(name for name in sys.modules if name.partition(".")[0] in {"torch", "lightning", "cv2", "matplotlib"}))
"""


def test_audit_and_augment_work_without_importing_torch():
    run = subprocess.run([sys.executable, "-c", EVERYTHING], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("package", [convlens.audit, convlens.augment])
def test_every_listed_name_can_be_had(package):
    assert all(getattr(package, name) is not None for name in package.__all__)
