import subprocess
import sys

import pytest

import convlens.audit
import convlens.augment

EVERYTHING = """
import sys
import {package} as package
for name in package.__all__:
    getattr(package, name)
print(sorted({{name.partition(".")[0] for name in sys.modules}} & {{"torch", "lightning", "cv2", "matplotlib"}}))
"""


@pytest.mark.parametrize(("package", "loaded"), [("convlens.audit", "[]"), ("convlens.augment", "['cv2']")])
def test_audit_and_augment_work_without_importing_torch(package, loaded):
    """An audit shifts with NumPy alone; augmenters warp and blur with OpenCV."""
    asked = [sys.executable, "-c", EVERYTHING.format(package=package)]
    run = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == loaded


@pytest.mark.parametrize("package", [convlens.audit, convlens.augment])
def test_every_listed_name_can_be_had(package):
    assert all(getattr(package, name) is not None for name in package.__all__)
