"""Every error raised on purpose.

    LocatorError
    ├── UsageError (ValueError)            the caller asked for something that cannot be answered
    ├── StationNotFoundError (LookupError) no station has this id
    ├── GeodataError (ValueError)          a geodata file is missing, damaged or wrong
    ├── ConfigError (ValueError)           a LOCATOR_* setting cannot be used
    ├── ConflictError (RuntimeError)       somebody else was first; look at what they did, then try again
    └── BusyError (RuntimeError)           too much is being worked out already; later it can be answered

A message says the value, the rule and the remedy, and is safe to show to the caller.
"""

from __future__ import annotations

from locator.language.messages import Message


class LocatorError(Exception):
    """The base of every error raised on purpose.

    Parameters
    ----------
    template
        The message in English with ``{name}`` fields; it is also the key of its translations.
    **values
        What the fields stand for.
    """

    def __init__(self, template: str, **values: object) -> None:
        given = {
            name: value.message if isinstance(value, LocatorError) else value for name, value in values.items()
        }
        self.message: Message = Message(template, given)
        super().__init__(str(self.message))
        self.template = template
        self.values = values


class UsageError(LocatorError, ValueError):
    """The caller asked for something that cannot be answered."""


class StationNotFoundError(LocatorError, LookupError):
    """No station has this id."""


class GeodataError(LocatorError, ValueError):
    """A geodata file is missing, damaged or wrong."""


class ConfigError(LocatorError, ValueError):
    """A LOCATOR_* setting cannot be used."""


class ConflictError(LocatorError, RuntimeError):
    """Somebody else was first; look at what they did, then try again."""


class BusyError(LocatorError, RuntimeError):
    """Too much is being worked out already; later it can be answered."""
