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
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final, TypeVar

from flask import Flask, Response, current_app, request
from flask_limiter import Limiter, RateLimitExceeded
from limits.errors import ConfigurationError

from locator.config import Settings
from locator.errors import ConfigError, UsageError

View = TypeVar("View", bound=Callable[..., Any])

REDIS_PATIENCE_S: Final = 0.5
NETWORK_BITS: Final = 64
"""So much of an IPv6 address is its network's; the rest a device may change at will."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How often a device may ask."""

    often: str
    """In the words of Flask-Limiter; the shortest time first."""
    together: str | None = None
    """Views of one name are counted together; ``None``: each view by itself."""
    by_browser: bool = False
    """Whether devices behind one address are told apart by what their browsers say of themselves."""


WRITES: Final = (
    Allowance("10 per minute; 60 per hour", together="writes", by_browser=True),
    # Of a mobile network thousands share an address, and of these few have the same phone; a single sender who
    # calls its browser otherwise each time is held here.
    Allowance("100 per minute; 1000 per hour", together="writes of an address"),
)
"""Reports and requests."""
SIGN_IN: Final = Allowance("5 per minute; 20 per hour", together="sign-in")
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

    Where Redis does not answer, each process counts by itself, within the same limits, until it does.

    Raises
    ------
    ConfigError
        If the counts cannot be kept where the settings say.
    """
    app.extensions["locator.salt"] = _salt(settings)
    limiter = _limiter(app, settings.limits)
    for endpoint, view in app.view_functions.items():
        limit = view
        for allowance in getattr(view, "allowances", ()):
            limit = _rule(limiter, allowance)(limit)
        app.view_functions[endpoint] = limit
    app.register_error_handler(RateLimitExceeded, lambda _: _refuse(limiter))


def device() -> str:
    """Return the address of who asks, as far as it tells devices apart; seen through the operator's proxies."""
    said = request.remote_addr or "unknown"
    try:
        address = ip_address(said)
    except ValueError:  # a socket in the file system
        return said
    if isinstance(address, IPv6Address):
        return str(ip_network((address.packed, NETWORK_BITS), strict=False))
    return said


def _limiter(app: Flask, place: str) -> Limiter:
    patience: dict[str, Any] = dict.fromkeys(("socket_connect_timeout", "socket_timeout"), REDIS_PATIENCE_S)
    limiter = Limiter(
        _address,
        storage_uri=place,
        storage_options={} if place.startswith("memory") else patience,
        strategy="moving-window",
        in_memory_fallback_enabled=True,
    )
    # Its hooks would look at every request, half as long as the finder takes to answer one; where it finds
    # itself among the extensions it adds none. The marked views ask it by themselves.
    app.extensions["limiter"] = {limiter}
    try:
        limiter.init_app(app)
    except (ConfigurationError, ImportError, ValueError) as fault:
        raise ConfigError(
            "LOCATOR_LIMITS is {value}, which cannot be used: {fault}. Redis needs the package with [redis].",
            value=repr(place),
            fault=fault,
        ) from None
    return limiter


def _rule(limiter: Limiter, allowance: Allowance) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    who = _browser if allowance.by_browser else _address
    if allowance.together:
        return limiter.shared_limit(allowance.often, scope=allowance.together, key_func=who)
    return limiter.limit(allowance.often, key_func=who)


def _salt(settings: Settings) -> bytes:
    """Return what keeps a mark from telling an address: each process has its own, those of one Redis share one."""
    if settings.limits.startswith("memory"):
        return secrets.token_bytes(32)
    return sha256(f"{settings.limits} {settings.admin_password_hash}".encode()).digest()


def _address() -> str:
    """Return the mark by which an address is counted today."""
    return _mark(device())


def _browser() -> str:
    """Return the mark of an address and of what the browser says of itself."""
    return _mark(f"{device()} {request.user_agent.string[:200]}")


def _mark(text: str) -> str:
    salt: bytes = current_app.extensions["locator.salt"]
    return blake2b(f"{date.today()} {text}".encode(), key=salt, digest_size=16).hexdigest()


def _refuse(limiter: Limiter) -> Response:
    """Answer 429, and say when to come again."""
    from locator.web import answer_error

    reached = limiter.current_limit
    wait_s = max(1, math.ceil(reached.window.reset_time - time.time())) if reached else 1
    answer = answer_error(_too_often(wait_s), HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers["Retry-After"] = str(wait_s)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _too_often(wait_s: int) -> UsageError:
    if wait_s <= 90:
        return UsageError("That was too often for one device. Try again in {n} seconds.", n=wait_s)
    return UsageError("That was too often for one device. Try again in {n} minutes.", n=math.ceil(wait_s / 60))
