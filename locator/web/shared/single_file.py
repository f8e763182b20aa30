"""Pages that are one file: scripts, styles and data stand inside, and the policy names them by their hashes."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import Final

import orjson

from locator.config import bundled
from locator.web.shared.leaflet_files import vendor_text

WITHOUT_SCRIPT: Final = ".needs-script { display: none !important; }"


def data_url(value: object) -> str:
    """Return an address that holds a value as JSON."""
    return f"data:application/json;base64,{b64encode(orjson.dumps(value)).decode()}"


def joined(files: tuple[str | tuple[str, str], ...]) -> str:
    """Put files of ours (names) and of packages (package, name) into one text that may stand inside a page."""
    texts = (
        (bundled("static") / file).read_text(encoding="utf-8") if isinstance(file, str) else vendor_text(*file)
        for file in files
    )
    # What belongs to the packages' own tools leads to files that are not here.
    text = "\n".join(re.sub(r"(?m)^(//# sourceMappingURL=.*|.*url\(images/.*)$", "", text) for text in texts)
    return re.sub(r"(?i)</(?=script|style)", r"<\\/", text)


def digest(text: str) -> str:
    """Return what a content security policy calls an element with this text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
