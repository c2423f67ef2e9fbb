"""Names for things: one decorator adds a thing, one lookup finds it or says what is near."""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from convlens.errors import SettingsError, UnknownNameError

T = TypeVar("T")
N = TypeVar("N", bound=str)


def near_names(name: str, known: list[str]) -> str:
    """Say which known names are near, as the end of an error sentence: "; did you mean 'cnn'?" or ""."""
    near = difflib.get_close_matches(name.lower(), [one.lower() for one in known], n=2, cutoff=0.5)
    spelled = [one for one in known if one.lower() in near]
    return f"; did you mean {' or '.join(map(repr, spelled))}?" if spelled else ""


def one_of(kind: str, name: str, known: Sequence[N]) -> N:
    """Give the word of a short list that is spelled like `name`.

    Raises:
        SettingsError: there is none; the sentence gives the nearest and lists all.
    """
    for one in known:
        if name == one:
            return one
    raise SettingsError(
        f"no {kind} is named {name!r}{near_names(name, list(known))} (choose one of {', '.join(known)})"
    )


class Registry(Mapping[str, T], Generic[T]):
    """A table from names to things of one kind, filled by `add` at import."""

    def __init__(self, kind: str, listing: str) -> None:
        self.kind = kind
        self.listing = listing
        self._entries: dict[str, T] = {}

    def add(self, name: str) -> Callable[[T], T]:
        """Register the decorated thing under `name`; a taken name is a bug."""

        def register(entry: T) -> T:
            assert name not in self._entries, f"two {self.kind}s are named {name!r}"
            self._entries[name] = entry
            return entry

        return register

    def __getitem__(self, name: str) -> T:
        """Find the thing called `name`.

        Raises:
            UnknownNameError: there is none; the sentence gives the nearest names.
        """
        try:
            return self._entries[name]
        except KeyError:
            raise UnknownNameError(
                f"no {self.kind} is named {name!r}{near_names(name, list(self))} (`{self.listing}` shows all)"
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._entries))

    def __len__(self) -> int:
        return len(self._entries)
