"""Answers for everybody: compressed and tagged once, the same bytes in every coding."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import brotli
import pytest

from locator.web.shared.documents import Document

if TYPE_CHECKING:
    from flask import Flask, Response

BODY = '{"name": "东华门街道工会服务站"}\n'.encode() * 200


def answer(app: Flask, document: Document, **headers: str) -> Response:
    """Let a document answer a request with these headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with app.test_request_context("/", headers=named):
        return document.respond()


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("br", "br"),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0, gzip;q=0", None),
        ("*", "br"),
        ("identity", None),
        ("deflate", None),
        ("", None),
    ],
)
def test_the_reader_gets_a_coding_that_it_takes(app: Flask, accepted: str, coding: str | None) -> None:
    """And the same bytes come out of each."""
    response = answer(app, Document(BODY, "application/json"), Accept_Encoding=accepted)
    assert response.headers.get("Content-Encoding") == coding
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding]
    assert unpack(response.data) == BODY
    assert response.headers["Vary"] == "Accept-Encoding"
    assert coding is None or len(response.data) < len(BODY) / 10


def test_the_tag_is_that_of_the_body(app: Flask) -> None:
    """One for equal bodies, another for others; weak, as it stands for every coding."""
    tags = {
        answer(app, Document(body, "text/plain"), Accept_Encoding=coding).headers["ETag"]
        for body in (BODY, bytes(BODY))
        for coding in ("br", "gzip", "identity")
    }
    assert len(tags) == 1
    assert tags.pop().startswith('W/"')
    assert Document(BODY, "text/plain").etag != Document(BODY + b" ", "text/plain").etag


@pytest.mark.parametrize("form", ['W/"{tag}"', '"{tag}"', '"other", W/"{tag}"', "*"])
def test_a_reader_that_has_it_is_sent_nothing(app: Flask, form: str) -> None:
    """304 without a body, with the tag and how long it may be kept; a proxy may have weakened the tag."""
    document = Document(BODY, "application/json")
    response = answer(app, document, If_None_Match=form.format(tag=document.etag), Accept_Encoding="br")
    assert response.status_code == 304
    assert response.data == b""
    assert response.headers["ETag"] == f'W/"{document.etag}"'
    assert response.headers["Cache-Control"] == "public, max-age=300"


def test_a_reader_with_an_older_one_is_sent_the_new(app: Flask) -> None:
    """Its tag is another."""
    response = answer(app, Document(BODY, "application/json"), If_None_Match='"0123456789abcdef"')
    assert (response.status_code, response.data) == (200, BODY)
    assert response.mimetype == "application/json"
