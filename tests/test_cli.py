"""The command line as people run it: answers, checks, a synthetic city, and the server as a real process."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import prcoords
import pytest
from click.testing import CliRunner, Result

from locator import create_app
from locator.cli import main
from locator.cli.group import COMMANDS
from locator.cli.serving import listen
from locator.config import Settings
from locator.errors import ConfigError
from tests.conftest import hear_terminal

HERE = ["39.9155", "116.4050"]
SATURDAY_EVENING = ["--open-at", "2026-11-21T19:45"]
MARKUP = "<img src=x onerror=alert(1)>${alert(1)}"


def run(*arguments: str, **settings: str) -> Result:
    """Run a command with these LOCATOR_* settings and no others."""
    names = {name: None for name in os.environ if name.startswith("LOCATOR_")}
    given = {f"LOCATOR_{name.upper()}": value for name, value in settings.items()}
    return CliRunner().invoke(main, arguments, env=names | given)


@pytest.fixture
def folder(donghuamen: Path, tmp_path: Path) -> Path:
    """Copy the geodata of seven stations, to break it."""
    return Path(shutil.copytree(donghuamen, tmp_path / "geodata"))


def swap(folder: Path) -> None:
    """Write one position of a folder the wrong way round."""
    path = folder / "worker_homes.geojson"
    path.write_text(path.read_text(encoding="utf-8").replace("116.4, 39.91", "39.91, 116.4"), encoding="utf-8")


def numbers() -> list[tuple[str, click.Parameter]]:
    """List what commands take numbers for, whichever kind of number."""
    commands = [(name, main.get_command(click.Context(main), name)) for name in COMMANDS]
    kinds = click.types.IntParamType, click.types.FloatParamType
    return [
        (name, each) for name, made in commands if made for each in made.params if isinstance(each.type, kinds)
    ]


@pytest.mark.parametrize(("name", "parameter"), numbers(), ids=[f"{name} {each.name}" for name, each in numbers()])
def test_only_what_people_write_as_a_number_is_one(name: str, parameter: click.Parameter) -> None:
    """Python reads 3_9 as 39; nobody else does. Nothing is answered and nothing published."""
    is_option = isinstance(parameter, click.Option)
    given = [parameter.opts[0], "3_9"] if is_option else ["3_9"] * parameter.nargs + ["1"]
    found = run(name, *given)
    assert found.exit_code == 2
    assert "'3_9' is not a number. Leave out the _." in found.stderr
    assert not found.stdout


# nearest


def test_nearest_prints_a_table(donghuamen: Path) -> None:
    """Distance, minutes, name, kind and state in columns; the nearest beyond below them."""
    found = run("nearest", *HERE, "--lang", "en", *SATURDAY_EVENING, geodata=str(donghuamen))
    assert found.exit_code == 0
    heading, first, second, beyond, last, note = found.output.splitlines()
    assert heading.split() == ["m", "min", "station", "kind", "open"]
    assert re.split(r"\s{2,}", first) == ["103.5", "2", "东华门街道工会服务站", "Warm station", "closes in 15 min"]
    assert re.split(r"\s{2,}", second) == ["499.6", "9", "便利店驿站", "Warm station", "open 24 hours"]
    assert beyond == "The nearest beyond 1000 m:"
    assert "一公里外的驿站" in last
    assert "estimate" in note


def test_columns_line_up_though_chinese_is_wider(donghuamen: Path) -> None:
    """A Chinese character takes two columns of a terminal."""
    found = run("nearest", *HERE, "--lang", "en", *SATURDAY_EVENING, geodata=str(donghuamen))
    starts = [
        sum(2 if ord(letter) > 0x2E80 else 1 for letter in line[: line.index("Warm station")])
        for line in found.output.splitlines()
        if "Warm station" in line
    ]
    assert len(starts) == 3
    assert len(set(starts)) == 1


def test_nearest_speaks_the_language_asked_for(donghuamen: Path) -> None:
    """Chinese as the operator's setting has it, English if asked."""
    assert "24小时开放" in run("nearest", *HERE, geodata=str(donghuamen)).output
    assert "open 24 hours" in run("nearest", *HERE, geodata=str(donghuamen), lang="en").output


