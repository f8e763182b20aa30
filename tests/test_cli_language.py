"""The command line speaks the language that LOCATOR_LANG names, also one that was added by a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from locator.cli import main
from locator.cli.group import COMMANDS, Option
from locator.stations.catalog import Catalog
from locator.stations.reading import COLUMNS
from tests.extracted import untranslated

LIST = "站点名称,地址,区,经度,纬度,设施\n新驿站,某街1号,东城区,116.4110,39.9140,蹦床\n无位,某路,东城区,,,\n"
# What machines read as well: names of files, of columns and of fields, of formats and settings.
MACHINES = "locator LOCATOR csv utf grid name address district lat lon amenities"

Speak = Callable[..., Result]


@pytest.fixture
def speak(pseudo: str, donghuamen: Path, tmp_path: Path) -> Speak:
    """Give a function that runs a command over the seven stations, in the added language or another."""
    names = {name: None for name in os.environ if name.startswith("LOCATOR_")}

    def run(*arguments: str, lang: str | None = pseudo, geodata: Path = donghuamen) -> Result:
        settings = {
            "LOCATOR_GEODATA": str(geodata),
            "LOCATOR_STORE": str(tmp_path / "store"),
            "LOCATOR_LANG": lang,
        }
        return CliRunner().invoke(main, arguments, env=names | settings, input="a warm room for everyone\n")

    return run


@pytest.fixture
def data(catalog: Catalog, donghuamen: Path, tmp_path: Path) -> set[str]:
    """What the stations and the districts say by themselves, what was typed, and what machines read."""
    names = {name for place in catalog.districts for name in (place.name, place.name_en)}
    typed = {*LIST.replace("\n", ",").split(","), "Lin", "why", str(tmp_path), str(donghuamen)}
    return names | typed | {*MACHINES.split()} | {str(value) for name in COLUMNS for value in catalog.column(name)}


@pytest.mark.parametrize(
    "arguments",
    [
        ["nearest", "39.9155", "116.4050"],
        ["nearest", "39.9155", "116.4050", "--radius", "10"],
        ["nearest", "999", "116"],
        ["nearest", "39.9155", "116.4050", "--kind", "warm_station", "--datum", "wgs84", "--open-at", "now"],
        ["check"],
        ["versions"],
        ["diff", "0", "0"],
        ["diff", "0", "9"],
        ["coverage", "--radius", "500", "--scenario", "{folder}/scenario.csv"],
        ["coverage", "--out", "{folder}/a.csv"],
        ["coverage", "--demand", "{folder}/list.csv"],
        ["sites", "--n", "2", "--spacing", "2000", "--open-at", "2026-11-21T19:45"],
        ["sites", "--target-share", "0.3", "--spacing", "2000"],
        ["sites", "--n", "2", "--spacing", "2000", "--candidates", "demand"],
        ["sites", "--n", "0"],
        [
            "import",
            "{folder}/list.csv",
            "--kind",
            "warm_station",
            "--datum",
            "wgs84",
            "--who",
            "Lin",
            "--why",
            "why",
        ],
        [
            "import",
            "{folder}/list.csv",
            "--kind",
            "warm_station",
            "--datum",
            "wgs84",
            "--dry-run",
            "--report",
            "{folder}/report.csv",
        ],
        ["import", "{folder}/none.csv", "--kind", "warm_station"],
        ["import", "{folder}/list.csv", "--kind", "palace"],
        ["rollback", "0", "--who", "Lin", "--why", "why"],
        ["rollback", "9"],
        ["export", "--out", "{folder}/all.csv"],
        ["export"],
        ["export-html", "--all", "--out", "{folder}/map.html"],
        ["export-html", "--out", "{folder}/map.html"],
        ["sample", "--city", "atlantis", "--out", "{folder}/sample"],
        ["admin-password", "--stdin"],
        ["serve", "--host", ""],
    ],
    ids=" ".join,
)
def test_a_command_says_nothing_else(speak: Speak, data: set[str], tmp_path: Path, arguments: list[str]) -> None:
    """Tables, sentences, doubts and refusals; only data and what machines read stay as they are."""
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    (tmp_path / "scenario.csv").write_text("action,station_id\nremove,tw-1\n", encoding="utf-8")
    speak("rollback", "0", "--who", "Lin", "--why", "why")
    found = speak(*(argument.format(folder=tmp_path) for argument in arguments))
    assert not isinstance(found.exception, Exception) or isinstance(found.exception, SystemExit), found.exception
    if arguments[0] != "admin-password":
        assert "⟦" in found.output
        assert untranslated([found.output], data) == []


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_is_in_it(speak: Speak, name: str) -> None:
    """What a command does and what its options are for."""
    shown = speak(name, "--help").output
    assert "⟦Options⟧" in shown
    command = main.get_command(click.Context(main), name)
    assert command
    for option in command.params:
        if isinstance(option, Option) and option.help:
            assert f"⟦{option.help.split()[0]}" in shown or option.help.startswith("⟦")
    assert f"⟦{(command.help or '').split()[0]}" in shown


def test_the_group_lists_what_its_commands_do(speak: Speak) -> None:
    """In the language that is asked for, each time anew."""
    assert "查找 1 公里内最近的歇脚点。" in speak("--help", lang="zh").output
    assert "Find the nearest place to rest within 1 km." in speak("--help", lang=None).output
    assert speak("--help").output.count("⟦") > len(COMMANDS)


def test_without_the_setting_it_is_english(speak: Speak) -> None:
    """Whatever pages speak; only the labels of stations are those of pages, as --lang says."""
    found = speak("nearest", "39.9155", "116.4050", lang=None).output
    assert "walking minutes" in found
    assert "暖心驿站" in found


def test_what_is_written_is_in_it(speak: Speak, data: set[str], tmp_path: Path) -> None:
    """The report of an import and the figures of a plan, as spreadsheets."""
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    report, figures = tmp_path / "report.csv", tmp_path / "figures.csv"
    kind = ("--kind", "warm_station", "--datum", "wgs84")
    speak("import", str(tmp_path / "list.csv"), *kind, "--dry-run", "--report", str(report))
    speak("coverage", "--out", str(figures))
    written = [path.read_text(encoding="utf-8-sig") for path in (report, figures)]
    assert all("⟦" in text for text in written)
    assert untranslated(written, data | {"station_id", "合计", "All together"}) == []
