"""Answers that are the same for everybody until the data change: made, compressed and tagged once."""

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
"""The quality of what many readers get: brotli's last two steps take ten times as long for two per cent."""
QUICK: Final = 1
"""The quality of what is large and may have one reader only: a tenth of the time of the usual one."""
MAX_REMEMBERED: Final = 200
"""Characters of a header whose meaning is remembered; no browser's is half as long."""


class Packed(Response):
    """An answer that is complete: nothing is to be compressed or added to it."""


@dataclass(slots=True)
class Document:
    """A body that many ask for.

    Attributes
    ----------
    body
        The bytes, not compressed.
    mimetype
        What they are.
    quality
        How hard brotli tries, up to 11, and gzip, up to 9.
    headers
        What is said of it beside that, in place of what is usual: kept by everybody for some minutes.
    etag
        What stands for the body; made from the body if it is not given.
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
        """Return how many bytes it holds, but for the packed forms, which are a fraction of it."""
        return len(self.body)

    def respond(self) -> Response:
        """Answer the current request: 304 if the reader has it, else the shortest form that the reader takes."""
        if request.if_none_match.contains_weak(self.etag):
            return Packed(status=304, headers=self._said())
        body, headers = self._pack(coding_of(request.environ.get("HTTP_ACCEPT_ENCODING", "")))
        return Packed(body, headers=headers)

    def _said(self) -> list[tuple[str, str]]:
        """Return the headers of every answer."""
        usual = {
            # Weak: the same tag stands for every coding of the body.
            "ETag": f'W/"{self.etag}"',
            "Cache-Control": f"public, max-age={DOCUMENT_S}",
            "Vary": "Accept-Encoding",
        }
        return list({**usual, **self.headers}.items())

    def _pack(self, coding: str | None) -> tuple[bytes, list[tuple[str, str]]]:
        found = self._packed.get(coding)
        if found is None:
            with self._turn:
                found = self._packed.get(coding) or self._packed.setdefault(coding, self._in(coding))
        return found

    def _in(self, coding: str | None) -> tuple[bytes, list[tuple[str, str]]]:
        body = self.body
        if coding == "br":
            body = brotli.compress(body, quality=self.quality)
        elif coding == "gzip":
            body = gzip.compress(body, min(self.quality, 9), mtime=0)
        said = [*self._said(), ("Content-Type", get_content_type(self.mimetype, "utf-8"))]
        said += [("Content-Encoding", coding)] if coding else []
        return body, [*said, ("Content-Length", str(len(body)))]


def coding_of(accepted: str) -> str | None:
    """Return the shortest coding that a reader takes, by its Accept-Encoding; ``None``: the bytes as they are.

    Remembered, as browsers send few: to read it anew would take 7 % of the first page's time.
    """
    return _coding(accepted) if len(accepted) <= MAX_REMEMBERED else _coding.__wrapped__(accepted)


@lru_cache(maxsize=256)
def _coding(accepted: str) -> str | None:
    return parse_accept_header(accepted).best_match(("br", "gzip"))
