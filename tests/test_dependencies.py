"""Whatever is imported is declared: what another package happens to bring may be gone with its next release."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOR_TYPES_ALONE = {"_typeshed"}  # which type checkers know and nothing installs


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """Give what pyproject.toml says of the project."""
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def imported(folder: Path) -> set[str]:
    """List the packages that the modules of a folder import, at the top or inside a function."""
    nodes = (
        node for path in folder.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )
    return {name.split(".")[0] for node in nodes for name in names(node)}


def names(node: ast.AST) -> Iterator[str]:
    """Give the dotted names of modules of other packages in an import."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module


def plain(requirement: str) -> str:
    """Return the distribution that a requirement names, as the index writes it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


@pytest.mark.parametrize(("folder", "is_test"), [("locator", False), ("tests", True)])
def test_every_package_that_is_imported_is_declared(project: dict[str, Any], folder: str, is_test: bool) -> None:
    """Among the dependencies or in an extra; what tests import may stand in the extra ``test``."""
    extras = project["optional-dependencies"].items()
    wanted = [
        *project["dependencies"],
        *(each for name, many in extras if is_test or name != "test" for each in many),
    ]
    declared = {plain(requirement) for requirement in wanted}
    own = {"locator", folder, *(path.stem for path in (ROOT / folder).rglob("*.py"))}
    foreign = imported(ROOT / folder) - set(sys.stdlib_module_names) - own - FOR_TYPES_ALONE
    homes = packages_distributions()
    undeclared = {name for name in foreign if not declared & {plain(home) for home in homes.get(name, [])}}
    assert undeclared == set()


@pytest.mark.parametrize(
    "requirement", ["Flask-Login>=0.6.3", "flask_login", "flask.login[x] >=1; python_version<'4'"]
)
def test_a_requirement_names_a_distribution(requirement: str) -> None:
    """However it is written."""
    assert plain(requirement) == "flask-login"


def test_every_dependency_has_a_lower_bound(project: dict[str, Any]) -> None:
    """Which is what `.ci/lowest.py` installs, and runs."""
    assert [each for each in project["dependencies"] if ">=" not in each] == []