@pytest.mark.parametrize(
    "words",
    [
        ["39.9155,116.4050"],
        ["39.9155，116.4050"],
        ["39.9155,", "116.4050"],
        ["３９．９１５５", "１１６．４０５"],
        ["39.9155°N", "116.405°E"],
        ["39.9155", "N", "116.405", "E"],
        ["116.4050,39.9155"],
        ["北緯39.9155東經116.405"],
    ],
)
def test_a_position_is_read_as_people_paste_it(donghuamen: Path, words: list[str]) -> None:
    """In one word or more, of any width, with signs and letters."""
    found, expected = (run("nearest", *said, "--json", geodata=str(donghuamen)) for said in (words, HERE))
    assert found.exit_code == 0, found.output
    assert (
        json.loads(found.stdout)["origin"]
        == json.loads(expected.stdout)["origin"]
        == {"lat": 39.9155, "lon": 116.405}
    )


def test_donghuamen_is_on_the_shipped_geodata() -> None:
    """The first thing a newcomer tries."""
    found = run("nearest", *HERE, "--lang", "en")
    assert found.exit_code == 0
    assert re.match(r"103\.5 +2 +东华门街道工会服务站 ", found.output.splitlines()[1])


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        (SATURDAY_EVENING, {"open_at": "2026-11-21T19:45"}),
        (["--radius", "20000", "--limit", "100", *SATURDAY_EVENING], {"radius": 20000, "limit": 100}),
        (["--kind", "worker_home", *SATURDAY_EVENING], {"kind": "worker_home"}),
        (
            ["--amenity", "seats,shower", "--lang", "en", *SATURDAY_EVENING],
            {"amenity": "seats,shower", "lang": "en"},
        ),
        (["--datum", "gcj02", *SATURDAY_EVENING], {"datum": "gcj02"}),
    ],
)
def test_json_is_what_the_api_answers(donghuamen: Path, options: list[str], fields: dict[str, Any]) -> None:
    """Byte for byte; the time is given, so even as_of is the same."""
    printed = run("nearest", *HERE, *options, "--json", geodata=str(donghuamen))
    client = create_app(Settings(geodata=donghuamen)).test_client()
    query = {"lat": HERE[0], "lon": HERE[1], "open_at": "2026-11-21T19:45"} | fields
    assert printed.output == client.get("/api/nearest", query_string=query).text + "\n"


@pytest.mark.parametrize("options", [["nearest", *HERE], ["nearest", *HERE, "--json"], ["--help"]])
def test_what_needs_no_web_does_not_wait_for_it(donghuamen: Path, options: list[str]) -> None:
    """Flask takes longer to import than the answer to be found."""
    program = (
        "import sys; from locator.cli import main; main(standalone_mode=False); assert 'flask' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", program, *options],
        check=True,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"LOCATOR_GEODATA": str(donghuamen)},
    )


def test_a_position_of_a_phone_in_china_is_converted(donghuamen: Path) -> None:
    """What an independent package shifted is the same place again."""
    lat, lon = prcoords.wgs_gcj((39.9155, 116.405))
    found = run("nearest", f"{lat:.8f}", f"{lon:.8f}", "--datum", "gcj02", "--json", geodata=str(donghuamen))
    first = json.loads(found.output)["stations"][0]
    assert (first["station_id"], first["distance_m"]) == ("tw-1", pytest.approx(103.5, abs=0.11))


def test_no_station_near_is_said(donghuamen: Path) -> None:
    """A sentence, and the nearest there is; south and west are numbers below zero."""
    found = run("nearest", "-34.6", "-58.4", "--radius", "500", geodata=str(donghuamen))
    assert found.exit_code == 0
    assert found.output.startswith("No station within 500 m.\nThe nearest beyond 500 m:\n")
    found = run("nearest", *HERE, "--amenity", "battery_swap", geodata=str(donghuamen))
    assert found.output.startswith("No station within 1000 m.\nmin:")


