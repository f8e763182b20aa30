"""Every setting is read from its variable, and what cannot be used is refused with its name and rule."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from werkzeug.security import check_password_hash, generate_password_hash

from locator import create_app
from locator.config import Settings, bundled, read_settings
from locator.errors import ConfigError
from locator.language.catalogue import languages

DIGEST = "00ff" * 32
HASH = f"scrypt:32768:8:1$salt${DIGEST}"
"""Of nobody's password."""
SHIPPED = Path(__file__).resolve().parent.parent / "geodata"


def test_without_variables_the_defaults_hold() -> None:
    """The shipped geodata, no base map, one kilometre, Chinese, kept for offline use."""
    settings = read_settings({})
    assert settings.geodata.samefile(SHIPPED)
    assert (settings.tiles, settings.radius_m, settings.lang, settings.offline) == ("none", 1000.0, "zh", True)


def test_every_variable_is_read(tmp_path: Path) -> None:
    """Each of the variables reaches its field."""
    found = read_settings(
        {
            "LOCATOR_GEODATA": str(tmp_path),
            "LOCATOR_TILES": "osm",
            "LOCATOR_RADIUS_M": "750.5",
            "LOCATOR_LANG": "en",
            "LOCATOR_OFFLINE": "0",
            "LOCATOR_STORE": str(tmp_path / "kept"),
            "LOCATOR_ADMIN_PASSWORD_HASH": HASH,
            "LOCATOR_LIMITS": "redis://127.0.0.1:6379",
            "LOCATOR_METRICS": "1",
            "LOCATOR_PUBLIC_URL": "https://stations.example/",
            "LOCATOR_PROXIES": "1",
            "LOCATOR_RETENTION_DAYS": "90",
            "LOCATER_LANG": "no variable of ours",
        }
    )
    assert found == Settings(
        geodata=tmp_path,
        tiles="osm",
        radius_m=750.5,
        lang="en",
        offline=False,
        store=tmp_path / "kept",
        admin_password_hash=HASH,
        limits="redis://127.0.0.1:6379",
        metrics=True,
        public_url="https://stations.example",
        proxies=1,
        retention_days=90,
    )


def test_what_the_service_writes_stands_beside_the_geodata_or_in_the_users_own_folder(tmp_path: Path) -> None:
    """The shipped geodata are not written to: what is published over them is the user's own."""
    assert read_settings({"LOCATOR_GEODATA": str(tmp_path)}).store == tmp_path / "store"
    assert read_settings({"XDG_DATA_HOME": str(tmp_path)}).store == tmp_path / "warm-station-locator"


def test_without_a_home_folder_the_store_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container, where the service may run as a user that the system does not know."""
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)
    with pytest.raises(ConfigError, match="Set LOCATOR_STORE to a whole path"):
        read_settings({})
    assert read_settings({"LOCATOR_STORE": "/var/lib/locator"}).store == Path("/var/lib/locator")


@pytest.mark.parametrize("name", [field.name for field in fields(Settings)])
def test_an_empty_variable_means_the_default(name: str) -> None:
    """As compose files and unit files pass on variables that nobody set."""
    assert read_settings({f"LOCATOR_{name.upper()}": ""}) == read_settings({})


def test_a_folder_in_the_home_directory_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tilde is expanded: unit files have no shell to do it."""
    (tmp_path / "stations").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_settings({"LOCATOR_GEODATA": "~/stations"}).geodata == tmp_path / "stations"


@pytest.mark.parametrize("radius", ["0.1", "20000", " 500 ", "1e3"])
def test_a_radius_up_to_20_km_is_taken(radius: str) -> None:
    """The greatest one included."""
    assert read_settings({"LOCATOR_RADIUS_M": radius}).radius_m == float(radius)


