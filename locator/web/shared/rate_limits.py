"""Rate limits per device, of the views that are marked; the others cost nothing."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b, sha256
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, current_app, request
from flask_limiter import Limiter, RateLimitExceeded
from limits.errors import ConfigurationError
from limits.storage import MovingWindowSupport, Storage

from locator.config import Settings
from locator.errors import ConfigError, LocatorError, UsageError
from locator.feedback.networks import origin
from locator.web.shared.context import current_feedback
from locator.web.shared.documents import no_store
from locator.web.shared.error_answers import answer_error
from locator.web.shared.view_costs import View, mark

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
    """Whether devices behind one address are distinguished by their User-Agent."""
    by_all: bool = False
    """Whether all processes count together, in the store; for rare requests only, as each is a write."""


WRITES: Final = (
    Allowance("10 per minute; 60 per hour", together="writes", by_browser=True),
    # Thousands of phones on a mobile network share an address, and few of them have the same browser. A sender
    # that changes its User-Agent each time still meets this second limit.
    Allowance("100 per minute; 1000 per hour", together="writes of an address"),
)
"""Reports and requests."""
SIGN_IN: Final = Allowance("5 per minute; 20 per hour", together="sign-in", by_all=True)
EXPENSIVE: Final = Allowance("60 per minute")
"""Planner pages and batches: no person reads one page a second."""
PARTS: Final = Allowance("600 per minute", together="parts")
"""The parts of a planner page: charts, pictures, the data of its map."""


def limited(*allowances: Allowance) -> Callable[[View], View]:
    """Mark a view with its rate limits, below the decorator of its route."""
    return mark(allowances=allowances)


def init_limits(app: Flask, settings: Settings) -> None:
    """Limit the marked views; all blueprints have to be registered before.

    While Redis does not answer, or the store cannot be written, each process counts by itself.

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
    """Return the part of the client's address that identifies a device, as seen through the operator's proxies."""
    return origin(request.remote_addr or "").device


class StoreStorage(Storage, MovingWindowSupport):
    """Counts in the store, which all processes share; only the methods that a moving window needs."""

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

    def _unsupported(self, *_: object, **__: object) -> Any:
        raise NotImplementedError

    # Abstract in the base class, and not called for a moving window.
    incr = get = get_expiry = reset = clear = _unsupported


def _limiter(app: Flask, storage_uri: str) -> Limiter:
    patience: dict[str, Any] = dict.fromkeys(("socket_connect_timeout", "socket_timeout"), REDIS_PATIENCE_S)
    limiter = Limiter(
        _address,
        storage_uri=storage_uri,
        storage_options=patience if storage_uri.startswith("redis") else {},
        strategy="moving-window",
        in_memory_fallback_enabled=True,
    )
    # Its hooks would run for every request and add 35 % to the time of an API answer, 45 % to that of the first
    # page. It adds none where it is among the extensions already; the marked views call it by themselves.
    app.extensions.setdefault("limiter", set()).add(limiter)
    try:
        limiter.init_app(app)
    except (ConfigurationError, ImportError, ValueError) as fault:
        raise ConfigError(
            "LOCATOR_LIMITS is {value}, which cannot be used: {fault}. Redis needs the package with [redis].",
            value=repr(storage_uri),
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
    """Return the key that keeps marks from revealing addresses: random per process, shared by those of one Redis.

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
    error = (
        UsageError("That was too often for one device. Try again in {n} seconds.", n=wait_s)
        if wait_s <= 90
        else UsageError("That was too often for one device. Try again in {n} minutes.", n=math.ceil(wait_s / 60))
    )
    answer = answer_error(error, HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers["Retry-After"] = str(wait_s)
    return no_store(answer)
