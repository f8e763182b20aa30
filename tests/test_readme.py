"""What the README promises a newcomer is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import locator.config

ROOT = Path(__file__).resolve().parent.parent
VARIABLES = sorted(
    set(re.findall(r"LOCATOR_[A-Z_]+[A-Z]", Path(locator.config.__file__).read_text(encoding="utf-8")))
)


@pytest.fixture(scope="module")
def readme() -> str:
    """Give the text of the README."""
    return (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("variable", VARIABLES)
def test_every_setting_is_documented(readme: str, variable: str) -> None:
    """Each stands in a row of the table of settings, with a meaning and a default."""
    (row,) = re.findall(rf"^\| *`{variable}` *\|(.+)\|$", readme, re.MULTILINE)
    assert all(cell.strip() for cell in row.split("|"))


def test_the_readme_opens_with_two_commands_of_one_line_each(readme: str) -> None:
    """The first serves the map, the second passes the tests; each sets up all it needs."""
    blocks = re.findall(r"^```(?:sh|bash)\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines()][:2]
    serve, test = commands
    assert "pip install" in serve
    assert serve.endswith("locator serve")
    assert "pip install" in test
    assert "[test]" in test
    assert test.endswith("pytest")


def test_every_link_into_the_project_leads_somewhere(readme: str) -> None:
    """Files and folders that the README names exist."""
    links = re.findall(r"\]\(([^)#:\s]+)\)", readme)
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]