@pytest.mark.parametrize("lang", languages())
def test_every_language_of_the_pages_is_taken(lang: str) -> None:
    """Chinese and English are among them."""
    assert {"zh", "en"} <= set(languages())
    assert read_settings({"LOCATOR_LANG": lang}).lang == lang


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("LOCATOR_GEODATA", "/nowhere/at/all", "must be a folder"),
        ("LOCATOR_GEODATA", __file__, "must be a folder"),
        ("LOCATOR_GEODATA", "~nobody-of-this-name/geodata", "Set LOCATOR_GEODATA to a whole path"),
        ("LOCATOR_DEMAND", "~nobody-of-this-name/people.csv", "Set LOCATOR_DEMAND to a whole path"),
        ("LOCATOR_STORE", "~nobody-of-this-name/store", "Set LOCATOR_STORE to a whole path"),
        ("LOCATOR_RADIUS_M", "0", "above 0 and at most 20000"),
        ("LOCATOR_RADIUS_M", "-1", "above 0 and at most 20000"),
        ("LOCATOR_RADIUS_M", "20000.1", "above 0 and at most 20000"),
        ("LOCATOR_RADIUS_M", "nan", "a number of metres"),
        ("LOCATOR_RADIUS_M", "inf", "at most 20000"),
        ("LOCATOR_RADIUS_M", "1 km", "a number of metres"),
        ("LOCATOR_RADIUS_M", "1_000", "a number of metres"),
        ("LOCATOR_RETENTION_DAYS", "3_6", "a whole number"),
        ("LOCATOR_LANG", "fr", "must be one of en, zh"),
        ("LOCATOR_LANG", "ZH", "must be one of en, zh"),
        ("LOCATOR_OFFLINE", "no", "must be 1 for on or 0 for off"),
        ("LOCATOR_LIMITS", "memcached://x", "must be memory:// or redis://HOST"),
        ("LOCATOR_PUBLIC_URL", "stations.example", "an address such as https://stations.example"),
        ("LOCATOR_PUBLIC_URL", "ftp://stations.example", "without ? and #"),
        ("LOCATOR_PUBLIC_URL", "https://", "an address such as"),
        ("LOCATOR_PUBLIC_URL", "https://stations.example/?lang=en", "without ? and #"),
        ("LOCATOR_PUBLIC_URL", "https://stations.example/#map", "without ? and #"),
        ("LOCATOR_PUBLIC_URL", "https://me@stations.example", "an address such as"),
        ("LOCATOR_PUBLIC_URL", "https://stations.example:65536", "an address such as"),
        ("LOCATOR_PUBLIC_URL", "https://[::1", "an address such as"),
        ("LOCATOR_PUBLIC_URL", "https://a b", "an address such as"),
        ("LOCATOR_PUBLIC_URL", "https://stations.example//x", "an address such as"),
        ("LOCATOR_PUBLIC_URL", "https://stations.example/../x", "an address such as"),
        ("LOCATOR_PUBLIC_URL", "https://stations.example/a b", "an address such as"),
        ("LOCATOR_PROXIES", "-1", "from 0 to 9"),
        ("LOCATOR_RETENTION_DAYS", "0", "from 1 to 3650"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused(name: str, value: str, rule: str) -> None:
    """The message says the variable, the rule and the value."""
    with pytest.raises(ConfigError) as caught:
        read_settings({name: value})
    assert name in str(caught.value)
    assert rule in str(caught.value)
    assert value in str(caught.value)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("https://Stations.Example/", "https://stations.example"),
        ("https://stations.example:443/warm/", "https://stations.example/warm"),
        ("http://192.0.2.1:8000", "http://192.0.2.1:8000"),
        ("http://[2001:DB8::1]:80/a/b", "http://[2001:db8::1]/a/b"),
        ("https://www.中国", "https://www.xn--fiqs8s"),
    ],
)
def test_the_public_address_is_written_in_one_way(said: str, written: str) -> None:
    """As browsers write it: small letters, no usual port, names in other letters encoded."""
    assert read_settings({"LOCATOR_PUBLIC_URL": said}).public_url == written


