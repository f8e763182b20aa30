"""The layers of the package, and a picture of them drawn from its imports.

`python3 .ci/architecture.py` writes `.ci/architecture.svg`; it needs nothing but Python.
`tests/test_architecture.py` holds the code to `LAYERS`, and the picture to what this script draws.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGE: Final = ROOT / "locator"
PICTURE: Final = ROOT / ".ci" / "architecture.svg"

LAYERS: Final[tuple[tuple[str, ...], ...]] = (
    ("cli",),
    ("server", "create_app"),
    ("web.application",),
    ("web.planner", "web.api", "web.embed", "web.finder", "web.manage"),
    ("web.shared",),
    ("handouts",),
    ("maps",),
    ("planning.output", "planning.study_query"),
    ("planning.study",),
    ("planning.siting",),
    ("planning.measures",),
    ("planning.inputs",),
    ("feedback",),
    ("importing.summary", "importing.pending_files"),
    ("importing.intake",),
    ("importing.field_words", "importing.list_names"),
    ("importing.deciding",),
    ("importing.understanding",),
    ("places",),
    ("stations",),
    ("files",),
    ("geo",),
    ("config", "errors", "language", "notices"),
)
"""From the top: modules import what stands below them; in the last row alone also what stands beside them."""
FOUNDATION: Final = LAYERS[-1]
ALSO: Final = {"locator": "create_app", "locator.__main__": "cli"}
"""Modules that do not carry the name of their unit."""

Graph = Mapping[str, frozenset[str]]


def modules() -> dict[str, Path]:
    """Return the file of every module by its dotted name."""
    paths = sorted(PACKAGE.rglob("*.py"))
    dotted = (".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths)
    return {name.removesuffix(".__init__"): path for name, path in zip(dotted, paths, strict=True)}


def imports(tree: ast.AST) -> set[str]:
    """List the modules and names that a piece of code imports, at the top or inside a function."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def unit_of(name: str) -> str | None:
    """Return the member of `LAYERS` that a module, or a name in one, belongs to; ``None`` for any other."""
    if name in ALSO:
        return ALSO[name]
    parts = name.split(".")[1:] if name.startswith("locator.") else []
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if any(prefix in row for row in LAYERS)), None)


def depth(unit: str) -> int:
    """Return how many rows stand above a unit."""
    return next(row for row, units in enumerate(LAYERS) if unit in units)


def unit_imports() -> Graph:
    """Return for every unit the others that its modules import."""
    found: dict[str, set[str]] = {unit: set() for row in LAYERS for unit in row}
    files = modules()
    for name, path in files.items():
        unit = unit_of(name)
        targets = imports(ast.parse(path.read_text(encoding="utf-8")))
        # The name of a package alone is no import of all that is in it, nor of `create_app`.
        others = {unit_of(target) for target in targets if target != "locator"}
        if unit:
            found[unit] |= {other for other in others if other and other != unit}
    return {unit: frozenset(others) for unit, others in found.items()}


def needed(graph: Graph) -> list[tuple[str, str]]:
    """Return the arrows to draw: imports that point down, but for those that a longer way of arrows implies."""
    down = {unit: {other for other in others if depth(other) > depth(unit)} for unit, others in graph.items()}

    def below(unit: str) -> set[str]:
        return {unit}.union(*map(below, down[unit]))

    return [
        (unit, other)
        for unit, others in down.items()
        for other in sorted(others, key=lambda each: (depth(each), each))
        if not any(other in below(via) for via in others - {other})
    ]


WIDTH: Final = 1000.0
TOP: Final = 24.0
ROW: Final = 66.0
BOX: Final = 30.0
LETTER: Final = 8.0
"""Wide enough for a letter of any fixed-width font of 13 px."""
GAP: Final = 12.0
"""Between lines that pass a row beside each other, and between a line and a box."""
SIDE_BY_SIDE: Final = ("planning", "maps", "feedback", "importing")
"""Packages that import nothing from each other, drawn beside each other."""
SHARES: Final = (0.42, 0.15, 0.15, 0.28)
"""Of the width."""


