"""Bodies: whole, in time and within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from locator.server import bodies
from locator.server.bodies import Bodies, BodyTooLargeError, BodyTooSlowError, ClientGoneError, NoRoomError


def arriving(*parts: bytes, pause_s: float = 0.0, ends: bool = True) -> Any:
    """Make what ASGI calls ``receive``; after the parts the body ends, or nothing more comes."""
    waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    if ends:
        waiting[-1]["more_body"] = False

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(pause_s)
        if not waiting:
            await asyncio.sleep(60)
        return waiting.pop(0)

    return receive


def read(receive: Any, announced: int | None, most: int = 1000, of: Bodies | None = None) -> bytes:
    async def run() -> bytes:
        with await (of or Bodies()).read(receive, announced, most) as body:
            return body.read()

    return asyncio.run(run())


@pytest.mark.parametrize("announced", [6, None])
def test_the_parts_are_put_together(announced: int | None) -> None:
    assert read(arriving(b"ab", b"", b"cdef"), announced) == b"abcdef"


def test_where_none_is_announced_nothing_is_waited_for() -> None:
    """A GET has no body, and nothing that would say that it ends."""

    async def receive() -> dict[str, Any]:
        raise AssertionError("nobody may wait here")

    assert read(receive, 0) == b""


@pytest.mark.parametrize("size", [1000, 1001])
def test_the_limit_is_inclusive(size: int) -> None:
    """Announced or not; an announced one is refused before any of it is read."""
    for announced, receive in ((size, arriving(bytes(size))), (None, arriving(bytes(600), bytes(size - 600)))):
        if size == 1000:
            assert read(receive, announced) == bytes(1000)
        else:
            with pytest.raises(BodyTooLargeError):
                read(receive, announced)


def test_a_body_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many parts come in time: the deadline is that of the whole."""
    monkeypatch.setattr(bodies, "PATIENCE_S", 0.3)
    with pytest.raises(BodyTooSlowError):
        read(arriving(*[b"x"] * 100, pause_s=0.02), 100)
    with pytest.raises(BodyTooSlowError):
        read(arriving(b"x", ends=False), 100)


def test_a_long_body_may_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """8,000 bytes a second are enough: these 800 may take 0.1 s more."""
    monkeypatch.setattr(bodies, "PATIENCE_S", 0.0)
    monkeypatch.setattr(bodies, "SLOWEST_BYTES_PER_S", 100)
    assert read(arriving(bytes(400), bytes(400), pause_s=0.05), 800) == bytes(800)


def test_a_client_that_went_away_is_noticed() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    with pytest.raises(ClientGoneError):
        read(receive, 5)


def test_few_large_bodies_come_in_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next is refused at once, and taken when one of them is in."""
    monkeypatch.setattr(bodies, "MOST_LARGE", 2)
    size = bodies.LARGE_BYTES + 1

    async def run() -> list[Any]:
        mine = Bodies()
        begun = [asyncio.create_task(mine.read(arriving(bytes(size), pause_s=0.2), size, size)) for _ in range(2)]
        await asyncio.sleep(0.05)
        with pytest.raises(NoRoomError):
            await mine.read(arriving(bytes(size)), size, size)
        found: list[Any] = await asyncio.gather(*begun)
        found.append(await mine.read(arriving(bytes(size)), size, size))
        return found

    found = asyncio.run(run())
    for body in found:
        assert body.read() == bytes(size)
        body.close()


def test_all_bodies_together_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is given up or done does not count any more; a usual one has room all the time."""
    monkeypatch.setattr(bodies, "MOST_HELD_BYTES", 1500)
    monkeypatch.setattr(bodies, "USUAL_BYTES", 800)

    async def run(receives: Iterable[Any], mine: Bodies) -> list[Any]:
        return await asyncio.gather(
            *(mine.read(receive, None, 1000) for receive in receives), return_exceptions=True
        )

    mine = Bodies()
    first, second = asyncio.run(run([arriving(bytes(900), b"", pause_s=0.05) for _ in range(2)], mine))
    assert isinstance(second, NoRoomError)
    assert first.read() == bytes(900)
    first.close()
    (third,) = asyncio.run(run([arriving(bytes(1000))], mine))
    assert third.read() == bytes(1000)
    third.close()

    async def run_beside() -> list[Any]:
        large = [mine.read(arriving(bytes(900), b"", pause_s=0.05), None, 1000) for _ in range(2)]
        usual = [mine.read(arriving(bytes(800), b"", pause_s=0.01), None, 800) for _ in range(3)]
        return await asyncio.gather(*large, *usual, return_exceptions=True)

    large, refused, *usual = asyncio.run(run_beside())
    assert isinstance(refused, NoRoomError)
    assert [body.read() for body in usual] == [bytes(800)] * 3
    for body in (large, *usual):
        body.close()
