"""The store of published versions of the geodata: immutable folders, the highest intact one of which is served."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from locator.errors import ConflictError, GeodataError
from locator.files.folders import new_folder, remove_abandoned, sync, writing
from locator.language.messages import message
from locator.stations.checking import find_faults
from locator.stations.differences import differences
from locator.stations.edits import Edits, decode, encode, kept
from locator.stations.geodata import (
    DISTRICTS,
    FILES,
    HOLIDAYS,
    LAYERS,
    VERSION_DIGITS,
    Geodata,
    load_geodata,
    read_parts,
    refuse_faults,
)
from locator.stations.reading import (
    Read,
    read_bytes,
    read_collection,
    read_stations,
    to_collection,
    to_feature,
    to_stations,
    write_stations,
)
from locator.stations.schema import Station

VERSIONS: Final = "versions"
RETIRED: Final = "retired.geojson"
EDITS: Final = "edits.json"
"""What stewards changed by hand; versions of before it was kept have no such file."""
MANIFEST: Final = "manifest.json"
BASE: Final = 0
"""The number of the base folder, which is read-only."""
_REMEDY: Final = message("Publish again, or roll back to a version before it.")
_MEMBERS: Final = ("licence", "source")
"""Members of the base folder's collections that are copied to published ones."""


@dataclass(frozen=True, slots=True)
class Retired:
    """A station that has closed, kept so that it can reopen under its id."""

    station: Station
    retired_on: date


