"""The operator's settings, read from LOCATOR_* environment variables, and constants that packages share."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from locator.errors import ConfigError
from locator.language.catalogue import SOURCE, languages

__version__ = "0.1.0"

SERVICE_RADIUS_M: Final = 1000.0
"""What the union promises, "建站一公里,服务零距离": a station within one kilometre."""

MAX_DISTANCE_M: Final = 20_000.0
"""The largest radius of a query: up to here `locator.geo.geodesy` is exact to 1e-7 m without iterating."""

PACKAGE: Final = Path(__file__).resolve().parent
STORE: Final = "store"
"""The folder in LOCATOR_GEODATA that the service writes to unless LOCATOR_STORE is set."""
RETENTION_DAYS: Final = 365
CONNECTIONS_PER_ADDRESS: Final = 1000
"""Hundreds of phones share one address of a mobile network, and each browser opens up to six connections."""
GRACE_S: Final = 30
"""Kubernetes' default time between SIGTERM and SIGKILL."""
BEIJING: Final = (115.4, 39.4, 117.5, 41.1)
"""Bounds of a map without stations: west, south, east, north."""
MAX_HASH_BYTES: Final = 256_000_000
"""Memory that one comparison of a password may take; werkzeug's default, scrypt with n = 32768, takes 34 MB."""
MAX_HASH_ROUNDS: Final = 10_000_000
"""Rounds of PBKDF2; werkzeug's default is 1,000,000, and OWASP recommends 600,000 (2023). A hash that costs more
would let anybody who tries passwords slow the service down."""


def bundled(name: str) -> Path:
    """Return the path of a folder that is beside the package in a checkout and inside it in a wheel."""
    inside = PACKAGE / "_bundled" / name
    return inside if inside.is_dir() else PACKAGE.parent / name


@dataclass(frozen=True, slots=True)
class Settings:
    """The operator's settings: one field for each LOCATOR_* variable, documented in the README."""

    geodata: Path
    """LOCATOR_GEODATA: folder of the geodata files."""
    tiles: str = "none"
    """LOCATOR_TILES: base map; ``none``, ``osm``, ``amap``, ``tianditu:KEY``."""
    radius_m: float = SERVICE_RADIUS_M
    """LOCATOR_RADIUS_M: the service radius that pages and queries use when none is given."""
    lang: str = "zh"
    """LOCATOR_LANG: language for readers whose browser asks for none that we have; see `command_language`."""
    offline: bool = True
    """LOCATOR_OFFLINE: ``1`` stores pages on readers' devices for offline use; ``0`` removes them."""
    demand: Path | None = None
    """LOCATOR_DEMAND: file of demand points for the planner; default: the census, spread evenly."""
    embed_origins: tuple[str, ...] = ("*",)
    """LOCATOR_EMBED_ORIGINS: origins whose pages may show `/embed` in a frame; ``*``: all."""
    store: Path | None = None
    """LOCATOR_STORE: folder of the published versions, reports and requests, created by the first write; ``None``:
    nothing can be written, so there are neither reports nor stewards."""
    admin_password_hash: str | None = None
    """LOCATOR_ADMIN_PASSWORD_HASH: what `locator admin-password` prints; without it there is no `/manage`."""
    limits: str = "memory://"
    """LOCATOR_LIMITS: storage of the rate limits: ``memory://`` or ``redis://HOST``."""
    metrics: bool = False
    """LOCATOR_METRICS: ``1`` counts requests and shows the counts under ``/metrics`` to private addresses."""
    public_url: str | None = None
    """LOCATOR_PUBLIC_URL: address of the first page without a slash at its end; ``None``: that of each request."""
    proxies: int = 0
    """LOCATOR_PROXIES: number of trusted proxies before the service, which set ``X-Forwarded-*``."""
    retention_days: int = RETENTION_DAYS
    """LOCATOR_RETENTION_DAYS: how many days reports and requests are kept."""
    connections_per_address: int = CONNECTIONS_PER_ADDRESS
    """LOCATOR_CONNECTIONS_PER_ADDRESS: most open connections from one address to each worker; 0: no limit. Not
    applied behind trusted proxies: all connections come from them, and they have limits of their own."""
    grace_s: int = GRACE_S
    """LOCATOR_GRACE_S: how many seconds running requests may still take after SIGTERM."""