class Box(NamedTuple):
    """A unit in the picture."""

    unit: str
    x: float
    """Of its middle."""
    row: int

    @property
    def y(self) -> float:
        """Return where its upper edge is."""
        return TOP + self.row * ROW

    @property
    def label(self) -> str:
        """Return what is written in it: a unit without the package whose frame it stands in."""
        return self.unit.rpartition(".")[2]

    @property
    def half(self) -> float:
        """Return half its width."""
        return (len(self.label) * LETTER + 24) / 2


def package_of(unit: str) -> str:
    """Return the package that a unit is drawn in; its own name for one that stands alone."""
    return unit.partition(".")[0] if "." in unit else unit


def place() -> dict[str, Box]:
    """Give every unit its place: bands from top to bottom, in each the rows of one package, or of four."""
    boxes: list[Box] = []
    top = 0
    for is_wide, band in groupby(LAYERS, lambda row: package_of(row[0]) not in SIDE_BY_SIDE):
        rows = list(band)
        if is_wide:
            for row in rows:
                boxes += spread(row, 0.0, WIDTH, top)
                top += 1
            continue
        left = 0.0
        columns = [[row for row in rows if package_of(row[0]) == package] for package in SIDE_BY_SIDE]
        for share, column in zip(SHARES, columns, strict=True):
            for number, row in enumerate(column):
                boxes += spread(row, left, share * WIDTH, top + number)
            left += share * WIDTH
        top += max(map(len, columns))
    return {box.unit: box for box in boxes}


def spread(units: Iterable[str], left: float, width: float, row: int) -> Iterator[Box]:
    """Place units in a row at equal distances."""
    names = list(units)
    step = min(width / len(names), 190.0)
    first = left + width / 2 - step * (len(names) - 1) / 2
    return (Box(unit, first + step * number, row) for number, unit in enumerate(names))


def route(arrows: Iterable[tuple[str, str]], boxes: Mapping[str, Box]) -> Iterator[list[tuple[float, float]]]:
    """Give the corners of every arrow: where it leaves, where it passes the rows between, where it ends."""
    ends = list(arrows)
    leave, arrive = ports(ends, boxes, 0), ports(ends, boxes, 1)
    taken: dict[int, list[tuple[float, float]]] = {}
    for box in boxes.values():
        taken.setdefault(box.row, []).append((box.x - box.half, box.x + box.half))
    for arrow in ends:
        source, target = boxes[arrow[0]], boxes[arrow[1]]
        x, end = leave[arrow], arrive[arrow]
        corners = [(x, source.y + BOX)]
        for row in range(source.row + 1, target.row):
            x = free(x, taken.setdefault(row, []))
            taken[row].append((x, x))
            y = TOP + row * ROW
            corners += [(x, y), (x, y + BOX)]
        yield [*corners, (end, target.y - 6)]


def ports(arrows: list[tuple[str, str]], boxes: Mapping[str, Box], side: int) -> dict[tuple[str, str], float]:
    """Return where along a box each arrow leaves (side 0) or arrives (side 1), ordered as their other ends are."""
    found: dict[tuple[str, str], float] = {}
    for unit, box in boxes.items():
        own = sorted((arrow for arrow in arrows if arrow[side] == unit), key=lambda each: boxes[each[1 - side]].x)
        for number, arrow in enumerate(own, 1):
            found[arrow] = box.x + box.half * (2 * number / (len(own) + 1) - 1)
    return found


def free(wanted: float, taken: Iterable[tuple[float, float]]) -> float:
    """Return the place in a row nearest to the wanted one that keeps its distance from all that stands there."""
    edges = [(left - GAP, right + GAP) for left, right in taken]
    places = [wanted, *(edge for pair in edges for edge in pair)]
    fitting = [x for x in places if 0 <= x <= WIDTH and not any(left < x < right for left, right in edges)]
    return min(fitting, key=lambda x: (abs(x - wanted), x))


