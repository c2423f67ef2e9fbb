import numpy as np
import torch
from torch import nn

from convlens.models.sweeping import heads
from convlens.models.sweeping.fragments import Fragment
from convlens.models.sweeping.heads import batches, head
from convlens.models.sweeping.plan import plan


def fragment(places, count=2, depth=0, cells=None):
    maps = torch.arange(count * 2 * 5 * 6.0).view(count, 2, 5, 6)
    return Fragment(maps, np.array(places), np.arange(len(places)) if cells is None else np.array(cells), depth)


def seen(found):
    """Give the window that each shift sees, by its number, as (N, C, height, width)."""
    pairs = [
        (cell, batch.windows[:, which]) for batch in found for cell, which in zip(batch.cells, batch.which, strict=True)
    ]
    return {int(cell): window.permute(0, 3, 1, 2) for cell, window in pairs}


def test_each_shift_sees_its_window():
    for places in ([(0, 0), (0, 1), (1, 0), (1, 1)], [(2, 3), (0, 1), (2, 3), (1, 0)], [(2, 3), (2, 3)]):
        one = fragment(places)
        windows = seen(batches([one], [(3, 2)]))
        assert len(windows) == len(places)
        for cell, (top, left) in enumerate(places):
            assert torch.equal(windows[cell], one.maps[:, :, top : top + 3, left : left + 2])


def test_a_batch_is_no_larger_than_allowed(monkeypatch):
    places = [(row, column) for row in range(3) for column in range(4)]
    monkeypatch.setattr(heads, "ROWS", 10)
    found = list(batches([fragment(places)], [(3, 3)]))
    assert [batch.windows.shape[1] for batch in found] == [5, 5, 2]
    assert sorted(seen(found)) == list(range(12))
    monkeypatch.setattr(heads, "VALUES", 1)
    assert [batch.windows.shape[1] for batch in batches([fragment(places)], [(3, 3)])] == [1] * 12


def test_lone_windows_of_several_fragments_share_a_batch(monkeypatch):
    alone = [fragment([(0, number)], cells=[number]) for number in range(3)]
    deeper = fragment([(1, 1), (1, 1)], depth=1, cells=[7, 8])
    monkeypatch.setattr(heads, "ROWS", 4)
    found = list(batches([*alone, deeper], [(2, 2), (3, 3)]))
    assert [(batch.depth, batch.windows.shape[1], batch.cells.tolist()) for batch in found] == [
        (0, 2, [0, 1]),
        (0, 1, [2]),
        (1, 1, [7, 8]),
    ]
    windows = seen(found)
    for number in range(3):
        assert torch.equal(windows[number], alone[number].maps[:, :, 0:2, number : number + 2])
    assert torch.equal(windows[8], deeper.maps[:, :, 1:4, 1:4])


def test_a_dense_layer_reads_windows_in_the_order_of_memory():
    torch.manual_seed(0)
    network = nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(2 * 3 * 2, 4), nn.Tanh(), nn.Linear(4, 3)).eval()
    divided = plan(network, (2, 3, 2), wraps=False)
    one = fragment([(0, 0), (2, 4)], depth=1)
    (batch,) = batches([one], divided.windows)
    with torch.inference_mode():
        outputs = head(divided, torch.float32)(batch).view(2, 2, 3)
        for cell, (top, left) in enumerate([(0, 0), (2, 4)]):
            window = one.maps[:, :, top : top + 3, left : left + 2]
            assert torch.allclose(outputs[:, batch.which[cell]], network(window), atol=1e-5)


def test_only_a_flatten_of_everything_is_skipped():
    last = nn.Flatten(1, 2), nn.Flatten(), nn.Linear(12, 3)
    assert head(plan(nn.Sequential(*last), (2, 3, 2), wraps=False), torch.float32).weight is None
    assert head(plan(nn.Sequential(*last[1:]), (2, 3, 2), wraps=False), torch.float32).weight is not None
