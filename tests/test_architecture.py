"""The layers of the package and the habits of its code, held by reading it.

Where the code does not keep a rule yet, the exceptions are listed beside the rule. The lists only get shorter.
"""

from __future__ import annotations

import ast
import importlib.util
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


def load_plan() -> ModuleType:
    """Import the script that draws the picture: it knows the layers and reads the imports."""
    spec = importlib.util.spec_from_file_location("architecture", ROOT / ".ci" / "architecture.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PLAN = load_plan()
MODULES: dict[str, Path] = PLAN.modules()
SOURCES = {name: path.read_text(encoding="utf-8") for name, path in MODULES.items()}
TREES = {name: ast.parse(source) for name, source in SOURCES.items()}

# Packages that are drawn in parts.
IN_PARTS = {"locator.importing", "locator.planning", "locator.web"}
# How often a module compares something with the name of a language.
LANGUAGE_TESTS = {
    "locator.stations.hours_words": 1,  # how a time is written, 9点, not who reads it
}
MOST_LINES = 40
# Folders of tests that are about the whole, or about data; and tests of what several modules do together.
NOT_MIRRORED = {"browser", "geodata", "js", "servers"}
TOGETHER = {
    "server/test_metrics.py",
    "web/embed/test_oembed.py",
    "web/test_added_language.py",
    "web/test_odd_requests.py",
    "web/test_security.py",
}
# Words that only an insider reads: each is added when the last name with it is gone.
INSIDERS = {"keep_up", "lighting", "requested", "requested_cells", "requested_demand", "wording"}

ONLY_IN = {
    "flask": {"locator.web"},
    "folium": {"locator.maps"},
    "branca": {"locator.maps"},
    "click": {"locator.cli"},
    "prometheus_client": {"locator.web"},
    "uvicorn": {"locator.server"},
    # Files of users are read in one place, with its limits.
    "csv": {"locator.files"},
    "pyogrio": {"locator.files"},
    "python_calamine": {"locator.files"},
    "rasterio": {"locator.files"},
    "zipfile": {"locator.files"},
}
# They name Flask for its type alone.
EXEMPT = {
    ("locator", "flask"),
    *((f"locator.server.{name}", "flask") for name in ("front", "routes", "running")),
    # Geodata of the operator's: landmarks, quotas, holidays.
    ("locator.places.gazetteer", "csv"),
    ("locator.planning.inputs.rule_files", "csv"),
    ("locator.stations.geodata", "csv"),
    # Files of planners.
    ("locator.planning.inputs.csv_files", "csv"),
    ("locator.planning.inputs.layers", "pyogrio"),
    ("locator.planning.inputs.layers", "zipfile"),
    ("locator.planning.inputs.rasters", "rasterio"),
    ("locator.planning.scenario", "csv"),
    # They only write.
    ("locator.planning.output.sheet_files", "csv"),
    ("locator.planning.output.sheet_files", "pyogrio"),
    ("locator.stations.version_export", "pyogrio"),
}
# What is kept for good, and the few values that ever come into it.
KEEPERS = {
    "locator.geo.datum._built_mainland",  # none
    "locator.language.characters._all_pairs",  # none
    "locator.language.characters._converter",
    "locator.language.pinyin._loaded_reader",
    "locator.places.gazetteer.shipped_places",  # once
    "locator.places.landmarks.shipped_landmarks",
    "locator.stations.sample: functools.cache(pinyin)",  # the words that synthetic names are made of
    "locator.web.shared.static_files._fingerprint",  # files of static/ that templates name
    "locator.handouts.packaged_files.package_folder",  # the two packages
    "locator.handouts.packaged_files.package_version",
    "locator.handouts.single_file.environment",  # once
    "locator.web.embed.frame.palette",  # light, dark
    # The languages that there are.
    "locator.language.catalogue.languages",  # once
    "locator.language.catalogue._templates",
    "locator.language.catalogue._locale",
    "locator.language.catalogue._read",
    "locator.stations.hours._phrases",
    "locator.stations.spelled_hours._hours_texts",
    "locator.handouts.map_words.labels_in",
    "locator.handouts.map_words.words_in",
}


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Give all functions and methods by the dotted names of their modules and their own."""
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{name}.{node.name}", node


def test_every_module_stands_in_a_layer() -> None:
    """A package that is drawn in parts has nothing of its own but the sentence that says what is in it."""
    outside = {name for name in MODULES if PLAN.unit_of(name) is None}
    assert outside <= IN_PARTS, "give it a place in LAYERS of .ci/architecture.py"
    assert not [name for name in outside if PLAN.imports(TREES[name])]


def test_imports_point_down() -> None:
    """No unit imports from above its own layer, nor from beside it but in the last row."""
    wrong = {
        (unit, other)
        for unit, others in PLAN.unit_imports().items()
        for other in others
        if PLAN.depth(other) <= PLAN.depth(unit) and not {unit, other} <= set(PLAN.FOUNDATION)
    }
    assert wrong == set()


def test_no_modules_import_each_other() -> None:
    """Not in a circle either, nor inside functions, where Python would not notice."""
    graph = {
        name: {
            target for target in PLAN.imports(TREES[name]) if target in MODULES and not is_package_of(target, name)
        }
        for name in MODULES
    }
    while dead_ends := {name for name, targets in graph.items() if not targets & graph.keys()}:
        for name in dead_ends:
            del graph[name]
    assert [name for name in graph if name in reachable(graph, name)] == []


def is_package_of(package: str, name: str) -> bool:
    """Tell whether `from package import name` names a package only to get at a module in it."""
    return MODULES[package].name == "__init__.py" and f"{package}." in f"{name}."


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    """Return what imports lead to from a module, over one step or many."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        new = (graph.get(waiting.pop(), set()) & graph.keys()) - seen
        seen |= new
        waiting += new
    return seen


def test_the_picture_shows_the_imports_of_today() -> None:
    """Nobody keeps a drawing current by hand."""
    message = "The imports have changed: run python3 .ci/architecture.py"
    assert PLAN.PICTURE.read_text(encoding="utf-8") == PLAN.draw(), message


def test_an_arrow_that_a_longer_way_implies_is_not_drawn() -> None:
    """What a unit imports by way of another needs no arrow of its own; nor is one drawn upwards."""
    graph = {"cli": {"server", "geo"}, "server": {"geo"}, "geo": {"cli"}}
    assert PLAN.needed(graph) == [("cli", "server"), ("server", "geo")]


def test_libraries_stay_in_their_place() -> None:
    """Flask is known to the web alone, Folium to the maps alone, formats of files to their readers alone."""
    strays = {
        (name, library)
        for name, tree in TREES.items()
        for library in ONLY_IN.keys() & {target.split(".")[0] for target in PLAN.imports(tree)}
        if not any(f"{name}.".startswith(f"{home}.") for home in ONLY_IN[library])
    }
    assert strays <= EXEMPT


def test_an_import_inside_a_function_says_why() -> None:
    """What is imported late hides a dependency: a comment on its line, or above its group, gives the reason."""
    lines = {name: source.splitlines() for name, source in SOURCES.items()}
    silent = {name for name, node in functions() if has_silent_import(node, lines[name.rpartition(".")[0]])}
    assert silent == set()


def has_silent_import(function: ast.AST, lines: list[str]) -> bool:
    """Tell whether a function imports modules of this package without a comment."""
    late = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom | ast.Import)
        and any(target.split(".")[0] == "locator" for target in PLAN.imports(node))
    ]
    explained: set[int] = set()
    for node in sorted(late, key=lambda each: each.lineno):
        own = lines[node.lineno - 2 : node.end_lineno]
        if node.lineno - 1 in explained or "#" in " ".join(own):
            explained.add(node.end_lineno or node.lineno)
    return any((node.end_lineno or node.lineno) not in explained for node in late)