@dataclass(frozen=True, slots=True)
class Manifest:
    """The metadata of a version, in a file beside its data."""

    number: int
    parent: int
    counts: Mapping[str, int]
    """Number of stations per kind, and ``retired``."""
    files: Mapping[str, str]
    """File to the SHA-256 of its bytes, in hex."""
    version: str
    """Twelve hex digits, `Geodata.version`."""
    who: str
    why: str
    at: datetime
    """Time of publication (aware, UTC), for information only: clocks may be wrong."""
    change: Mapping[str, int]
    """Number of stations, compared with the parent: ``added``, ``changed``, ``moved``, ``gone``, ``reopened``."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The content of a version."""

    stations: tuple[Station, ...]
    retired: tuple[Retired, ...]
    districts_file: Path
    """Copied byte by byte."""
    holidays_file: Path
    """Copied byte by byte."""
    edits: Edits = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A version that was read and validated."""

    number: int
    """0: the base folder."""
    geodata: Geodata
    manifest: Manifest | None
    """``None`` for the base folder."""
    damaged: tuple[str, ...] = ()
    """A message for each higher version that is damaged, newest first."""


@dataclass(frozen=True, slots=True)
class Version:
    """An entry in the list of versions."""

    number: int
    manifest: Manifest | None
    """``None`` if it cannot be read."""
    damage: str | None
    """What is wrong with the version; ``None`` if it is intact."""


class Store:
    """Versions of the geodata in ``FOLDER/versions``, numbered from 1; the base folder has the number 0.

    There is neither a pointer to the current version nor a lock: a version is written to a temporary folder and
    renamed to its number, which succeeds for one publisher only, and never changes afterwards.
    """

    def __init__(self, folder: Path | None, base: Path) -> None:
        self.folder = folder
        self.base = base

    def writable(self) -> Path:
        """Return the folder of the store; raise `GeodataError` if none is configured."""
        if self.folder is None:
            raise GeodataError("There is no folder to publish to. Name one with LOCATOR_STORE.")
        return self.folder

    # Listing

    def newest(self) -> int:
        """Return the highest number, intact or damaged, without reading files; 0 if nothing was published."""
        return max(self.numbers(), default=BASE)

    def numbers(self) -> list[int]:
        """List the numbers of all versions, intact or damaged, newest first, without the base folder's 0."""
        try:
            # Called twice a second; Path.iterdir is twice as slow.
            names = os.listdir(self.folder / VERSIONS) if self.folder else []  # noqa: PTH208
        except FileNotFoundError:
            names = []
        except OSError as fault:
            raise GeodataError(
                "The published versions in {folder} cannot be listed: {fault}. Is the disk there?",
                folder=self.folder,
                fault=fault.strerror,
            ) from None
        return sorted((int(name) for name in names if re.fullmatch(r"[1-9][0-9]{0,8}", name)), reverse=True)

    def path(self, number: int) -> Path:
        """Return the folder of a version, the base folder for 0."""
        return self.writable() / VERSIONS / str(number) if number else self.base

    def manifest(self, number: int) -> Manifest:
        """Read a version's manifest; raise `GeodataError` if it is missing or damaged."""
        return _read_manifest(self.path(number), number)

    def sound(self) -> int:
        """Return the number of the highest version whose files match their hashes; 0 if there is none."""
        return next((number for number in self.numbers() if not self._look(number).damage), BASE)

    def versions(self) -> list[Version]:
        """List the versions, newest first, without the base folder, and compare all files with their hashes."""
        return [self._look(number) for number in self.numbers()]

    def _look(self, number: int) -> Version:
        manifest = None
        try:
            manifest = self.manifest(number)
            read = _sealed(manifest)
            for name in manifest.files:
                read(self.path(number) / name)
        except GeodataError as fault:
            return Version(number, manifest, fault.message)
        return Version(number, manifest, None)

    # Reading

    def current(self, known: Loaded | None = None) -> Loaded:
        """Load the highest intact version, or the base folder if there is none.

        Parameters
        ----------
        known
            What was loaded before; it is not read again if it is still current.

        Raises
        ------
        GeodataError
            If neither a version nor the base folder is intact.
        """
        damaged: list[str] = []
        for number in self.numbers():
            try:
                loaded = known if known and known.number == number else self.load(number)
            except GeodataError as fault:
                damaged.append(
                    message("Version {number} is passed over: {fault}", number=number, fault=fault.message)
                )
            else:
                return replace(loaded, damaged=tuple(damaged))
        loaded = known if known and known.number == BASE else self.load(BASE)
        return replace(loaded, damaged=tuple(damaged))

    def load(self, number: int) -> Loaded:
        """Load a version, or the base folder for 0; raise `GeodataError` if it is damaged or missing."""
        if number == BASE:
            return Loaded(BASE, load_geodata(self.base), None)
        self._refuse_unknown(number)
        folder, manifest = self.path(number), self.manifest(number)
        read = _sealed(manifest)
        geodata = Geodata(*read_parts(folder, read), manifest.version)
        for name in manifest.files.keys() - set(FILES):
            read(folder / name)
        return Loaded(number, geodata, manifest)

    def contents(self, number: int, known: Loaded | None = None) -> Contents:
        """Return the contents of a version, or of the base folder for 0, to be changed and published again.

        A version already loaded, `known`, is not read again. Raise `GeodataError` if it is damaged or missing.
        """
        loaded = known if known and known.number == number else self.load(number)
        folder, tables = self.path(number), loaded.geodata.tables
        return Contents(
            stations=tuple(station for table in tables for station in to_stations(table)),
            retired=self.retired(number),
            districts_file=folder / DISTRICTS,
            holidays_file=folder / HOLIDAYS,
            edits=decode(read_bytes(folder / EDITS), folder / EDITS)
            if loaded.manifest and EDITS in loaded.manifest.files
            else {},
        )

    def retired(self, number: int) -> tuple[Retired, ...]:
        """Return the retired stations of a version, none for 0; raise `GeodataError` if they cannot be read."""
        return _read_retired(self.path(number) / RETIRED) if number else ()

    def _refuse_unknown(self, number: int) -> None:
        if number not in self.numbers():
            raise GeodataError(
                "There is no version {value}. `locator versions` lists those that there are.", value=number
            )

    # Publishing

    def publish(
        self, contents: Contents, *, parent: int, who: str, why: str, change: Mapping[str, int] | None = None
    ) -> Manifest:
        """Publish stations as a new version, atomically; it is synced to disk when this returns.

        Parameters
        ----------
        contents
            Everything in the version, in WGS 84.
        parent
            The number of the version that was changed, from `current`.
        who, why
            Shown in the list of versions.
        change
            `Manifest.change`; counted if not given.

        Raises
        ------
        ConflictError
            If somebody else has published since.
        GeodataError
            If the contents have faults, or the folder is full or not writable; nothing is changed then.
        """
        change = self._change(parent, contents) if change is None else change
        return self._add(lambda folder: _write(folder, contents, self._members()), parent, who, why, change)

    def rollback(self, number: int, *, who: str, why: str | None = None) -> Manifest:
        """Publish the files of an old version, or of the base folder for 0, again under a new number.

        Raises
        ------
        ConflictError, GeodataError
            As `publish`, and if the old version is damaged or missing.
        """
        parent, contents = self.current().number, self.contents(number)

        def copy(folder: Path) -> None:
            for name in FILES:  # unchanged, so that `Geodata.version` is that of the old version
                (folder / name).write_bytes(read_bytes(self.path(number) / name))
            _write_rest(folder, contents)

        change = self._change(parent, contents)
        return self._add(copy, parent, who, why or f"rollback to {number}", change)

    def _add(
        self, write: Callable[[Path], None], parent: int, who: str, why: str, change: Mapping[str, int]
    ) -> Manifest:
        """Write a version to a temporary folder, validate it, and rename the folder to its number."""
        versions = self.writable() / VERSIONS
        with writing(versions):
            created = [folder for folder in (versions, *versions.parents) if not folder.exists()]
            versions.mkdir(parents=True, exist_ok=True)
            remove_abandoned(versions)
            number = self._next(parent)
            with new_folder(versions) as folder:
                write(folder)
                manifest = _seal(folder, number, parent, who, why, change)
                sync(*(folder / name for name in (*FILES, RETIRED, EDITS, MANIFEST)), folder)
                self._rename(folder, number)
        # The name of a folder is on the disk only once its parent folder is synced.
        sync(versions, self.writable(), *(folder.parent for folder in created))
        return manifest

    def _next(self, parent: int) -> int:
        """Return the next number; raise `ConflictError` if there is an intact version above the parent."""
        numbers = self.numbers()
        if parent != BASE:
            self._refuse_unknown(parent)
        for number in numbers:
            with suppress(GeodataError):  # a damaged version is kept, but does not count as a conflict
                if number > parent and self.load(number):
                    raise self._conflict(number)
        return max(numbers, default=BASE) + 1

    def _rename(self, folder: Path, number: int) -> None:
        try:
            folder.rename(self.path(number))
        except OSError as fault:
            if fault.errno in (errno.EEXIST, errno.ENOTEMPTY) or self.path(number).exists():
                raise self._conflict(number) from None
            raise

    def _conflict(self, number: int) -> ConflictError:
        return ConflictError(
            "Version {number} was published meanwhile by {who}. Look at it, then publish again.",
            number=number,
            who=self.manifest(number).who,
        )

    def _members(self) -> dict[str, dict[str, Any]]:
        """Return the `_MEMBERS` of each layer's collection in the base folder."""
        layers = {name: read_collection(self.base / name) for name in LAYERS.values()}
        return {name: {key: layer[key] for key in _MEMBERS if key in layer} for name, layer in layers.items()}

    def _change(self, parent: int, contents: Contents) -> dict[str, int]:
        """Count the differences from the parent; empty if it has been damaged since."""
        try:
            before = self.contents(parent)
        except GeodataError:
            return {}
        changes = differences(before.stations, contents.stations)
        retired = {gone.station.station_id for gone in before.retired}
        reopened = sum(station.station_id in retired for station in changes.added)
        return {
            "added": len(changes.added) - reopened,
            "changed": len(changes.changed),
            "moved": len(changes.moved),
            "gone": len(changes.removed),
            "reopened": reopened,
        }


