"""The wheel is whole: alone in an empty folder it answers as the checkout does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from locator.config import __version__

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the build backend that is installed beside the tests."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_answers_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    """Unpacked away from the checkout it loads its own geodata and finds Donghuamen's station."""
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    with ZipFile(wheel) as archive:
        archive.extractall(site)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("LOCATOR_", "PYTHON"))
    }
    found = subprocess.run(
        [sys.executable, "-m", "locator", "nearest", "39.9155", "116.4050", "--json"],
        cwd=empty,
        env=environment | {"PYTHONPATH": str(site)},
        check=True,
        capture_output=True,
        timeout=120,
    )
    stations = json.loads(found.stdout)["stations"]
    assert stations[0]["name"] == "东华门街道工会服务站"
    where = subprocess.run(
        [sys.executable, "-c", "import locator.config as c; print(c.bundled('static'))"],
        cwd=empty,
        env=environment | {"PYTHONPATH": str(site)},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert Path(where.stdout.strip()) == site / "locator" / "_bundled" / "static"


def test_the_wheel_holds_what_pages_and_maps_need(wheel: Path) -> None:
    """Templates, translations, static files, geodata, that there are types, what changed; no tests."""
    names = set(ZipFile(wheel).namelist())
    for name in ROOT.joinpath("geodata").glob("*.geojson"):
        assert f"locator/_bundled/geodata/{name.name}" in names
    for path in (path for path in ROOT.joinpath("static").rglob("*") if path.is_file()):
        assert f"locator/_bundled/{path.relative_to(ROOT).as_posix()}" in names
    assert "locator/templates/finder/home.html" in names
    assert "locator/translations/zh.po" in names
    assert {"locator/py.typed", "locator/CHANGES.md"} <= names
    assert not any(name.startswith("tests/") for name in names)


def test_the_changelog_ends_where_the_version_stands() -> None:
    """Newest first: what is not released yet, then the version that the package says it is, with its day."""
    headings = re.findall(
        r"^## (.+)$", (ROOT / "locator" / "CHANGES.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert headings[0] == "Unreleased"
    assert re.fullmatch(rf"{re.escape(__version__)} – \d{{4}}-\d\d-\d\d", headings[1])
