"""The gate: how much of each kind of work there may be."""

from __future__ import annotations

import asyncio
import threading
from functools import partial

import pytest

from locator.server import lanes
from locator.server.lanes import Lane, LaneFullError


def test_what_finds_no_place_is_refused_and_the_rest_is_done_in_order() -> None:
    """One thread and two places to wait: of four pieces of work the last is refused, at once."""
    done: list[int] = []
    go = threading.Event()

    async def run() -> None:
        lane = Lane("test", 1, 2)

        def work(number: int) -> int:
            go.wait(10)
            done.append(number)
            return number

        begun = [asyncio.create_task(lane.run(lambda number=number: work(number), "a")) for number in range(3)]
        await asyncio.sleep(0.05)
        assert lane.is_full("a")
        with pytest.raises(LaneFullError):
            await lane.run(lambda: work(3), "a")
        go.set()
        assert await asyncio.gather(*begun) == [0, 1, 2]
        assert not lane.is_full("a")
        assert await lane.run(lambda: work(4), "a") == 4

    asyncio.run(run())
    assert done == [0, 1, 2, 4]


def test_who_waits_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its work is never begun, and its place is free again."""
    monkeypatch.setattr(lanes, "PATIENCE_S", 0.1)
    done: list[str] = []
    go = threading.Event()

    async def run() -> None:
        lane = Lane("test", 1, 1)
        first = asyncio.create_task(lane.run(lambda: go.wait(10), "a"))
        await asyncio.sleep(0)
        with pytest.raises(LaneFullError):
            await lane.run(lambda: done.append("late"), "a")
        assert not lane.is_full("a")
        go.set()
        await first
        await lane.run(lambda: done.append("next"), "a")

    asyncio.run(run())
    assert done == ["next"]


def test_a_thread_that_nobody_waits_for_still_counts() -> None:
    """A request is cancelled, its thread goes on: until it ends the lane has one thread less."""
    go = threading.Event()
    at_once: list[int] = []
    most: list[int] = []

    async def run() -> None:
        lane = Lane("test", 1, 5)

        def work() -> None:
            at_once.append(1)
            most.append(len(at_once))
            go.wait(10)
            at_once.pop()

        first = asyncio.create_task(lane.run(work, "a"))
        await asyncio.sleep(0.05)
        first.cancel()
        second = asyncio.create_task(lane.run(work, "a"))
        await asyncio.sleep(0.05)
        assert len(most) == 1
        go.set()
        await second

    asyncio.run(run())
    assert most == [1, 1]


def test_an_error_is_the_callers() -> None:
    async def run() -> None:
        lane = Lane("test", 1, 1)
        for _ in range(5):
            with pytest.raises(ZeroDivisionError):
                await lane.run(lambda: 1 // 0, "a")
        assert not lane.is_full("a")

    asyncio.run(run())


def test_senders_have_turns() -> None:
    """One thread: who sends one piece of work waits for one of who sent four, and not for all."""
    done: list[str] = []
    go = threading.Event()

    async def run() -> None:
        lane = Lane("test", 1, 10)

        def work(name: str) -> None:
            go.wait(10)
            done.append(name)

        names = ("a1", "a2", "a3", "a4", "b1", "b2", "c1")
        begun = [asyncio.create_task(lane.run(partial(work, name), name[0])) for name in names]
        await asyncio.sleep(0.05)
        go.set()
        await asyncio.gather(*begun)

    asyncio.run(run())
    assert done == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]


def test_who_has_the_most_waiting_makes_room() -> None:
    """One thread, four places, all of one sender: others get one each until nobody has much more than they."""
    done: list[str] = []
    go = threading.Event()

    async def run() -> list[str]:
        lane = Lane("test", 1, 4)

        def work(name: str) -> None:
            go.wait(10)
            done.append(name)

        async def ask(name: str) -> str:
            try:
                await lane.run(partial(work, name), name[0])
            except LaneFullError:
                return f"{name} refused"
            return name

        begun = []
        for name in ("a1", "a2", "a3", "a4", "a5", "a6", "b1", "c1", "b2", "d1"):
            begun.append(asyncio.create_task(ask(name)))
            await asyncio.sleep(0.01)
        assert lane.is_full("b")
        go.set()
        said = await asyncio.gather(*begun)
        assert not lane.is_full("a")
        await lane.run(lambda: done.append("next"), "a")
        return said

    said = asyncio.run(run())
    # a1 runs, a2 to a5 wait, and a6 finds no place. b1, c1 and d1 take those of a5, a4 and a3; b2 would be the
    # second of b, where a has two.
    assert [name[:2] for name in said if "refused" in name] == ["a3", "a4", "a5", "a6", "b2"]
    assert done == ["a1", "a2", "b1", "c1", "d1", "next"]


def test_a_thread_is_not_lost_with_who_goes_away() -> None:
    """Those who wait are cancelled, one of them in the moment in which its turn comes."""
    go = threading.Event()

    async def run() -> list[int]:
        lane = Lane("test", 1, 5)
        first = asyncio.create_task(lane.run(lambda: go.wait(10), "a"))
        await asyncio.sleep(0.05)
        others = [asyncio.create_task(lane.run(lambda: None, "a")) for _ in range(3)]
        await asyncio.sleep(0.05)
        others[1].cancel()
        first.add_done_callback(lambda _: others[0].cancel())
        go.set()
        await asyncio.gather(first, *others, return_exceptions=True)
        return [await lane.run(lambda number=number: number, "b") for number in range(3)]

    assert asyncio.run(asyncio.wait_for(run(), 10)) == [0, 1, 2]
