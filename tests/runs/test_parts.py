import numpy as np
import pytest

from convlens.runs import parts
from convlens.runs.parts import KeptParts


def logits_of(start, stop):
    """Each image's logits are its own number."""
    return np.broadcast_to(np.arange(start, stop, dtype=np.float32)[:, None, None], (stop - start, 3, 2)).copy()


def test_an_interrupted_sweep_finds_its_parts_again_and_a_finished_one_leaves_nothing(tmp_path):
    folder = tmp_path / "unfinished" / "key"
    kept = KeptParts(folder)
    for start in (0, 4, 8):
        assert kept.get(start, start + 4) is None
        kept.put(start, start + 4, logits_of(start, start + 4))
    with pytest.raises(KeyboardInterrupt), kept:
        raise KeyboardInterrupt
    assert [path.name for path in folder.iterdir()] == ["0-12.npy"]
    with KeptParts(folder) as kept:
        assert kept.count == 12
        assert np.array_equal(kept.get(4, 8), logits_of(4, 8))
        assert np.array_equal(kept.get(2, 11), logits_of(2, 11))
        assert kept.get(8, 13) is None
        kept.put(12, 13, logits_of(12, 13))
    assert not folder.exists()


def test_what_is_done_is_written_as_time_passes_and_not_only_at_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "FLUSH_SECONDS", 0.0)
    kept = KeptParts(tmp_path)
    kept.put(0, 2, logits_of(0, 2))
    kept.put(2, 4, logits_of(2, 4))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0-2.npy", "2-4.npy"]
    assert np.array_equal(KeptParts(tmp_path).get(2, 3), logits_of(2, 3))


def test_parts_that_do_not_follow_each_other_are_kept_apart(tmp_path):
    kept = KeptParts(tmp_path)
    kept.put(0, 2, logits_of(0, 2))
    kept.put(6, 8, logits_of(6, 8))
    with pytest.raises(RuntimeError), kept:
        raise RuntimeError
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0-2.npy", "6-8.npy"]


def test_other_files_in_the_folder_are_no_parts(tmp_path):
    (tmp_path / "notes.npy").write_bytes(b"")
    (tmp_path / ".0-2.npy.77.tmp").write_bytes(b"half a part")
    assert KeptParts(tmp_path).count == 0
