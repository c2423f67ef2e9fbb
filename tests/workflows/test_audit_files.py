from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest

from convlens.files import write_json
from convlens.workflows.audit_files import own_audits, unfinished, written
from convlens.workflows.pictures import held_out, pictures_for
from convlens.workflows.subjects import trained

PART = np.zeros((1, 1, 2), np.float32)


@pytest.fixture
def opened(xo_run):
    subject = trained(xo_run)
    return subject, held_out(pictures_for(subject.card, subject.settings))


def interrupted(*told):
    """Keep a part of an audit that finds none, and is then stopped."""
    parts = unfinished(*told)
    assert parts.get(0, 1) is None
    parts.put(0, 1, PART)
    with pytest.raises(KeyboardInterrupt), parts:
        raise KeyboardInterrupt


def test_parts_are_found_again_by_the_same_audit_alone(tmp_path, opened):
    subject, dataset = opened
    interrupted(tmp_path, subject, dataset, "shift", 5)
    brighter = replace(subject, card=replace(subject.card, mean=(0.5,)))
    for other in (
        (tmp_path, subject, dataset, "shift", 4),
        (tmp_path, brighter, dataset, "shift", 5),
        (tmp_path, replace(subject, reading={"class_map": "mine.json"}), dataset, "shift", 5),
        (tmp_path, replace(subject, digest="0" * 64), dataset, "shift", 5),
        (tmp_path, subject, replace(dataset, images=dataset.images[::-1], labels=dataset.labels[::-1]), "shift", 5),
    ):
        interrupted(*other)
    with unfinished(tmp_path, subject, dataset, "shift", 5) as parts:
        assert np.array_equal(parts.get(0, 1), PART)


def test_of_weights_that_cannot_be_known_again_nothing_is_kept(tmp_path, opened):
    subject, dataset = opened
    nameless = replace(subject, digest="")
    assert isinstance(unfinished(tmp_path, nameless, dataset), nullcontext)
    write_json(subject.run.audit / "shift-1.json", {"weights_sha256": ""})
    assert list(own_audits(nameless, "shift-*.json")) == []


def test_audits_are_read_the_newest_first_and_those_of_other_weights_left_out(opened):
    subject, _ = opened
    for number, digest in enumerate([subject.digest, "other", subject.digest]):
        write_json(subject.run.audit / f"shift-{number}.json", {"weights_sha256": digest, "number": number})
    numbers = [content["number"] for _, content in written(subject.run.audit, "shift-*.json")]
    own = [(path.name, content["number"]) for path, content in own_audits(subject, "shift-*.json", "spatial-*.json")]
    assert numbers == [2, 1, 0]
    assert own == [("shift-2.json", 2), ("shift-0.json", 0)]
