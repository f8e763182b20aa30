"""XML from untrusted sources, read as a tree: no declarations, no deep nesting, names without namespaces."""

from __future__ import annotations

from typing import Any, Final
from xml.etree import ElementTree

from locator.errors import GeodataError
from locator.files.archives import refuse_declarations

_CHUNK: Final = 65_536
_DEPTH: Final = 100


def parse_xml(text: str, file: str) -> ElementTree.Element:
    """Parse XML; refuse declarations, with which it can grow, and deeply nested elements, slow to walk through.

    Raises
    ------
    GeodataError
        If it is not whole, or refused.
    """
    refuse_declarations(text.encode(errors="replace"), file)
    text = text.lstrip()
    parser: Any = ElementTree.XMLPullParser(("start", "end"))
    inside = list[ElementTree.Element]()
    root = ElementTree.Element("none")
    try:
        for start in range(0, len(text), _CHUNK):
            parser.feed(text[start : start + _CHUNK])
            for event, element in parser.read_events():
                root = root if inside else element
                inside.append(element) if event == "start" else inside.pop()
                if len(inside) > _DEPTH:
                    raise ValueError(f"elements stand in each other more than {_DEPTH} deep")
        parser.close()
    except (ElementTree.ParseError, ValueError) as fault:
        raise GeodataError(
            "{file} is damaged or cut off: {fault}. Save or export it again.", file=file, fault=fault
        ) from None
    return root


def local(element: ElementTree.Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def whole_number(text: str, *, otherwise: int, most: int = 1 << 30) -> int:
    """Return the whole number that an attribute has, as far as `most`; ``otherwise`` where it has none."""
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def attribute(element: ElementTree.Element, name: str) -> str:
    """Return an attribute whatever its namespace; ``""`` where there is none."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")