def test_a_name_with_markup_is_printed_as_it_is(donghuamen: Path) -> None:
    """A terminal is no page."""
    assert MARKUP in run("nearest", *HERE, geodata=str(donghuamen)).output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["116.4", "39.9"], "Is lat,lon swapped?"),
        (["nan", "116.4"], "must be a number"),
        ([*HERE, "--radius", "0"], "above 0 and at most 20000"),
        ([*HERE, "--limit", "x"], "must be a number"),
        ([*HERE, "--kind", "bench"], "Use one of: warm_station"),
        ([*HERE, "--amenity", "sauna"], "Use one of: seats"),
        ([*HERE, "--open-at", "soon"], "must be now or a time"),
        ([*HERE, "--datum", "utm"], "one of wgs84"),
        ([*HERE, "--lang", "fr"], "one of: en, zh"),
        (["39.9", "here"], "The field lon must be a number, not 'here'"),
        (["39.9"], "The field lon is missing"),
        (["here"], "The field lat must be a number, not 'here'"),
        ([], "Missing argument 'LAT LON'"),
        ([*HERE, "--limt", "3"], "No such option '--limt'"),
    ],
)
def test_what_cannot_be_answered_ends_with_a_sentence(donghuamen: Path, arguments: list[str], words: str) -> None:
    """Exit code 2 and no trace."""
    found = run("nearest", *arguments, geodata=str(donghuamen))
    assert found.exit_code == 2
    assert words in found.output
    assert "Traceback" not in found.output


def test_settings_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    """The variable is named."""
    found = run("nearest", *HERE, geodata=str(tmp_path / "gone"))
    assert found.exit_code == 2
    assert "LOCATOR_GEODATA must be a folder" in found.output


# check


def test_check_passes_the_shipped_geodata() -> None:
    """All five files of the folder."""
    found = run("check")
    assert found.exit_code == 0
    assert re.fullmatch(r"\d+ stations in 5 files, 0 faults\.\n", found.output)


def test_check_lists_every_fault_with_file_and_row(folder: Path) -> None:
    """Of all files, more than the service would show; exit code 1."""
    swap(folder)
    rows = [{"type": "Feature", "id": f"x{n}", "geometry": None, "properties": {"name": "一"}} for n in range(30)]
    content = {"type": "FeatureCollection", "features": rows}
    (folder / "community_stations.geojson").write_text(json.dumps(content), encoding="utf-8")
    found = run("check", geodata=str(folder))
    assert found.exit_code == 1
    lines = found.output.splitlines()
    assert len(lines) == 62  # no position and no kind in each of 30 rows, one swapped, and the sum
    assert lines[0].startswith("community_stations.geojson, row 1: ")
    assert lines[60].startswith("worker_homes.geojson, row 1: [39.91, 116.4] is not [longitude, latitude]")
    assert lines[61] == "36 stations in 5 files, 61 faults."


def test_check_takes_files_one_by_one(folder: Path) -> None:
    """Also those of districts and holidays, as `check geodata/*.geojson` hands them over."""
    good = [str(path) for path in sorted(folder.iterdir())]
    found = run("check", *good)
    assert (found.exit_code, found.output) == (0, "7 stations in 5 files, 0 faults.\n")
    swap(folder)
    found = run("check", str(folder / "worker_homes.geojson"))
    assert found.exit_code == 1
    assert found.output.endswith("1 stations in 1 files, 1 faults.\n")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("warm_stations.geojson", "{", "warm_stations.geojson is not JSON"),
        (
            "districts.geojson",
            '{"type":"FeatureCollection","features":[{}]}',
            "districts.geojson, row 1: not a district",
        ),
        ("holidays.csv", "date,kind\n2027-13-01,holiday\n", "holidays.csv, row 1: '2027-13-01'"),
    ],
)
def test_check_names_a_file_that_cannot_be_read(folder: Path, name: str, content: str, words: str) -> None:
    """Exit code 2: it could not be checked."""
    (folder / name).write_text(content, encoding="utf-8")
    found = run("check", geodata=str(folder))
    assert found.exit_code == 2
    assert words in found.output


