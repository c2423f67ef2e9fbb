import dataclasses
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.audit.answered import UNKNOWN, Answered, of, pack, right, unchanged, unpack
from convlens.audit.shifts import Shifts, grid
from convlens.audit.sweep import Protocol
from convlens.errors import DataError


def equal(one: Answered, other: Answered) -> bool:
    arrays = [(found.shifts.dx, found.shifts.dy, found.labels, found.answers) for found in (one, other)]
    return (one.protocol, one.class_names, one.shifts.pattern) == (
        other.protocol,
        other.class_names,
        other.shifts.pattern,
    ) and all(map(np.array_equal, *arrays))


@st.composite
def answers(draw: st.DrawFn) -> Answered:
    shifts = draw(st.sampled_from([grid(0), grid(1), Shifts(np.array([2, 0, -3]), np.array([1, 0, 0]), 3)]))
    count, classes = draw(st.integers(1, 5)), draw(st.sampled_from([2, 256, 257, 4000]))
    generator = np.random.default_rng(draw(st.integers(0, 99)))
    labels = draw(st.sampled_from([generator.integers(0, classes, count), np.full(count, UNKNOWN)]))
    protocol = Protocol(shifts.radius, shifts.pattern, "wrap", 0, "Bücher", "test", "a1", count, {"precision": "fp32"})
    found = generator.integers(0, classes, (count, len(shifts)))
    return Answered(protocol, shifts, labels, found, tuple(f"class {one}, “{one}”" for one in range(classes)))


@given(answers())
def test_what_is_packed_comes_back(found):
    content = pack(found)
    back = unpack(content, "here.npz")
    assert equal(back, found)
    assert back.labelled == found.labelled
    assert back.protocol.notes == {"precision": "fp32"}
    assert pack(back) == content


def test_a_byte_per_answer_is_kept_before_compression(answered):
    with np.load(io.BytesIO(pack(answered([[0, 1, 2]], [1])))) as arrays:
        assert {arrays[name].dtype for name in ("answers", "labels")} == {np.dtype(np.uint8)}
        assert "labels" in arrays
    with np.load(io.BytesIO(pack(answered([[0, 1, 2]], [UNKNOWN])))) as arrays:
        assert "labels" not in arrays


def broken(content: bytes, **changed: object) -> bytes:
    with np.load(io.BytesIO(content)) as arrays:
        kept = {name: arrays[name] for name in arrays.files} | changed
    out = io.BytesIO()
    np.savez(out, **{name: array for name, array in kept.items() if array is not None})
    return out.getvalue()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"answers": None}, "KeyError"),
        ({"answers": np.zeros((2, 2), np.uint8)}, r"answers \(2, 2\) for 1 images at 3 shifts"),
        ({"labels": np.array([9], np.uint8)}, "answers beyond its 3 classes"),
        ({"dx": np.array([1, 2, 3])}, "unshifted cell"),
        ({"about": np.frombuffer(b'{"format": "other"}', np.uint8)}, "its format is 'other'"),
        ({"about": np.frombuffer(b"{}", np.uint8)}, "KeyError: 'format'"),
        ({"about": np.frombuffer(b"[", np.uint8)}, "does not hold the answers"),
        ({"answers": np.array([[0, 1, {}]], object)}, "allow_pickle"),
    ],
)
def test_what_is_damaged_is_named(answered, as_installed, change, told):
    content = broken(pack(answered([[0, 1, 2]], [1])), **change)
    with pytest.raises(DataError, match=r"'runs/a\.npz' does not hold the answers of an audit") as raised:
        unpack(content, "runs/a.npz")
    assert told.replace("\\", "") in str(raised.value)


@pytest.mark.parametrize("cut", [0, 10, -30])
def test_half_a_file_is_no_audit(answered, cut):
    with pytest.raises(DataError, match="audit again"):
        unpack(pack(answered([[0, 1, 2]], [1]))[:cut], "a.npz")


def test_a_sweep_lets_its_logits_go(swept_by_hand):
    swept = swept_by_hand([[[1, 0], [0, 1], [0, 1]]], [1])
    found = of(swept)
    assert found.answers.tolist() == found.labels_at.tolist() == [[0, 1, 1]]
    assert (found.origin, found.levels.tolist(), found.labelled) == (1, [1, 0, 1], True)
    assert right(found).tolist() == unchanged(found).tolist() == [[False, True, True]]
    assert np.array_equal(right(found), right(swept))
    forgotten = of(swept, labelled=False)
    assert not forgotten.labelled
    assert not right(forgotten).any()
    assert dataclasses.replace(forgotten, labels=swept.labels).labelled
