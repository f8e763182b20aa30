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


SUFFIXES = "py|js|css|html|svg|csv|json|geojson|md|toml|po"


def test_every_path_that_is_named_exists(readme: str) -> None:
    """Folders and files of the project, which begin at its top so that each can be opened as it is written."""
    words = {word for span in re.findall(r"`([^`\n]+)`", readme) for word in span.split()}
    paths = {word for word in words if re.match(r"(locator|static|geodata|tests|\.ci)/", word)}
    assert len(paths) > 80
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []


def test_contributors_are_given_whole_paths(readme: str) -> None:
    """A name without its folder has to be looked for: in the section for contributors there is none."""
    (section,) = re.findall(r"^## Contributing$(.*?)^## ", readme, re.MULTILINE | re.DOTALL)
    names = {span for span in re.findall(r"`([^`\n]+)`", section) if re.fullmatch(rf"[\w.-]+\.({SUFFIXES})", span)}
    assert names <= {"pyproject.toml"}


def test_hooks_fetch_nothing() -> None:
    """They run what the environment holds already, and name no other host."""
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"repo: *(\S+)", hooks) == ["local"]
    assert set(re.findall(r"language: *(\S+)", hooks)) == {"system"}
    assert "://" not in hooks
