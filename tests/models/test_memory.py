import platform

from convlens.models.memory import keep_memory


def test_the_c_library_listens_where_it_is_glibc():
    assert keep_memory() is (platform.libc_ver()[0] == "glibc")


def test_asking_twice_changes_nothing():
    assert keep_memory() == keep_memory()
