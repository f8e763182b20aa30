"""Responses that are the same for everybody until the data change: made, compressed and tagged once."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import Final

import brotli
from flask import Response, request
from werkzeug.http import parse_accept_header
from werkzeug.utils import get_content_type

from locator.web.shared.cache_times import DOCUMENT_S

THOROUGH: Final = 9
"""Brotli quality of what many readers get: 10 and 11 take ten times as long to save 2 % of the bytes."""
QUICK: Final = 1
"""Brotli quality of what is large and may have a single reader: takes a tenth of the time of `THOROUGH`."""
MAX_REMEMBERED: Final = 200
"""Longest header, in characters, whose parsed form is cached; those of browsers are less than half as long."""


class Packed(Response):
    """A complete response: nothing is compressed in it or added to it afterwards."""


@dataclass(slots=True)
class Document:
    """A response body that is sent to many readers.

    Attributes
    ----------
    body
        The bytes, not compressed.
    quality
        Of brotli, up to 11, and of gzip, up to 9.
    headers
        Sent beside the usual ones, or in place of those of the same names.
    etag
        The entity tag, by default a hash of the body.
    """

    body: bytes
    mimetype: str
    quality: int = THOROUGH
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    _packed: dict[str | None, tuple[bytes, list[tuple[str, str]]]] = field(init=False, default_factory=dict)
    _turn: Lock = field(init=False, default_factory=Lock)

    def __post_init__(self) -> None:
        self.etag = self.etag or hashlib.sha256(self.body).hexdigest()[:16]

    def size(self) -> int:
        """Return the bytes of the body; the compressed forms are a fraction of it."""
        return len(self.body)

    def respond(self) -> Response:
        """Answer the current request: 304 if the client has it, else the smallest encoding that it accepts."""
        if request.if_none_match.contains_weak(self.etag):
            return Packed(status=304, headers=self._common_headers())
        body, headers = self._pack(coding_of(request.environ.get("HTTP_ACCEPT_ENCODING", "")))
        return Packed(body, headers=headers)

    def _common_headers(self) -> list[tuple[str, str]]:
        """Return the headers that a 304 has too."""
        usual = {
            # Weak: the same tag stands for every coding of the body.
            "ETag": f'W/"{self.etag}"',
            "Cache-Control": f"public, max-age={DOCUMENT_S}",
            "Vary": "Accept-Encoding",
        }
        return list({**usual, **self.headers}.items())

    def _pack(self, coding: str | None) -> tuple[bytes, list[tuple[str, str]]]:
        packed = self._packed.get(coding)
        if packed is None:
            with self._turn:
                packed = self._packed.get(coding) or self._packed.setdefault(coding, self._encode(coding))
        return packed

    def _encode(self, coding: str | None) -> tuple[bytes, list[tuple[str, str]]]:
        body = self.body
        if coding == "br":
            body = brotli.compress(body, quality=self.quality)
        elif coding == "gzip":
            body = gzip.compress(body, min(self.quality, 9), mtime=0)
        headers = [*self._common_headers(), ("Content-Type", get_content_type(self.mimetype, "utf-8"))]
        headers += [("Content-Encoding", coding)] if coding else []
        return body, [*headers, ("Content-Length", str(len(body)))]


def no_store(response: Response) -> Response:
    """Forbid browsers and proxies to keep a response."""
    response.headers["Cache-Control"] = "no-store"
    return response


def coding_of(accepted: str) -> str | None:
    """Return the best encoding that an Accept-Encoding header allows; ``None``: not compressed.

    Cached, as browsers send few different headers: parsing takes 7 % of the first page's time.
    """
    return _coding(accepted) if len(accepted) <= MAX_REMEMBERED else _coding.__wrapped__(accepted)


@lru_cache(maxsize=256)
def _coding(accepted: str) -> str | None:
    return parse_accept_header(accepted).best_match(("br", "gzip"))