# The files of a version


def _write(folder: Path, contents: Contents, members: Mapping[str, Mapping[str, Any]]) -> None:
    stations: dict[str, list[Station]] = {kind: [] for kind in LAYERS}
    for station in contents.stations:
        if station.kind not in stations:
            raise GeodataError(
                "The kind {value} of {station_id} is not known. Use one of: {known}.",
                value=repr(station.kind),
                station_id=station.station_id,
                known=", ".join(stations),
            )
        stations[station.kind].append(station)
    for kind, name in LAYERS.items():
        write_stations(folder / name, stations[kind], {"datum": "WGS84", **members[name]})
    (folder / DISTRICTS).write_bytes(read_bytes(contents.districts_file))
    (folder / HOLIDAYS).write_bytes(read_bytes(contents.holidays_file))
    _write_rest(folder, contents)


def _write_rest(folder: Path, contents: Contents) -> None:
    """Write the retired stations and the edits, of stations that there are."""
    _write_retired(folder, contents.retired)
    stations = (*contents.stations, *(gone.station for gone in contents.retired))
    edits = kept(contents.edits, {station.station_id for station in stations}) if contents.edits else {}
    (folder / EDITS).write_bytes(encode(edits))


def _write_retired(folder: Path, retired: Sequence[Retired]) -> None:
    features = [to_feature(gone.station) for gone in retired]
    for feature, gone in zip(features, retired, strict=True):
        feature["properties"]["retired_on"] = gone.retired_on.isoformat()
    (folder / RETIRED).write_bytes(to_collection(features, {"datum": "WGS84"}))