def test_check_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Instead of passing it over."""
    found = run("check", str(tmp_path / "gone.geojson"))
    assert found.exit_code == 2
    assert "gone.geojson cannot be read: No such file" in found.output


# sample


def test_a_sample_is_a_city_that_passes_the_check(tmp_path: Path) -> None:
    """9,650 stations, 644 of them in Dongcheng and 227 in Shunyi, every one marked as made up."""
    out = tmp_path / "deep" / "city"
    made = run("sample", "--city", "beijing", "--seed", "1", "--out", str(out))
    assert made.exit_code == 0
    assert made.output.startswith(f"9650 synthetic stations in {out}.")
    checked = run("check", geodata=str(out))
    assert (checked.exit_code, checked.output) == (0, "9650 stations in 5 files, 0 faults.\n")
    layers = [json.loads(path.read_text(encoding="utf-8")) for path in out.glob("*_*.geojson")]
    facts = [feature["properties"] for layer in layers for feature in layer["features"]]
    assert len(facts) == 9650
    assert all(station["synthetic"] is True for station in facts)
    assert sum(station["district"] == "东城区" for station in facts) == 644
    assert sum(station["district"] == "顺义区" for station in facts) == 227
    assert all(layer["datum"] == "WGS84" and "synthetic" in layer["source"] for layer in layers)


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--city", "atlantis"], "no sample of atlantis"), (["--seed", "-1"], "must not be negative")],
)
def test_a_sample_that_cannot_be_made_is_told(tmp_path: Path, options: list[str], words: str) -> None:
    """And nothing is written."""
    found = run("sample", *options, "--out", str(tmp_path / "city"))
    assert found.exit_code == 2
    assert words in found.output
    assert not (tmp_path / "city").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A sentence, not a trace: a file stands in the way."""
    (tmp_path / "file").touch()
    found = run("sample", "--out", str(tmp_path / "file" / "city"))
    assert found.exit_code == 2
    assert "Not a directory" in found.output
    assert isinstance(found.exception, SystemExit)


# serve: a process of its own

Serve = Callable[..., "subprocess.Popen[str]"]


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Give a function that starts `locator serve`; what is still running in the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, **settings: str) -> subprocess.Popen[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LOCATOR_")}
        environment |= {f"LOCATOR_{name.upper()}": value for name, value in settings.items()}
        process = subprocess.Popen(
            [sys.executable, "-m", "locator", "serve", *options],
            env=environment | {"TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # so that Ctrl-C reaches it with its workers, and not the tests
            preexec_fn=hear_terminal,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def fetch(port: int, path: str, body: dict[str, float] | None = None) -> tuple[int, bytes]:
    """Ask a server on this machine and return status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        if body is None:
            connection.request("GET", path)
        else:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def wait_until_ready(process: subprocess.Popen[str], port: int) -> None:
    """Wait until a server answers; it has a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[0]
        try:
            if fetch(port, "/healthz")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server did not answer within 60 s")


def interrupt(process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C in the server's terminal and return all that it printed."""
    os.killpg(process.pid, signal.SIGINT)
    printed, _ = process.communicate(timeout=20)
    return printed


def test_the_server_answers_and_ends_at_ctrl_c(donghuamen: Path, serve: Serve) -> None:
    """It survives bad requests; its log has neither a position nor who asked; it ends without a trace."""
    port = free_port()
    process = serve("--port", str(port), geodata=str(donghuamen))
    wait_until_ready(process, port)
    status, body = fetch(port, "/api/nearest?lat=39.9155&lon=116.4050&limit=3")
    assert status == 200
    assert [station["station_id"] for station in json.loads(body)["stations"]] == ["tw-1", "tw-5", "tw-2"]
    assert fetch(port, "/api/nearest", {"lat": 39.9155, "lon": 116.405})[0] == 200
    assert fetch(port, "/api/nearest", {"lat": 116.405, "lon": 39.9155})[0] == 422
    assert fetch(port, "/api/nearest?lat=39.9155")[0] == 422
    assert fetch(port, "/?place=39.9155,116.405&lat=39.9155")[0] in (200, 422)
    assert fetch(port, "/nothing")[0] == 404
    status, body = fetch(port, "/readyz")
    assert (status, json.loads(body)["stations"]) == (200, 7)
    printed = interrupt(process)
    assert process.returncode == 0
    assert "Traceback" not in printed
    assert f"Open http://127.0.0.1:{port}/" in printed
    log = [line for line in printed.splitlines() if re.match(r"\[\d{4}-", line)]
    assert sum("/api/nearest" in line for line in log) == 4
    assert "39.9" not in printed
    assert "116.4" not in printed
    assert not [line for line in log if "127.0.0.1" in line]


def test_a_synthetic_city_is_served_at_once(serve: Serve, tmp_path: Path) -> None:
    """By two workers, and marked as made up; nothing of it stays on the disk."""
    port = free_port()
    process = serve("--port", str(port), "--workers", "2", "--sample")
    wait_until_ready(process, port)
    assert json.loads(fetch(port, "/readyz")[1])["stations"] == 9650
    station = json.loads(fetch(port, "/api/nearest?lat=39.92&lon=116.41&limit=1")[1])["stations"][0]
    assert station["synthetic"] is True
    assert "Traceback" not in interrupt(process)
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_broken_geodata_are_not_served(folder: Path, serve: Serve) -> None:
    """Exit code 2 with file, row and fault, and nobody listens."""
    swap(folder)
    port = free_port()
    process = serve("--port", str(port), geodata=str(folder))
    printed, _ = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "worker_homes.geojson, row 1: [39.91, 116.4] is not [longitude, latitude]" in printed
    assert "Traceback" not in printed
    with pytest.raises(ConnectionRefusedError):
        fetch(port, "/healthz")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"radius_m": "0"}, "LOCATOR_RADIUS_M must be"),
        ({"tiles": "osn"}, "LOCATOR_TILES must be"),
        ({"lang": "fr"}, "LOCATOR_LANG must be"),
        ({"geodata": "/nowhere"}, "LOCATOR_GEODATA must be"),
    ],
)
def test_a_bad_setting_is_told_before_anything_is_served(settings: dict[str, str], words: str) -> None:
    """Exit code 2, and the variable is named."""
    found = run("serve", "--port", str(free_port()), **settings)
    assert found.exit_code == 2
    assert words in found.output


