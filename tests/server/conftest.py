"""A thread without a loop, for tests that run one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def without_a_loop() -> Iterator[None]:
    """Put aside the loop that a browser, which this process drove before, keeps in the thread of the tests."""
    kept = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(kept)
