"""Quotas of stations per area and standards for stations, read from files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from locator.config import bundled
from locator.errors import GeodataError
from locator.files.limits import refuse_large
from locator.language.messages import Message, message
from locator.stations.checking import StationFault
from locator.stations.geodata import refuse_faults
from locator.stations.schema import AMENITIES, KINDS

QUOTAS: Final = "quotas.csv"
STANDARDS: Final = "standards.json"

LEVELS: Final = ("district", "sub_district")
NOT_RECORDED: Final = "not_recorded"
"""In a standard, a requirement that no column of the stations records."""
FACTS: Final = ("fixed_place", "on_map", "hours_known")
"""What a standard may require besides amenities."""


@dataclass(frozen=True, slots=True)
class Quota:
    """Each area of a level must have at least so many stations of a kind."""

    rule_id: str
    name: str
    name_en: str
    level: str
    """A word of `LEVELS`."""
    within: str | None
    """The Chinese name of the district in which it holds; ``None``: everywhere."""
    areas: int | None
    """How many areas of the level there are; ``None``: not known."""
    kind: str
    least: int
    source: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of a standard."""

    name: str
    name_en: str
    needs: tuple[tuple[str, ...], ...]
    """All of these must be met, each by any of its words: amenities, `FACTS` or `NOT_RECORDED`."""


@dataclass(frozen=True, slots=True)
class Standard:
    """A published set of requirements on a station."""

    standard_id: str
    name: str
    name_en: str
    kinds: frozenset[str]
    """The kinds to which it applies; empty: all."""
    source: str
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a geodata folder."""

    quotas: tuple[Quota, ...]
    standards: tuple[Standard, ...]


def read_rules(folder: Path) -> Rules:
    """Read the quotas and the standards of a geodata folder; the shipped ones where it has no such file.

    Raises
    ------
    GeodataError
        If a file is damaged or has a fault; the message names every fault with its row.
    """
    files = (QUOTAS, STANDARDS)
    paths = {name: folder / name if (folder / name).exists() else bundled("geodata") / name for name in files}
    return Rules(read_quotas(paths[QUOTAS]), read_standards(paths[STANDARDS]))


def read_quotas(path: Path) -> tuple[Quota, ...]:
    """Read quotas from CSV, one a row; raise `GeodataError` with all faults."""
    try:
        refuse_large(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise GeodataError(
            "{file} cannot be read: {fault}. It must be CSV in UTF-8.", file=path, fault=fault
        ) from None
    _refuse(path, (_quota_faults(row) for row in rows))
    return tuple(_quota(row) for row in rows)


def _quota_faults(row: Mapping[str, Any]) -> Iterator[Message]:
    for name in ("rule_id", "name"):
        if not row.get(name):
            yield message("it has no {name}. Every quota needs one.", name=name)
    if row.get("level") not in LEVELS:
        yield _not_known(message("level"), row.get("level"), LEVELS)
    if row.get("kind") not in KINDS:
        yield _not_known(message("kind"), row.get("kind"), KINDS)
    for name, is_needed in (("least", True), ("areas", False)):
        value = row.get(name) or ""
        if (value or is_needed) and not (value.isascii() and value.isdigit() and int(value) > 0):
            yield message("{name} is {value!r}, not a whole number above 0.", name=name, value=value)


def _not_known(what: Message, value: object, known: Iterable[str]) -> Message:
    return message(
        "the {what} {value!r} is not known. Use one of: {known}.", what=what, value=value, known=", ".join(known)
    )


def _quota(row: Mapping[str, str]) -> Quota:
    return Quota(
        rule_id=row["rule_id"],
        name=row["name"],
        name_en=row.get("name_en") or row["name"],
        level=row["level"],
        within=row.get("within") or None,
        areas=int(row["areas"]) if row.get("areas") else None,
        kind=row["kind"],
        least=int(row["least"]),
        source=row.get("source") or "",
    )


def read_standards(path: Path) -> tuple[Standard, ...]:
    """Read standards from JSON, ``{"standards": [...]}``; raise `GeodataError` with all faults."""
    try:
        refuse_large(path)
        content = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as fault:
        raise GeodataError("{file} cannot be read: {fault}. It must be JSON.", file=path, fault=fault) from None
    rows = content.get("standards") if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise GeodataError('{file} has no list of standards. Write {{"standards": [...]}}.', file=path)
    _refuse(path, (_standard_faults(row) for row in rows))
    return tuple(_standard(row) for row in rows)


def _standard_faults(row: Any) -> Iterator[Message]:
    if not isinstance(row, dict):
        yield message("{row!r:.80} is not an object with standard_id, name and requirements.", row=row)
        return
    for name in ("standard_id", "name"):
        if not (isinstance(row.get(name), str) and row[name]):
            yield message("it has no {name}. Every standard needs one.", name=name)
    kinds = row.get("kinds", [])
    if not (isinstance(kinds, list) and all(isinstance(kind, str) and kind in KINDS for kind in kinds)):
        yield message("the kinds {kinds!r:.80} are not a list of: {known}.", kinds=kinds, known=", ".join(KINDS))
    requirements = row.get("requirements")
    if not (isinstance(requirements, list) and requirements):
        yield message("it has no requirements. Every standard needs at least one.")
        return
    for requirement in requirements:
        yield from _requirement_faults(requirement)


def _requirement_faults(requirement: Any) -> Iterator[Message]:
    if not (isinstance(requirement, dict) and isinstance(requirement.get("name"), str) and requirement["name"]):
        yield message("the requirement {requirement!r:.80} has no name.", requirement=requirement)
        return
    needs = requirement.get("needs")
    if not (isinstance(needs, list) and needs and all(isinstance(words, list) and words for words in needs)):
        yield message(
            "the needs of {name!r} are not a list of lists of words. Give at least one word.",
            name=requirement["name"],
        )
        return
    known = {*AMENITIES, *FACTS, NOT_RECORDED}
    for word in (word for group in needs for word in group):
        if not (isinstance(word, str) and word in known):
            words = ", ".join(sorted(known))
            yield message(
                "{name!r} needs {word!r}, which is not known. Use one of: {known}.",
                name=requirement["name"],
                word=word,
                known=words,
            )


def _standard(row: Mapping[str, Any]) -> Standard:
    return Standard(
        standard_id=row["standard_id"],
        name=row["name"],
        name_en=row.get("name_en") or row["name"],
        kinds=frozenset(row.get("kinds", ())),
        source=row.get("source") or "",
        requirements=tuple(
            Requirement(
                name=requirement["name"],
                name_en=requirement.get("name_en") or requirement["name"],
                needs=tuple(tuple(words) for words in requirement["needs"]),
            )
            for requirement in row["requirements"]
        ),
    )


def _refuse(path: Path, faults_of_rows: Iterable[Iterator[Message]]) -> None:
    """Raise `GeodataError` with all faults; rows are counted from 1."""
    refuse_faults(
        [StationFault(path.name, row, reason) for row, faults in enumerate(faults_of_rows, 1) for reason in faults]
    )
