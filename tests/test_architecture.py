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
    {"locator.files"},
    {"locator.geo"},
    {"locator.config", "locator.errors", "locator.language", "locator.notices"},
]
ONLY_IN = {
    "flask": {"locator.web"},
    "folium": {"locator.maps"},
    "branca": {"locator.maps"},
    "click": {"locator.cli"},
    "prometheus_client": {"locator.web"},
    "uvicorn": {"locator.server"},
}
# They name Flask for its type alone.
EXEMPT = {("locator", "flask"), *((f"locator.server.{name}", "flask") for name in ("front", "routes", "running"))}
# What is kept for good, and the few values that ever come into it.
KEEPERS = {
    "locator.geo.datum._built_mainland",  # none
    "locator.language.characters._all_pairs",  # none
    "locator.language.characters._converter",
    "locator.language.pinyin._taught",
    "locator.stations.sample: functools.cache(pinyin)",  # the words that synthetic names are made of
    "locator.web.shared.static_files._fingerprint",  # files of static/ that templates name
    "locator.web.shared.leaflet_files._folder",  # the two packages
    "locator.web.shared.leaflet_files._version",
    "locator.web.embed.frame.palette",  # light, dark
    # The languages that there are.
    "locator.language.catalogue.languages",  # once
    "locator.language.catalogue._templates",
    "locator.language.catalogue._locale",
    "locator.language.catalogue._read",
    "locator.stations.hours._phrases",
    "locator.web.shared.page_words.labels_in",
    "locator.web.shared.page_words._texts",
    "locator.web.shared.page_words._hours_texts",
}


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


def keeps_for_good(node: ast.AST) -> bool:
    """Tell whether an expression is a cache of functools that never forgets."""
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.expr) and ast.unparse(node).removeprefix("functools.") == "cache"
    if ast.unparse(node.func).removeprefix("functools.") == "lru_cache":
        bounds = [*node.args, *(word.value for word in node.keywords if word.arg == "maxsize")]
        return any(isinstance(bound, ast.Constant) and bound.value is None for bound in bounds)
    return keeps_for_good(node.func)


@pytest.mark.parametrize(
    ("text", "is_for_good"),
    [
        ("cache", True),
        ("functools.cache", True),
        ("cache(read)", True),
        ("lru_cache(maxsize=None)", True),
        ("lru_cache(None)(read)", True),
        ("lru_cache", False),
        ("lru_cache(maxsize=16)", False),
        ("lru_cache(16)(read)", False),
        ("cached_property", False),
    ],
)
def test_a_cache_that_never_forgets_is_recognised(text: str, is_for_good: bool) -> None:
    """However it is written."""
    assert keeps_for_good(ast.parse(text, mode="eval").body) is is_for_good


def test_what_is_kept_for_good_is_asked_for_by_the_program_alone() -> None:
    """A cache that never forgets grows with what clients send, unless only words of our own ever come into it."""
    keepers: set[str] = set()
    for name, path in modules():
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
        decorated = {each: node.name for node in functions for each in node.decorator_list}
        keepers |= {f"{name}.{function}" for each, function in decorated.items() if keeps_for_good(each)}
        calls = [node for node in nodes if isinstance(node, ast.Call) and node not in decorated]
        keepers |= {f"{name}: {ast.unparse(node)}" for node in calls if keeps_for_good(node)}
    assert keepers <= KEEPERS


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
