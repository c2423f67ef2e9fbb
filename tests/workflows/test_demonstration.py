"""The demo on a small scale: three runs, their audits, one page; what is there is used again."""

from dataclasses import replace

import pytest

from convlens.errors import SettingsError
from convlens.workflows import demo, demonstration


@pytest.mark.slow
def test_the_story_is_told_once_and_then_used_again(tmp_path, monkeypatch):
    small = [replace(one, settings=one.settings | {"take": 100, "epochs": 1}) for one in demonstration.CHAPTERS]
    monkeypatch.setattr(demonstration, "CHAPTERS", small)
    monkeypatch.setattr(demonstration, "AUDITED", 20)
    monkeypatch.setattr(demonstration, "SHIFT_PX", 1)
    said: list[str] = []
    first = demo(tmp_path / "demo", data="fashion-mnist-mini", say=said.append)
    assert [line.split(":")[0] for line in first.lead] == [one.label for one in small]
    assert first.page == tmp_path / "demo" / "report.html"
    assert sum("training" in line for line in said) == 3
    weights = {path: path.read_bytes() for path in (tmp_path / "demo").rglob("*.safetensors")}
    assert len(weights) == 9
    again = demo(tmp_path / "demo", data="fashion-mnist-mini")
    assert again.lead == first.lead
    assert {path: path.read_bytes() for path in (tmp_path / "demo").rglob("*.safetensors")} == weights
    with pytest.raises(SettingsError, match="holds a demo made with other pictures than xo; remove it, or choose"):
        demo(tmp_path / "demo", data="xo")
