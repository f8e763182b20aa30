"""Answers that refuse a request before the application sees it: too busy, too large, too slow.

They are in all languages at once and made at the start. To negotiate the language of the reader costs time that
an overloaded service does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from typing import Final

import orjson

from locator.language.catalogue import languages
from locator.language.messages import Message, message
from locator.server.answers import Answer

RETRY_AFTER_S: Final = 10


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a request is refused."""

    status: HTTPStatus
    message: Message


BUSY: Final = Reason(
    HTTPStatus.SERVICE_UNAVAILABLE,
    message("Too much is being asked at the moment. Try again in {n} seconds.", n=RETRY_AFTER_S),
)
TOO_LARGE: Final = Reason(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    message("The request is larger than this page takes. Send less at a time."),
)
TOO_SLOW: Final = Reason(
    HTTPStatus.REQUEST_TIMEOUT,
    message("The request did not arrive completely in time. Check the connection and try again."),
)
FAILED: Final = Reason(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    message("Something went wrong on our side. Try again in a minute."),
)

ENDING: Final = Reason(
    HTTPStatus.SERVICE_UNAVAILABLE,
    message("The service is being stopped, and what was asked took too long for it. Try again in a minute."),
)

_PAGE: Final = (
    '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
    "<title>{title}</title>{paragraphs}"
)


class Refusals:
    """The answers that refuse a request.

    Parameters
    ----------
    lang
        The service's own language, which comes first.
    """

    def __init__(self, lang: str) -> None:
        self._languages = sorted(languages(), key=lambda other: other != lang)
        self._answers = {
            (reason, is_program): self._answer(reason, is_program)
            for reason in (BUSY, TOO_LARGE, TOO_SLOW, FAILED, ENDING)
            for is_program in (True, False)
        }

    def answer(self, reason: Reason, *, is_program: bool) -> Answer:
        """Return the answer for a reason: problem details for a program, a page for people."""
        return self._answers[reason, is_program]

    def _answer(self, reason: Reason, is_program: bool) -> Answer:
        texts = {lang: reason.message.to(lang) for lang in self._languages}
        body, mimetype = _problem(reason, texts) if is_program else _page(reason, texts)
        headers = {"content-type": mimetype, "content-length": str(len(body)), "cache-control": "no-store"}
        if reason is BUSY:
            headers["retry-after"] = str(RETRY_AFTER_S)
        else:
            headers["connection"] = "close"  # the rest of the request is not read
        encoded = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
        return Answer(reason.status, encoded, body)


def _problem(reason: Reason, texts: dict[str, str]) -> tuple[bytes, str]:
    """Return problem details (RFC 9457) and their media type."""
    problem = {
        "type": "about:blank",
        "title": reason.status.phrase,
        "status": reason.status,
        "detail": " ".join(texts.values()),
    }
    return orjson.dumps(problem), "application/problem+json"


def _page(reason: Reason, texts: dict[str, str]) -> tuple[bytes, str]:
    paragraphs = "".join(f'<p lang="{lang}">{escape(text)}</p>' for lang, text in texts.items())
    page = _PAGE.format(title=escape(reason.status.phrase), paragraphs=paragraphs)
    return page.encode(), "text/html; charset=utf-8"
