"""The command that writes a map as one file: what it writes, what it refuses, and never half of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from locator.cli import main


def run(*arguments: str, geodata: Path, **settings: str) -> Result:
    """Run export-html on a geodata folder with these LOCATOR_* settings and no others."""
    names = {name: None for name in os.environ if name.startswith("LOCATOR_")}
    given = {f"LOCATOR_{name.upper()}": value for name, value in settings.items()}
    environment = names | {"LOCATOR_GEODATA": str(geodata)} | given
    return CliRunner().invoke(main, ("export-html", *arguments), env=environment)


def test_a_district_is_written(donghuamen: Path, tmp_path: Path) -> None:
    """The file is there, in the operator's language, and the command says how much is in it."""
    out = tmp_path / "map.html"
    found = run("--district", "东城区", "--out", str(out), geodata=donghuamen)
    assert found.exit_code == 0, found.output
    assert found.output == f"6 stations, {out.stat().st_size / 1000:.0f} kB: {out}\n"
    text = out.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert text.rstrip().endswith("</html>")
    assert '<html lang="zh-CN">' in text
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("district", ["東城區", "Ｄｏｎｇｃｈｅｎｇ", " dongcheng "])
def test_a_district_is_known_however_it_is_typed(donghuamen: Path, tmp_path: Path, district: str) -> None:
    """In traditional characters, English, any width and any case."""
    found = run("--district", district, "--out", str(tmp_path / "map.html"), geodata=donghuamen)
    assert found.output.startswith("6 stations, ")


def test_everything_in_another_language(donghuamen: Path, tmp_path: Path) -> None:
    """--all takes every district; --lang rules over the setting."""
    out = tmp_path / "map.html"
    found = run("--all", "--lang", "en", "--out", str(out), geodata=donghuamen, lang="zh")
    assert found.output.startswith("7 个站点，")
    assert "Whole city" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--district", "火星区"], "The district '火星区' is not known. Use one of: 东城区, 丰台区."),
        ([], "Name one district, --district 东城区, or take every"),
        (["--all", "--district", "东城区"], "Name one district, --district 东城区, or take every"),
        (["--all", "--lang", "xx"], "xx"),
    ],
)
def test_a_refusal_is_a_sentence_and_leaves_what_was_there(
    donghuamen: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    """Exit code 2, no trace; the file of last month is as it was."""
    out = tmp_path / "map.html"
    out.write_text("last month's", encoding="utf-8")
    found = run(*options, "--out", str(out), geodata=donghuamen)
    assert found.exit_code == 2
    assert message in found.output
    assert "Traceback" not in found.output
    assert out.read_text(encoding="utf-8") == "last month's"
    assert list(tmp_path.iterdir()) == [out]


def test_a_folder_that_is_not_there_is_told(donghuamen: Path, tmp_path: Path) -> None:
    """The message names the file and the remedy."""
    out = tmp_path / "nowhere" / "map.html"
    found = run("--all", "--out", str(out), geodata=donghuamen)
    assert found.exit_code == 2
    assert f"{out} cannot be written" in found.output


def test_the_command_is_listed_by_its_name(donghuamen: Path) -> None:
    """With its dash, in the list of commands; with an underscore there is none."""
    listed = CliRunner().invoke(main, ["--help"]).output
    assert "export-html" in listed
    assert CliRunner().invoke(main, ["export_html", "--all", "--out", "x"]).exit_code == 2
    assert "--district" in run("--help", geodata=donghuamen).output
