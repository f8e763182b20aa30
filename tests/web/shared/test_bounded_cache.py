"""What is kept is bounded in number and size, made once, and made anew when it is about another time."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread

import pytest

from locator.web.shared.bounded_cache import BoundedCache


class Maker:
    """Makes texts, and counts how often."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def of(self, text: str) -> Callable[[], str]:
        """Return what makes a text."""

        def make() -> str:
            self.made.append(text)
            return text

        return make


@pytest.fixture
def maker() -> Maker:
    """Makes texts."""
    return Maker()


def test_the_one_that_was_not_used_for_the_longest_time_goes_first(maker: Maker) -> None:
    """Of four with room for three the second goes, as the first was asked for again meanwhile."""
    kept: BoundedCache[str] = BoundedCache(3, 1_000, len)
    for text in ("a", "b", "c", "a", "d"):
        assert kept.get(text, maker.of(text)) == text
    assert maker.made == ["a", "b", "c", "d"]
    for text in ("a", "c", "d"):
        kept.get(text, maker.of(text))
    assert maker.made == ["a", "b", "c", "d"]
    kept.get("b", maker.of("b"))
    assert maker.made[4:] == ["b"]


def test_however_many_are_asked_for_no_more_are_kept() -> None:
    """Ten thousand keys leave ten things, and their size is that of the ten."""
    kept: BoundedCache[str] = BoundedCache(10, 1_000, len)
    for number in range(10_000):
        kept.get(number, lambda: "x" * 7)
        assert len(kept) <= 10
    assert (len(kept), kept.size) == (10, 70)


def test_together_they_are_no_larger_than_allowed_but_for_one(maker: Maker) -> None:
    """40 and 50 fit into 100, 30 more do not: the 40 go. What is too large alone is kept alone."""
    kept: BoundedCache[str] = BoundedCache(10, 100, len)
    for text in ("a" * 40, "b" * 50, "c" * 30):
        kept.get(text[0], maker.of(text))
    assert (len(kept), kept.size) == (2, 80)
    kept.get("d", maker.of("d" * 150))
    kept.get("d", maker.of("d" * 150))
    assert (len(kept), kept.size, len(maker.made)) == (1, 150, 4)


def test_another_stamp_makes_it_anew_in_the_place_of_the_old(maker: Maker) -> None:
    """One minute's is dropped when the next minute's is made; the size is that of the new one."""
    kept: BoundedCache[str] = BoundedCache(10, 100, len)
    for stamp, text in ((1, "one"), (1, "one"), (2, "twotwo"), (2, "twotwo")):
        assert kept.get("page", maker.of(text), stamp) == text
    assert maker.made == ["one", "twotwo"]
    assert (len(kept), kept.size) == (1, 6)


def test_threads_that_ask_at_once_make_it_once(maker: Maker) -> None:
    """Eight ask while it is being made, and all get the same thing."""
    kept: BoundedCache[str] = BoundedCache(10, 100, len)
    start, found = Barrier(8), []

    def make() -> str:
        for _ in range(200_000):  # long enough for the other threads to come
            pass
        return maker.of("x")()

    def ask() -> None:
        start.wait()
        found.append(kept.get("key", make))

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, maker.made) == (["x"] * 8, ["x"])


def test_what_could_not_be_made_is_tried_again(maker: Maker) -> None:
    """The one who asked is told, and nothing stays locked."""
    kept: BoundedCache[str] = BoundedCache(10, 100, len)

    def fail() -> str:
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            kept.get("key", fail)
    assert kept.get("key", maker.of("x")) == "x"
    assert len(kept) == 1