def command_language(environ: Mapping[str, str] = os.environ) -> str:
    """Return the language of the command line: LOCATOR_LANG, or English where it is not set."""
    lang = environ.get("LOCATOR_LANG")
    return lang if lang in languages() else SOURCE


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Parameters
    ----------
    environ
        The environment variables.

    Raises
    ------
    ConfigError
        If a value is invalid; the message names the variable and the valid values.
    """

    def count(name: str, default: int, least: int, most: int) -> int:
        return _count(name, environ.get(name) or str(default), least, most)

    return Settings(
        geodata=_folder(environ.get("LOCATOR_GEODATA")),
        tiles=environ.get("LOCATOR_TILES", "none").strip() or "none",
        radius_m=_radius(environ.get("LOCATOR_RADIUS_M")),
        lang=_lang(environ.get("LOCATOR_LANG") or "zh"),
        offline=_switch("LOCATOR_OFFLINE", environ.get("LOCATOR_OFFLINE") or "1"),
        demand=_file("LOCATOR_DEMAND", environ.get("LOCATOR_DEMAND")),
        embed_origins=_origins(environ.get("LOCATOR_EMBED_ORIGINS") or "*"),
        store=_store(environ),
        admin_password_hash=_password_hash(environ.get("LOCATOR_ADMIN_PASSWORD_HASH")),
        limits=_limits(environ.get("LOCATOR_LIMITS") or "memory://"),
        metrics=_switch("LOCATOR_METRICS", environ.get("LOCATOR_METRICS") or "0"),
        public_url=_public_url(environ.get("LOCATOR_PUBLIC_URL") or ""),
        proxies=count("LOCATOR_PROXIES", 0, 0, 9),
        retention_days=count("LOCATOR_RETENTION_DAYS", RETENTION_DAYS, 1, 3650),
        connections_per_address=count("LOCATOR_CONNECTIONS_PER_ADDRESS", CONNECTIONS_PER_ADDRESS, 0, 100_000),
        grace_s=count("LOCATOR_GRACE_S", GRACE_S, 0, 3600),
    )


def _path(name: str, word: str) -> Path:
    """Return a path with ``~`` expanded; in a container the user may have no home folder."""
    try:
        return Path(word).expanduser()
    except RuntimeError:
        raise ConfigError(
            "{name}: nobody knows the home folder in {value}. Set {name} to a whole path, without ~.",
            name=name,
            value=repr(word),
        ) from None


def _folder(word: str | None) -> Path:
    folder = _path("LOCATOR_GEODATA", word) if word else bundled("geodata")
    if not folder.is_dir():
        raise ConfigError(
            "LOCATOR_GEODATA must be a folder with geodata files, not {value}.", value=repr(str(folder))
        )
    return folder


def _file(name: str, word: str | None) -> Path | None:
    path = _path(name, word) if word else None
    if path and not path.is_file():
        raise ConfigError("{name} must be a file, not {value}.", name=name, value=repr(str(path)))
    return path


def _store(environ: Mapping[str, str]) -> Path:
    """Return the folder to write to, never inside the bundled geodata, which belong to the installed package."""
    if named := environ.get("LOCATOR_STORE"):
        return _path("LOCATOR_STORE", named)
    if geodata := environ.get("LOCATOR_GEODATA"):
        return _path("LOCATOR_GEODATA", geodata) / STORE
    return _path("LOCATOR_STORE", environ.get("XDG_DATA_HOME") or "~/.local/share") / "warm-station-locator"


def _password_hash(word: str | None) -> str | None:
    if word and not _is_hash(word):
        raise ConfigError(
            "LOCATOR_ADMIN_PASSWORD_HASH is not what `locator admin-password` prints. Quote it: there are $ in it."
        )
    return word or None


def _is_hash(word: str) -> bool:
    """Return whether this is a hash that werkzeug can compare with a password in bounded time and memory."""
    if scrypt := re.fullmatch(r"scrypt:([0-9]{1,7}):([0-9]{1,3}):([0-9]{1,3})\$[^$]+\$[0-9a-f]{128}", word):
        n, r, p = map(int, scrypt.groups())
        # scrypt takes 128 n r p bytes (RFC 7914), and its n is a power of two.
        return n >= 1024 and n.bit_count() == 1 and 0 < 128 * n * r * p <= MAX_HASH_BYTES
    pbkdf2 = re.fullmatch(r"pbkdf2:(sha256|sha384|sha512):([0-9]{1,8})\$[^$]+\$([0-9a-f]+)", word)
    if not pbkdf2 or not 0 < int(pbkdf2[2]) <= MAX_HASH_ROUNDS:
        return False
    return len(pbkdf2[3]) == 2 * hashlib.new(pbkdf2[1]).digest_size


def _limits(word: str) -> str:
    if not re.match(r"memory://$|rediss?://.", word):
        raise ConfigError("LOCATOR_LIMITS must be memory:// or redis://HOST, not {value}.", value=repr(word))
    return word


def _public_url(word: str) -> str | None:
    """Return the address as links have it: without a default port, and without a slash at its end."""
    if not word:
        return None
    try:
        parts = urlsplit(word)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    is_host = re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*|[0-9a-f:.]*:[0-9a-f:.]*", host)
    is_path = re.fullmatch(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*/?", parts.path)
    has_more = parts.query or parts.fragment or "@" in parts.netloc or word != word.strip()
    if parts.scheme not in ("http", "https") or not is_host or not is_path or has_more:
        raise ConfigError(
            "LOCATOR_PUBLIC_URL must be an address such as https://stations.example or"
            " https://www.example.org/stations, without ? and #, not {value}.",
            value=repr(word),
        )
    host = f"[{host}]" if ":" in host else host
    default_port = {"http": 80, "https": 443}[parts.scheme]
    suffix = "" if port in (None, default_port) else f":{port}"
    return f"{parts.scheme}://{host}{suffix}{parts.path.rstrip('/')}"


def _count(name: str, word: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", word) or not least <= int(word) <= most:
        raise ConfigError(
            "{name} must be a whole number from {least} to {most}, not {value}.",
            name=name,
            least=least,
            most=most,
            value=repr(word),
        )
    return int(word)


def _radius(word: str | None) -> float:
    try:
        radius_m = float(word) if word else SERVICE_RADIUS_M
    except ValueError:
        radius_m = float("nan")
    # float() would read 1_000 as 1000.
    if "_" in (word or "") or not 0 < radius_m <= MAX_DISTANCE_M:
        raise ConfigError(
            "LOCATOR_RADIUS_M must be a number of metres above 0 and at most {most:.0f}, not {value}.",
            most=MAX_DISTANCE_M,
            value=repr(word),
        )
    return radius_m


def _lang(word: str) -> str:
    if word not in languages():
        raise ConfigError(
            "LOCATOR_LANG must be one of {known}, not {value}.", known=", ".join(languages()), value=repr(word)
        )
    return word


def _switch(name: str, word: str) -> bool:
    if word not in ("0", "1"):
        raise ConfigError("{name} must be 1 for on or 0 for off, not {value}.", name=name, value=repr(word))
    return word == "1"


def _origins(words: str) -> tuple[str, ...]:
    origins = tuple(word.lower() for word in re.split(r"[\s,]+", words) if word)
    for word in origins:
        # Origins become `frame-ancestors` of the content security policy, where a ; would start another directive.
        if not re.fullmatch(r"\*|https?://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?", word):
            raise ConfigError(
                "LOCATOR_EMBED_ORIGINS must be * or origins such as https://www.example.org, with spaces or commas"
                " between them, not {value}.",
                value=repr(word),
            )
    return ("*",) if "*" in origins or not origins else origins