@pytest.mark.parametrize(
    ("body", "is_silent"),
    [
        ("import locator.maps", True),
        ("from locator import maps", True),
        ("from locator import maps  # it takes a second", False),
        ("# They take a second.\n    from locator import maps\n    from locator.web import api", False),
        ("# It takes a second.\n    from locator import maps\n    x = 1\n    from locator.web import api", True),
        ("import json", False),
    ],
)
def test_a_silent_import_is_recognised(body: str, is_silent: bool) -> None:
    """A group of lines has one comment; what follows later has its own."""
    source = f"def load():\n    {body}\n"
    assert has_silent_import(ast.parse(source), source.splitlines()) is is_silent


def test_no_file_name_stands_twice() -> None:
    """So that a name leads to one file, in an editor, a trace and a talk."""
    counts = Counter(path.name for path in MODULES.values())
    assert [name for name, count in counts.items() if count > 1 and not name.startswith("__")] == []


def test_tests_stand_where_their_modules_stand() -> None:
    """The tests of `locator/a/b.py` are `tests/a/test_b.py`, or several files whose names begin so."""
    tests = Path(__file__).parent
    lost = set()
    for path in tests.glob("*/**/test_*.py"):
        folder, subject = path.parent.relative_to(tests), path.stem.removeprefix("test_")
        names = [module.stem for module in (PLAN.PACKAGE / folder).glob("*.py")]
        if not any(f"{subject}_".startswith(f"{name}_") for name in names) and folder.parts[0] not in NOT_MIRRORED:
            lost.add(path.relative_to(tests).as_posix())
    assert lost <= TOGETHER


