from hypothesis import given
from hypothesis import strategies as st

from convlens.audit import blocks


@given(st.integers(0, 500), st.integers(0, 60), st.integers(1, 40))
def test_blocks_cover_each_row_once_and_hold_no_more_than_they_may(rows, values_per_row, held):
    kept, blocks.HELD = blocks.HELD, held
    found = list(blocks.blocks(rows, values_per_row))
    blocks.HELD = kept
    assert [row for one in found for row in range(one.start, one.stop)] == list(range(rows))
    assert all((one.stop - one.start) * values_per_row <= max(held, values_per_row) for one in found)
