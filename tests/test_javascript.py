"""What the scripts of static/ do without a page, and what they share with Python, holds."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from locator.web.embed import builder, frame, frame_options
from tests.js.conftest import node

__all__ = ["node"]

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = sorted((ROOT / "tests" / "js").glob("*/*.test.mjs"))
TYPES = (ROOT / ".ci" / "js" / "types.d.ts").read_text(encoding="utf-8")
# One page of each kind that has words for its scripts.
PAGES = ("/", "/map", "/stations/tw-1", "/planner?n=2", "/embed")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_in_node(node: str, script: Path) -> None:
    """All tests of a file pass, without a browser."""
    done = subprocess.run([node, "--test", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)[1]) > 0  # type: ignore[index]


def words_of(client: FlaskClient, path: str) -> dict[str, object]:
    """Read the words that a page hands to its scripts."""
    found = re.search(r'<script type="application/json" id="words">(.*?)</script>', client.get(path).text)
    assert found, path
    words: dict[str, object] = json.loads(found[1])
    return words


def test_every_message_that_scripts_may_say_is_in_a_page(client: FlaskClient) -> None:
    """The checker lets scripts say what its list has; pages have all of it, but for what stewards' pages say."""
    keys = set(re.findall(r'"(\w+)"', TYPES.partition("type MessageKey =")[2].partition(";")[0]))
    said = {key for path in PAGES for key in words_of(client, path)}
    assert len(keys) > 80
    assert keys - said == {"nameless", "row", "sheet_row", "looking", "not_looked"}


def test_the_scripts_of_a_page_find_their_words_in_it(client: FlaskClient) -> None:
    """Each message that a script says by its name is handed over by every page that has the script."""
    found = 0
    for path in PAGES:
        words = words_of(client, path)
        for name in re.findall(r'<script src="/static/([\w/]+\.js)', client.get(path).text):
            script = (ROOT / "static" / name).read_text(encoding="utf-8")
            if name == "finder/offline.js":  # which has words of its own
                continue
            said = set(re.findall(r'locator\.say\("(\w+)"', script)) | set(re.findall(r"\bwords\.(\w+)", script))
            # What several doors share says on each page a part of what it can say.
            if not name.startswith("shared/"):
                assert said <= set(words), (path, name)
                found += len(said)
    assert found > 60


def test_the_element_for_other_pages_has_the_options_and_the_height_of_the_frame() -> None:
    """It stands alone in the pages of others, so no page of ours can hand them over."""
    script = (ROOT / "static" / "embed.js").read_text(encoding="utf-8")
    options = re.findall(r'"([a-z]+)"', script.partition("const OPTIONS = [")[2].partition("]")[0])
    assert sorted(options) == sorted(frame_options.NAMES)
    height, least, most = map(int, re.search(r"HEIGHT = (\d+), LEAST = (\d+), MOST = (\d+)", script).groups())  # type: ignore[union-attr]
    assert (height, least) == (frame.HEIGHT, builder.HEIGHTS[0])
    assert most >= builder.HEIGHTS[1]