def _read_retired(path: Path) -> tuple[Retired, ...]:
    days = [feature["properties"]["retired_on"] for feature in read_collection(path)["features"]]
    stations = to_stations(read_stations(path))
    return tuple(Retired(station, date.fromisoformat(day)) for station, day in zip(stations, days, strict=True))


def _seal(folder: Path, number: int, parent: int, who: str, why: str, change: Mapping[str, int]) -> Manifest:
    """Read a version back, validate it, and write its manifest."""
    whole, hashes = hashlib.sha256(), dict[str, str]()

    def read(path: Path) -> bytes:
        content = read_bytes(path)
        hashes[path.name] = hashlib.sha256(content).hexdigest()
        if path.name in FILES:
            whole.update(content)
        return content

    tables, _, _ = read_parts(folder, read)
    retired = read_stations(folder / RETIRED, read)
    decode(read(folder / EDITS), folder / EDITS)
    refuse_faults(find_faults((*tables, retired)))  # an id must not be both open and retired
    manifest = Manifest(
        number=number,
        parent=parent,
        counts={**dict(zip(LAYERS, map(len, tables), strict=True)), "retired": len(retired)},
        files=hashes,
        version=whole.hexdigest()[:VERSION_DIGITS],
        who=_plain(who),
        why=_plain(why),
        at=datetime.now(UTC).replace(microsecond=0),
        change=dict(change),
    )
    (folder / MANIFEST).write_bytes(_encode(manifest))
    return manifest


def _encode(manifest: Manifest) -> bytes:
    """Encode a manifest with a digest, which reveals any later change."""
    facts = asdict(manifest)
    digest = hashlib.sha256(orjson.dumps(facts)).hexdigest()
    return orjson.dumps({**facts, "digest": digest}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _read_manifest(folder: Path, number: int) -> Manifest:
    content = _read(folder / MANIFEST)
    try:
        facts = orjson.loads(content)
        del facts["digest"]
        manifest = Manifest(**{**facts, "at": datetime.fromisoformat(facts["at"])})
        is_whole = _encode(manifest) == content and set(manifest.files) | {EDITS} == {*FILES, RETIRED, EDITS}
    except (KeyError, TypeError, ValueError):
        is_whole = False
    if not is_whole or manifest.number != number:
        raise GeodataError("{file} is damaged. {remedy}", file=MANIFEST, remedy=_REMEDY)
    return manifest


def _sealed(manifest: Manifest) -> Read:
    """Return a function that reads the files of a version and checks their hashes."""

    def read(path: Path) -> bytes:
        content = _read(path)
        if hashlib.sha256(content).hexdigest() != manifest.files[path.name]:
            raise GeodataError("{file} is not as it was published. {remedy}", file=path.name, remedy=_REMEDY)
        return content

    return read


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise GeodataError(
            "{file} cannot be read: {fault}. {remedy}", file=path.name, fault=fault.strerror, remedy=_REMEDY
        ) from None


def _plain(text: str) -> str:
    """Replace lone surrogates, which arguments of a command line may contain."""
    return text.encode("utf-8", "replace").decode()