TITLE: Final = "The packages of locator, from the command line down; arrows say who imports whom"
HEAD: Final = """
<defs><marker id="head" viewBox="0 0 8 8" refX="3" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path class="head" d="M0 0 8 4 0 8z"/></marker></defs>
"""
STYLE: Final = """
.page { fill: #ffffff; stroke: #d0d7de; }
.frame { fill: #f6f8fa; stroke: #d0d7de; }
.box { fill: #ddf4ff; stroke: #218bff; }
.arrow { fill: none; stroke: #57606a; stroke-width: 1.3; }
.head { fill: #57606a; }
text { font: 13px ui-monospace, Menlo, Consolas, monospace; fill: #1f2328; text-anchor: middle; }
.name { fill: #57606a; }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117; stroke: #3d444d; }
.frame { fill: #151b23; stroke: #3d444d; }
.box { fill: #0c2d6b; stroke: #388bfd; }
.arrow { stroke: #9198a1; }
.head { fill: #9198a1; }
text { fill: #f0f6fc; }
.name { fill: #9198a1; }
}
"""


def frames(boxes: Iterable[Box]) -> Iterator[str]:
    """Draw a frame around every package that is drawn in parts."""
    parts = sorted((box for box in boxes if "." in box.unit), key=lambda box: package_of(box.unit))
    for package, members in groupby(parts, lambda box: package_of(box.unit)):
        inside = list(members)
        left, right = min(box.x - box.half for box in inside) - 34, max(box.x + box.half for box in inside) + 14
        upper, lower = min(box.y for box in inside) - 16, max(box.y for box in inside) + BOX + 14
        middle = f"{left + 18:.0f} {(upper + lower) / 2:.0f}"
        size = f'width="{right - left:.0f}" height="{lower - upper:.0f}"'
        yield f'<rect class="frame" x="{left:.0f}" y="{upper:.0f}" {size} rx="8"/>'
        yield f'<text class="name" transform="translate({middle}) rotate(-90)">{package}</text>'


def line(corners: list[tuple[float, float]]) -> str:
    """Draw an arrow: straight down beside boxes, in a curve between the rows."""
    (x, y), *others = corners
    path = [f"M{x:.0f} {y:.0f}"]
    for number, (to_x, to_y) in enumerate(others):
        middle = (y + to_y) / 2
        is_curve = number % 2 == 0
        curve = f"C{x:.0f} {middle:.0f} {to_x:.0f} {middle:.0f} {to_x:.0f} {to_y:.0f}"
        path.append(curve if is_curve else f"V{to_y:.0f}")
        x, y = to_x, to_y
    return f'<path class="arrow" d="{" ".join(path)}" marker-end="url(#head)"/>'


def draw() -> str:
    """Return the picture as SVG: the same text for the same imports, whatever fonts and libraries there are."""
    boxes = place()
    height = max(box.y for box in boxes.values()) + BOX + 20
    view = f'viewBox="-10 0 {WIDTH + 20:.0f} {height:.0f}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {view} role="img" aria-labelledby="title">',
        f'<title id="title">{TITLE}</title>',
        f"<style>{STYLE}</style>{HEAD}",
        f'<rect class="page" x="-9.5" y="0.5" width="{WIDTH + 19:.0f}" height="{height - 1:.0f}" rx="6"/>',
        *frames(boxes.values()),
        *map(line, route(needed(unit_imports()), boxes)),
    ]
    for box in boxes.values():
        size = f'width="{2 * box.half:.0f}" height="{BOX:.0f}"'
        lines.append(f'<rect class="box" x="{box.x - box.half:.0f}" y="{box.y:.0f}" {size} rx="5"/>')
        lines.append(f'<text x="{box.x:.0f}" y="{box.y + 20:.0f}">{escape(box.label)}</text>')
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
