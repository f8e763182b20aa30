"""The gate: how much of each kind of work there may be."""

from __future__ import annotations

import asyncio
import threading

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

        begun = [asyncio.create_task(lane.run(lambda number=number: work(number))) for number in range(3)]
        await asyncio.sleep(0.05)
        assert lane.is_full()
        with pytest.raises(LaneFullError):
            await lane.run(lambda: work(3))
        go.set()
        assert await asyncio.gather(*begun) == [0, 1, 2]
        assert not lane.is_full()
        assert await lane.run(lambda: work(4)) == 4

    asyncio.run(run())
    assert done == [0, 1, 2, 4]


def test_who_waits_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its work is never begun, and its place is free again."""
    monkeypatch.setattr(lanes, "PATIENCE_S", 0.1)
    done: list[str] = []
    go = threading.Event()

    async def run() -> None:
        lane = Lane("test", 1, 1)
        first = asyncio.create_task(lane.run(lambda: go.wait(10)))
        await asyncio.sleep(0)
        with pytest.raises(LaneFullError):
            await lane.run(lambda: done.append("late"))
        assert not lane.is_full()
        go.set()
        await first
        await lane.run(lambda: done.append("next"))

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

        first = asyncio.create_task(lane.run(work))
        await asyncio.sleep(0.05)
        first.cancel()
        second = asyncio.create_task(lane.run(work))
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
                await lane.run(lambda: 1 // 0)
        assert not lane.is_full()

    asyncio.run(run())