def test_a_password_in_place_of_its_hash_is_refused_and_not_repeated() -> None:
    """What was typed there by mistake may be a password: no message and no log shows it."""
    with pytest.raises(ConfigError, match="locator admin-password") as caught:
        read_settings({"LOCATOR_ADMIN_PASSWORD_HASH": "open sesame"})
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    "method",
    ["scrypt", "scrypt:1024:1:1", "scrypt:1024:255:4", "pbkdf2:sha256:1", "pbkdf2:sha384:9", "pbkdf2:sha512:7"],
)
def test_a_hash_of_the_package_is_taken(method: str) -> None:
    """With every cost that it can be made with, and it can be compared with."""
    made = generate_password_hash("open sesame", method)
    assert read_settings({"LOCATOR_ADMIN_PASSWORD_HASH": made}).admin_password_hash == made
    assert check_password_hash(made, "open sesame")


@pytest.mark.parametrize(
    "value",
    [
        "scrypt:abc$salt$00",
        f"scrypt:abc$salt${DIGEST}",
        f"scrypt:32768:8$salt${DIGEST}",
        f"scrypt:32768:8:1:1$salt${DIGEST}",
        f"scrypt:32767:8:1$salt${DIGEST}",
        f"scrypt:1:8:1$salt${DIGEST}",
        f"scrypt:2:1:1$salt${DIGEST}",
        f"scrypt:0:8:1$salt${DIGEST}",
        f"scrypt:32768:0:1$salt${DIGEST}",
        f"scrypt:32768:8:0$salt${DIGEST}",
        f"scrypt:1048576:8:1$salt${DIGEST}",
        f"scrypt:32768:8:64$salt${DIGEST}",
        f"scrypt:32768:8:1$${DIGEST}",
        f"scrypt:32768:8:1$salt${DIGEST[2:]}",
        f"scrypt:32768:8:1$salt${DIGEST}00",
        f"scrypt:32768:8:1$salt${DIGEST.upper()}",
        f"scrypt:３２７６８:8:1$salt${DIGEST}",
        f"scrypt:32768:8:1$salt${DIGEST}\n",
        f"pbkdf2:sha256:1000$salt${DIGEST}",
        f"pbkdf2:sha256:0$salt${DIGEST[:64]}",
        f"pbkdf2:sha256:-1$salt${DIGEST[:64]}",
        f"pbkdf2:sha256:99999999$salt${DIGEST[:64]}",
        f"pbkdf2:sha256:x$salt${DIGEST[:64]}",
        f"pbkdf2:sha257:1000$salt${DIGEST[:64]}",
        f"pbkdf2:shake_128:1000$salt${DIGEST[:64]}",
        "scrypt:32768:8:1",
        "md5$salt$00",
    ],
)
def test_a_hash_with_which_no_password_can_be_compared_is_told_at_start(value: str) -> None:
    """And not to the first steward who signs in; the value is not repeated."""
    with pytest.raises(ConfigError, match="LOCATOR_ADMIN_PASSWORD_HASH is not what `locator admin-pass") as caught:
        read_settings({"LOCATOR_ADMIN_PASSWORD_HASH": value})
    assert "salt" not in str(caught.value)


@pytest.mark.parametrize("tiles", ["osn", "tianditu", "https://tile.example.org/{z}/{x}/{y}.png"])
def test_a_base_map_nobody_knows_is_told_at_start(donghuamen: Path, tiles: str) -> None:
    """The visitor of a page would be the wrong one to hear of it."""
    with pytest.raises(ConfigError, match="LOCATOR_TILES must be none, osm, amap"):
        create_app(Settings(geodata=donghuamen, tiles=tiles))


def test_bundled_folders_are_those_of_the_checkout() -> None:
    """In a checkout they stand beside the package."""
    assert bundled("geodata").samefile(SHIPPED)
    assert bundled("static").samefile(SHIPPED.parent / "static")
