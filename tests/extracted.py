"""The messages of the source: what templates, modules and commands hand to the catalogue; and what is none."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir

import locator
from locator import errors

PACKAGE = Path(locator.__file__).parent
ERRORS = tuple(name for name, kind in vars(errors).items() if isinstance(kind, type) and name.endswith("Error"))
MAKERS = ("message", "DatumUnknownError", *ERRORS)
ALIKE = (
    "English 中文 qps locator Leaflet.markercluster Leaflet MIT HiGHS WGS GCJ BD CSV XLSX GeoJSON Excel GeoPackage"
    " GPKG HTML"
)
"""Names that every language writes alike."""

Key = tuple[str, str]
"""A text in English and its context, mostly none."""


def messages_of_templates() -> set[Key]:
    """Extract what templates hand to ``_``."""
    # A template that cannot be read would otherwise be passed over.
    options = {"templates/**.html": {"extensions": "locator.web.shared.pages.KeptParts", "silent": "false"}}
    found = extract_from_dir(PACKAGE, [("templates/**.html", "jinja2")], options, keywords={"_": None})
    return {(text if isinstance(text, str) else text[0], "") for _, _, text, _, _ in found}


def messages_of_code() -> set[Key]:
    """Extract the messages of all modules, those of errors among them."""
    return {key for path in sorted(PACKAGE.rglob("*.py")) for key in messages_in(path.read_text(encoding="utf-8"))}


def messages_in(source: str) -> Iterator[Key]:
    """Give the messages that a module's text makes; a choice of two gives both, a constant its text."""
    tree = ast.parse(source)
    texts = {
        ast.unparse(node.target): node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS):
            continue
        template, *_ = node.args
        if ast.unparse(template).endswith("template"):  # made elsewhere: an error that is raised anew
            continue
        contexts = [word.value for word in node.keywords if word.arg == "context" and node.func.id == "message"]
        choices = (template.body, template.orelse) if isinstance(template, ast.IfExp) else (template,)
        found = [texts.get(ast.unparse(part), part) for part in (*choices, *(contexts or [ast.Constant("")]))]
        for part in found:
            assert isinstance(part, ast.Constant), f"{ast.unparse(node)}: a message must be a plain text"
        *choices, context = (str(part.value) for part in found)
        yield from ((choice, context) for choice in choices)


def messages_of_commands() -> set[Key]:
    """Extract the help texts of the command line: the docstrings of commands and what options are for."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((PACKAGE / "cli").glob("*.py"))]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    commands = [
        ast.get_docstring(node) or ""
        for node in nodes
        if isinstance(node, ast.FunctionDef)
        and any(ast.unparse(found).startswith(("command(", "click.group(")) for found in node.decorator_list)
    ]
    options = [
        word.value.value
        for node in nodes
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "option"
        for word in node.keywords
        if word.arg == "help" and isinstance(word.value, ast.Constant)
    ]
    return {(text, "") for text in (*commands, *options)}


def every_message() -> set[Key]:
    """Extract all that is to be translated."""
    return messages_of_templates() | messages_of_code() | messages_of_commands()


def outside(text: str) -> str:
    """Return what stands outside all brackets."""
    depth, found = 0, ""
    for sign in text:
        depth += (sign == "⟦") - (sign == "⟧")
        found += " " if depth or sign == "⟧" else sign
    return found


def untranslated(texts: Iterable[str], data: Iterable[str]) -> list[str]:
    """List the words outside brackets that stand in no data and in no address."""
    known = sorted({*data, *ALIKE.split()}, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, filter(None, known))))
    left = (re.sub(r"https?://\S+|[\w.-]*\d[\w.-]*", " ", pattern.sub(" ", outside(text))) for text in texts)
    return [word for text in left for word in re.findall(r"[A-Za-z]{2,}|[一-鿿]+", text)]