def test_no_code_asks_which_language_it_speaks() -> None:
    """A language is one file: code that compares with its name would have to be changed for the next."""
    counts = Counter({name: len(list(language_tests(tree))) for name, tree in TREES.items()})
    assert counts - Counter(LANGUAGE_TESTS) == Counter()


def language_tests(tree: ast.AST) -> Iterator[ast.Compare]:
    """Give the comparisons with the name of a language."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [part for side in (node.left, *node.comparators) for part in ast.walk(side)]
            if any(isinstance(side, ast.Constant) and side.value in ("zh", "en") for side in sides):
                yield node


@pytest.mark.parametrize(
    ("text", "count"),
    [("lang == 'zh'", 1), ("'en' != lang", 1), ("lang in ('zh', 'ko')", 1), ("lang == other", 0)],
)
def test_a_comparison_with_a_language_is_recognised(text: str, count: int) -> None:
    """Whichever way round."""
    assert len(list(language_tests(ast.parse(text)))) == count


def test_bodies_are_short() -> None:
    """A function that needs more than a screen does two things."""
    assert [name for name, node in functions() if body_lines(node) > MOST_LINES] == []


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its head and its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_the_lines_of_a_body_are_counted() -> None:
    """From its first statement to the last, comments between them included."""
    source = 'def f(\n    x: int,\n):\n    """Say.\n\n    More.\n    """\n    x += 1\n    # why\n    return x\n'
    (function,) = ast.parse(source).body
    assert body_lines(function) == 3


def test_words_of_insiders_stay_away() -> None:
    """Names are the field's terms and everyday English."""
    named = {(name, word) for name, tree in TREES.items() for node in ast.walk(tree) for word in names_in(node)}
    named |= {(name, name.rpartition(".")[2]) for name in MODULES}
    assert {(name, word) for name, word in named if word.strip("_") in INSIDERS} == set()


def names_in(node: ast.AST) -> Iterator[str]:
    """Give the names that a node makes or uses."""
    kinds: dict[type[ast.AST], Callable[[ast.AST], str]] = {
        ast.Name: lambda each: each.id,
        ast.Attribute: lambda each: each.attr,
        ast.arg: lambda each: each.arg,
        ast.keyword: lambda each: each.arg or "",
        ast.FunctionDef: lambda each: each.name,
        ast.ClassDef: lambda each: each.name,
        ast.alias: lambda each: each.asname or each.name.rpartition(".")[2],
    }
    if type(node) in kinds:
        yield kinds[type(node)](node)


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
    for name, tree in TREES.items():
        nodes = list(ast.walk(tree))
        decorated = {
            each: node.name for node in nodes if isinstance(node, ast.FunctionDef) for each in node.decorator_list
        }
        keepers |= {f"{name}.{function}" for each, function in decorated.items() if keeps_for_good(each)}
        calls = [node for node in nodes if isinstance(node, ast.Call) and node not in decorated]
        keepers |= {f"{name}: {ast.unparse(node)}" for node in calls if keeps_for_good(node)}
    assert keepers <= KEEPERS


def test_the_environment_is_read_in_one_place() -> None:
    """Settings come from config; the command line only hands a folder on to its workers."""
    readers = {name for name, source in SOURCES.items() if "os.environ" in source}
    assert readers <= {"locator.config", "locator.cli.serving"}


def test_nothing_is_unpickled() -> None:
    """What another process wrote, which may have read a hostile file, is data here and no object."""
    used = {target.split(".")[0] for tree in TREES.values() for target in PLAN.imports(tree)}
    assert not used & {"pickle", "marshal", "shelve", "dbm"}


def test_the_kilometre_is_named_once() -> None:
    """The promise of 1 km is a constant of config and no number elsewhere in the package."""
    writers = {
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in (1000.0,) and isinstance(node.value, float)
    }
    assert writers <= {"locator.config"}
