"""Answers that are the same for everybody until the data change: made, compressed and tagged once."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, field
from typing import Final

import brotli
from flask import Response, request

MAX_AGE_S: Final = 300


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
        How hard brotli tries, up to 11: the last two steps take ten times as long for two per cent.
    """

    body: bytes
    mimetype: str
    quality: int = 9
    etag: str = field(init=False)
    _packed: dict[str, bytes] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.etag = hashlib.sha256(self.body).hexdigest()[:16]

    def respond(self) -> Response:
        """Answer the current request: 304 if the reader has it, else the shortest form that the reader takes."""
        if request.if_none_match.contains_weak(self.etag):
            response = Response(status=304)
        else:
            coding = request.accept_encodings.best_match(("br", "gzip"))
            response = Response(self._pack(coding), mimetype=self.mimetype)
            if coding:
                response.headers["Content-Encoding"] = coding
        # Weak: the same tag stands for every coding of the body.
        response.set_etag(self.etag, weak=True)
        response.headers["Cache-Control"] = f"public, max-age={MAX_AGE_S}"
        response.headers["Vary"] = "Accept-Encoding"
        return response

    def _pack(self, coding: str | None) -> bytes:
        if coding is None:
            return self.body
        if coding not in self._packed:
            self._packed[coding] = (
                brotli.compress(self.body, quality=self.quality)
                if coding == "br"
                else gzip.compress(self.body, mtime=0)
            )
        return self._packed[coding]
