import gzip
import lzma

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays

from convlens.data.idx import idx_content, parse_idx, unpacked, write_idx
from convlens.errors import DataError

TWO_BY_THREE = bytes.fromhex("00000802 00000002 00000003 010203040506")


def test_idx_by_hand():
    assert parse_idx(TWO_BY_THREE, "x").tolist() == [[1, 2, 3], [4, 5, 6]]
    assert write_idx(np.array([[1, 2, 3], [4, 5, 6]], np.uint8)) == TWO_BY_THREE


@given(array=arrays(np.uint8, array_shapes(max_dims=4)))
def test_what_is_written_is_read(array):
    assert np.array_equal(parse_idx(write_idx(array), "x"), array)


def test_packed_files_are_known_by_their_first_bytes(tmp_path):
    for number, pack in enumerate((bytes, gzip.compress, lzma.compress)):
        (tmp_path / str(number)).write_bytes(pack(TWO_BY_THREE))
        assert idx_content(tmp_path / str(number)) == TWO_BY_THREE


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "starts with nothing"),
        (b"<!DOCTYPE html>", "starts with 3c 21 44 4f"),
        (bytes.fromhex("00000d01 00000001 00000000"), "starts with 00 00 0d 01"),
        (TWO_BY_THREE[:-1], "truncated: 18 bytes were wanted, 17 came"),
        (TWO_BY_THREE[:9], "truncated: 12 bytes were wanted, 9 came"),
        (TWO_BY_THREE + b"7", "1 bytes follow the 18"),
        (bytes.fromhex("00000804 ffffffff ffffffff ffffffff ffffffff"), "truncated"),
    ],
)
def test_damaged_idx_content_is_named_with_the_reason(content, reason):
    with pytest.raises(DataError, match=f"^some-file .*{reason}"):
        parse_idx(content, "some-file")


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_truncated_packed_file_is_refused(pack):
    with pytest.raises(DataError, match="some-file is truncated or damaged"):
        unpacked(pack(TWO_BY_THREE * 50)[:-9], "some-file")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"could not read .*nothing"):
        idx_content(tmp_path / "nothing")
