"""Imports point down: the layers of the house, held by reading its imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import locator

PACKAGE = Path(locator.__file__).parent

# From the top: a module imports from its own layer's package and from those below, never from above.
LAYERS = [
    {"locator", "locator.cli", "locator.__main__"},
    {"locator.server"},
    {"locator.web"},
    {"locator.maps"},
    {"locator.planning"},
    {"locator.feedback"},
    {"locator.importing"},
    {"locator.stations"},
    {"locator.geo"},
    {"locator.config", "locator.confined", "locator.errors", "locator.sentences"},
]
ONLY_IN = {
    "flask": {"locator.web"},
    "flask_babel": {"locator.web"},
    "folium": {"locator.maps"},
    "branca": {"locator.maps"},
    "click": {"locator.cli"},
    "uvicorn": {"locator.server"},
}
# They name Flask for its type alone.
EXEMPT = {("locator", "flask"), *((f"locator.server.{name}", "flask") for name in ("front", "routes", "running"))}


def modules() -> Iterator[tuple[str, Path]]:
    """Give every module with its dotted name."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        yield ".".join(parts).removesuffix(".__init__"), path


def imports(path: Path) -> set[str]:
    """List what a module imports, at the top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def layer(name: str) -> int | None:
    """Return how far down a module stands, ``None`` for what is not ours."""
    for depth, members in enumerate(LAYERS):
        if name in members or any(name.startswith(f"{m}.") for m in members if m != "locator"):
            return depth
    return None


@pytest.mark.parametrize(("name", "path"), list(modules()), ids=[name for name, _ in modules()])
def test_imports_point_down(name: str, path: Path) -> None:
    """No module imports from a layer above its own."""
    own = layer(name)
    assert own is not None, f"{name} stands in no layer"
    above = {target for target in imports(path) if (depth := layer(target)) is not None and depth < own}
    assert not above - {"locator"}


@pytest.mark.parametrize(("name", "path"), list(modules()), ids=[name for name, _ in modules()])
def test_libraries_stay_in_their_place(name: str, path: Path) -> None:
    """Flask is known to the web alone, Folium to the maps alone."""
    used = {target.split(".")[0] for target in imports(path)}
    for library, places in ONLY_IN.items():
        if library in used and (name, library) not in EXEMPT:
            assert any(name == place or name.startswith(f"{place}.") for place in places)


def test_the_environment_is_read_in_one_place() -> None:
    """Settings come from config; the command line only hands a folder on to its workers."""
    readers = {name for name, path in modules() if "os.environ" in path.read_text(encoding="utf-8")}
    assert readers <= {"locator.config", "locator.cli.serving"}


@pytest.mark.parametrize(("name", "path"), list(modules()), ids=[name for name, _ in modules()])
def test_nothing_is_unpickled(name: str, path: Path) -> None:
    """What another process wrote, which may have read a hostile file, is data here and no object."""
    assert not {target.split(".")[0] for target in imports(path)} & {"pickle", "marshal", "shelve", "dbm"}, name


def test_the_kilometre_is_named_once() -> None:
    """The promise of 1 km is a constant of config and no number elsewhere in the package."""
    writers = {
        name
        for name, path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in (1000.0,) and isinstance(node.value, float)
    }
    assert writers <= {"locator.config"}