def test_a_port_in_use_is_told(donghuamen: Path) -> None:
    """Two servers on one port would take turns, perhaps with different data."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = run("serve", "--port", str(port), geodata=str(donghuamen))
    assert found.exit_code == 2
    assert f"127.0.0.1, port {port} cannot be used: Address already in use" in found.output
    assert "Choose another with --host or --port" in found.output


def test_a_host_that_is_not_this_machine_is_told(donghuamen: Path) -> None:
    """192.0.2.1 is nobody's: RFC 5737 keeps it for documents."""
    found = run("serve", "--host", "192.0.2.1", "--port", str(free_port()), geodata=str(donghuamen))
    assert found.exit_code == 2
    assert "192.0.2.1, port" in found.output
    assert "Traceback" not in found.output


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("", "--host is empty"),
        ("主" * 80, "cannot be used: no host can have this name"),
        ("nohost.invalid", "not"),
    ],
)
def test_a_host_that_is_none_is_told(host: str, words: str) -> None:
    """An empty one, as of a variable that is not set, would open the service to every network."""
    with pytest.raises(ConfigError, match=words):
        listen(host, free_port()).close()


# All commands


@pytest.mark.parametrize("command", [[], ["nearest"], ["check"], ["sample"], ["serve"]])
def test_every_command_explains_itself(command: list[str]) -> None:
    """With -h as with --help."""
    short, long = run(*command, "-h"), run(*command, "--help")
    assert short.exit_code == 0
    assert short.output == long.output
    assert "Usage:" in short.output


def test_it_runs_as_a_module() -> None:
    """`python -m locator` where no script is installed."""
    found = subprocess.run(
        [sys.executable, "-m", "locator", "--version"], capture_output=True, text=True, check=True
    )
    assert re.search(r"version \d+\.\d+", found.stdout)


# Stations that are not in service


def test_nearest_prints_what_is_not_in_service_last(four_states: Path) -> None:
    """Under a line of its own, with the reason; where only they are near, what is beyond comes first."""
    found = run("nearest", *HERE, "--lang", "en", geodata=str(four_states), lang="en")
    lines = found.output.splitlines()
    assert [line.split()[2] for line in lines if re.match(r" *\d+\.\d ", line)] == ["驿站", "新驿站", "歇业驿站"]
    apart = lines.index("Within 1000 m, but not in service:")
    assert "驿站" in lines[apart - 1]
    assert "Planned, not open yet, expected to open on 1 Mar 2027" in lines[apart + 1]
    assert lines[apart + 2].rstrip().endswith("装修中<b>")
    near = run("nearest", *HERE, "--radius", "200", geodata=str(four_states), lang="en").output.splitlines()
    assert near[0] == "No station within 200 m."
    assert near[1] == "The nearest beyond 200 m:"
    assert near[3] == "Within 200 m, but not in service:"
    assert len(near) == 7


def test_check_counts_what_is_not_in_service(four_states: Path) -> None:
    """A status is no fault."""
    found = run("check", geodata=str(four_states), lang="zh")
    assert found.exit_code == 0
    assert found.output.splitlines()[1:] == [
        "暂停开放：1 个站点，任何时候都不算开放。",
        "计划中，尚未开放：1 个站点，任何时候都不算开放。",
        "已撤销：1 个站点，任何时候都不算开放。",
    ]
