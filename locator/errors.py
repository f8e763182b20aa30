"""Every error raised on purpose.

    LocatorError
    ├── UsageError (ValueError)            bad input from the caller
    ├── StationNotFoundError (LookupError) no station has this id
    ├── GeodataError (ValueError)          a geodata file is missing, damaged or invalid
    │   ├── ColumnsUnknownError            it has to be said which column of a list has the names
    │   ├── DatumUnknownError              it has to be said which datum the positions of a list are in
    │   └── CrsUnknownError                it has to be said which CRS coordinates in metres are in
    ├── ConfigError (ValueError)           a LOCATOR_* setting is invalid
    ├── ConflictError (RuntimeError)       somebody else changed the same thing first
    └── BusyError (RuntimeError)           too many computations are running; try again later

A message names the value, the rule and the remedy, and is safe to show to the caller.
"""

from __future__ import annotations

from typing import Any

from locator.language.messages import Message


class LocatorError(Exception):
    """The base of every error raised on purpose.

    Parameters
    ----------
    template
        The message in English with ``{name}`` fields, which is also the key of its translations.
    **values
        What the fields stand for.
    """

    def __init__(self, template: str, **values: object) -> None:
        fields = {
            name: value.message if isinstance(value, LocatorError) else value for name, value in values.items()
        }
        self.message: Message = Message(template, fields)
        super().__init__(str(self.message))
        self.template = template
        self.values = values


class UsageError(LocatorError, ValueError):
    """Bad input from the caller."""


class StationNotFoundError(LocatorError, LookupError):
    """No station has this id."""


class GeodataError(LocatorError, ValueError):
    """A geodata file is missing, damaged or invalid."""


class ColumnsUnknownError(GeodataError):
    """It has to be said which column of a list has the names."""


class DatumUnknownError(GeodataError):
    """It has to be said which datum the positions of a list are in."""

    lonlat: Any = None
    """(n, 2) degrees as the list has them, longitude first; NaN where a row has none."""
    evidence: tuple[str, ...] = ()
    """Sentences."""


class CrsUnknownError(GeodataError):
    """It has to be said which CRS the coordinates of a list in metres are in."""

    choices: tuple[Any, ...] = ()
    """What may be chosen, the likeliest first; empty if nothing fits."""


class ConfigError(LocatorError, ValueError):
    """A LOCATOR_* setting is invalid."""


class ConflictError(LocatorError, RuntimeError):
    """Somebody else changed the same thing first."""


class BusyError(LocatorError, RuntimeError):
    """Too many computations are running; try again later."""
