import pytest
import torch

from convlens.models.sweeping.threads import side_by_side


@pytest.fixture
def three_threads():
    """Give torch three threads for a test."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_every_part_is_done_once_and_torch_keeps_its_threads(three_threads, threads):
    done = []
    side_by_side(done.append, range(7), threads)
    assert sorted(done) == list(range(7))
    assert torch.get_num_threads() == 3


def test_each_thread_computes_on_one_core(three_threads):
    found = []
    side_by_side(lambda _: found.append(torch.get_num_threads()), range(4), 2)
    assert found == [1] * 4
    found.clear()
    side_by_side(lambda _: found.append(torch.get_num_threads()), range(4), 1)
    assert found == [3] * 4


def test_a_mistake_in_a_part_comes_out(three_threads):
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda part: 1 // part, [1, 0, 1], 2)
    assert torch.get_num_threads() == 3
