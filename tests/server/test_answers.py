"""Answers in pieces, and how much of them clients may leave unread."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from locator.server import answers
from locator.server.answers import PIECE_BYTES, Answer, Outbox


class Reader:
    """Takes an answer; reads on when it is told to."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.go = asyncio.Event()

    async def __call__(self, message: dict[str, Any]) -> None:
        """Be what ASGI calls ``send``."""
        if message["type"] == "http.response.body":
            self.parts.append(bytes(message["body"]))
            await self.go.wait()

    @property
    def body(self) -> bytes:
        """What has been taken so far."""
        return b"".join(self.parts)


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES, 3 * PIECE_BYTES + 5])
def test_a_body_arrives_whole_in_pieces(size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)

    async def run() -> Reader:
        reader = Reader()
        reader.go.set()
        await Outbox().send(reader, Answer(200, [], body[:size]))
        return reader

    reader = asyncio.run(run())
    assert reader.body == body[:size]
    assert max(map(len, reader.parts)) <= PIECE_BYTES


def test_a_head_has_no_body() -> None:
    async def run() -> bytes:
        reader = Reader()
        reader.go.set()
        await Outbox().send(reader, Answer(200, [], bytes(100)), is_head=True)
        return reader.body

    assert asyncio.run(run()) == b""


def test_many_readers_of_one_body_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """50 read the same megabyte and there is room; a second body fills it; when it is read there is room again."""
    monkeypatch.setattr(answers, "MOST_HELD_BYTES", 1_500_000)
    shared, own = Answer(200, [], bytes(1_000_000)), Answer(200, [], bytes(500_000))

    async def run() -> None:
        outbox = Outbox()
        readers = [Reader() for _ in range(51)]
        tasks = [asyncio.create_task(outbox.send(reader, shared)) for reader in readers[:50]]
        await asyncio.sleep(0)
        assert not outbox.is_full()
        tasks.append(asyncio.create_task(outbox.send(readers[50], own)))
        await asyncio.sleep(0)
        assert outbox.is_full()
        readers[50].go.set()
        await tasks.pop()
        assert not outbox.is_full()
        for task in tasks:  # who goes away is not counted any longer
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        tasks = [asyncio.create_task(outbox.send(Reader(), own)) for _ in range(3)]
        await asyncio.sleep(0)
        assert not outbox.is_full()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())


def test_a_reader_who_takes_a_body_in_drops_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little it takes at a time: the deadline is that of the whole; then there is room for others."""
    monkeypatch.setattr(answers, "PATIENCE_S", 0.3)
    monkeypatch.setattr(answers, "SLOWEST_BYTES_PER_S", 1e9)
    monkeypatch.setattr(answers, "MOST_HELD_BYTES", 1_000_000)
    taken: list[bool] = []

    async def drip(message: dict[str, Any]) -> None:
        await asyncio.sleep(0.05)
        taken.append(message.get("more_body", True))

    async def run() -> Outbox:
        outbox = Outbox()
        await outbox.send(drip, Answer(200, [], bytes(10_000_000)))
        return outbox

    assert not asyncio.run(run()).is_full()
    assert 1 < len(taken) < 50
    assert all(taken)
