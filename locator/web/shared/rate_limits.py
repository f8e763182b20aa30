"""How often one device may ask: of views that are marked, and at no cost to the others."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b, sha256
from http import HTTPStatus
from typing import Any, Final, TypeVar

from flask import Flask, Response, current_app, request
from flask_limiter import Limiter, RateLimitExceeded
from limits.errors import ConfigurationError
from limits.storage import MovingWindowSupport, Storage

from locator.config import Settings
from locator.errors import ConfigError, LocatorError, UsageError
from locator.feedback.networks import origin
from locator.web.shared.context import current_feedback
from locator.web.shared.error_answers import answer_error

View = TypeVar("View", bound=Callable[..., Any])

REDIS_PATIENCE_S: Final = 0.5
STORE_SCHEME: Final = "store"


@dataclass(frozen=True, slots=True)
class Allowance:
    """How often a device may ask."""

    often: str
    """In the words of Flask-Limiter; the shortest time first."""
    together: str | None = None
    """Views of one name are counted together; ``None``: each view by itself."""
    by_browser: bool = False
    """Whether devices behind one address are told apart by what their browsers say of themselves."""
    by_all: bool = False
    """Whether all processes of the service count as one, in the store; for what is rare, as it is written."""


WRITES: Final = (
    Allowance("10 per minute; 60 per hour", together="writes", by_browser=True),
    # Of a mobile network thousands share an address, and of these few have the same phone; a single sender who
    # calls its browser otherwise each time is held here.
    Allowance("100 per minute; 1000 per hour", together="writes of an address"),
)
"""Reports and requests."""
SIGN_IN: Final = Allowance("5 per minute; 20 per hour", together="sign-in", by_all=True)
EXPENSIVE: Final = Allowance("60 per minute")
"""Reads that take the planner or a batch: nobody looks at one page a second."""
PARTS: Final = Allowance("600 per minute", together="parts")
"""What such a page is put together from: charts, pictures, the data of its map."""


def limited(*allowances: Allowance) -> Callable[[View], View]:
    """Mark a view; the decorator of its route stands above this one."""

    def mark(view: View) -> View:
        view.__dict__["allowances"] = allowances
        return view

    return mark


def init_limits(app: Flask, settings: Settings) -> None:
    """Count how often a device asks the marked views; all blueprints are registered before.

    Where Redis does not answer, or the store cannot be written, each process counts by itself, within the same
    limits, until that is over.

    Raises
    ------
    ConfigError
        If the counts cannot be kept where the settings say.
    """
    app.extensions["locator.salt"] = _salt(settings)
    limiter = _limiter(app, settings.limits)
    in_store = None
    if settings.store and settings.limits.startswith("memory"):
        in_store = _limiter(app, f"{STORE_SCHEME}://")
    for endpoint, view in app.view_functions.items():
        limit = view
        for allowance in getattr(view, "allowances", ()):
            if allowance.by_all and in_store:
                limit = _rule(in_store, allowance, _address_in_store)(limit)
            else:
                limit = _rule(limiter, allowance, _browser if allowance.by_browser else _address)(limit)
        app.view_functions[endpoint] = limit
    app.register_error_handler(RateLimitExceeded, _refuse)


def device() -> str:
    """Return the address of who asks, as far as it tells devices apart; seen through the operator's proxies."""
    return origin(request.remote_addr or "").device


class StoreStorage(Storage, MovingWindowSupport):
    """Counts in the store, where all processes see them; no more of the interface than a moving window needs."""

    STORAGE_SCHEME = [STORE_SCHEME]  # noqa: RUF012 - the way of the base class

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return what is raised where the store cannot be read or written."""
        return LocatorError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count, unless it would be more than the limit within so many seconds."""
        return current_feedback().attempts.enter(key, limit, expiry, amount)

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002
        """Return when the first of the last so many seconds was counted, and how many were."""
        return current_feedback().attempts.window(key, expiry)

    def check(self) -> bool:
        """Tell whether the store can be written."""
        current_feedback().attempts.enter("check", 1, 1)
        return True

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Not for a moving window."""
        raise NotImplementedError

    def get(self, key: str) -> int:
        """Not for a moving window."""
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        """Not for a moving window."""
        raise NotImplementedError

    def reset(self) -> int | None:
        """Not for a moving window."""
        raise NotImplementedError

    def clear(self, key: str) -> None:
        """Not for a moving window."""
        raise NotImplementedError


def _limiter(app: Flask, place: str) -> Limiter:
    patience: dict[str, Any] = dict.fromkeys(("socket_connect_timeout", "socket_timeout"), REDIS_PATIENCE_S)
    limiter = Limiter(
        _address,
        storage_uri=place,
        storage_options=patience if place.startswith("redis") else {},
        strategy="moving-window",
        in_memory_fallback_enabled=True,
    )
    # Its hooks would look at every request: 35 % more for an answer of the API, 45 % for the first page. Where it
    # finds itself among the extensions it adds none, and the marked views ask it by themselves.
    app.extensions.setdefault("limiter", set()).add(limiter)
    try:
        limiter.init_app(app)
    except (ConfigurationError, ImportError, ValueError) as fault:
        raise ConfigError(
            "LOCATOR_LIMITS is {value}, which cannot be used: {fault}. Redis needs the package with [redis].",
            value=repr(place),
            fault=fault,
        ) from None
    return limiter


def _rule(
    limiter: Limiter, allowance: Allowance, who: Callable[[], str]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    if allowance.together:
        return limiter.shared_limit(allowance.often, scope=allowance.together, key_func=who)
    return limiter.limit(allowance.often, key_func=who)


def _salt(settings: Settings) -> bytes:
    """Return what keeps a mark from telling an address: each process has its own, those of one Redis share one.

    Whoever reads both Redis and the settings can try all addresses, for the hour that counts are kept there.
    """
    if settings.limits.startswith("memory"):
        return secrets.token_bytes(32)
    return sha256(f"{settings.limits} {settings.admin_password_hash}".encode()).digest()


def _address() -> str:
    """Return the mark by which an address is counted today."""
    return _mark(device())


def _address_in_store() -> str:
    """Return the mark by which all processes of the store know an address today."""
    return current_feedback().sender(request.remote_addr or "", "").device


def _browser() -> str:
    """Return the mark of an address and of what the browser says of itself."""
    return _mark(f"{device()} {request.user_agent.string[:200]}")


def _mark(text: str) -> str:
    salt: bytes = current_app.extensions["locator.salt"]
    return blake2b(f"{date.today()} {text}".encode(), key=salt, digest_size=16).hexdigest()


def _refuse(_: RateLimitExceeded) -> Response:
    """Answer 429, and say when to come again."""
    limits = [limiter.current_limit for limiter in current_app.extensions["limiter"]]
    ends = [limit.window.reset_time for limit in limits if limit and limit.breached]
    wait_s = max(1, math.ceil(max(ends, default=0.0) - time.time()))
    answer = answer_error(_too_often(wait_s), HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers["Retry-After"] = str(wait_s)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _too_often(wait_s: int) -> UsageError:
    if wait_s <= 90:
        return UsageError("That was too often for one device. Try again in {n} seconds.", n=wait_s)
    return UsageError("That was too often for one device. Try again in {n} minutes.", n=math.ceil(wait_s / 60))
