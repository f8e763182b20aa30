"""Asks two checkouts the same, over HTTP and on the command line, and shows where their answers differ.

python tests/benchmarks/same_answers.py OLD NEW                  each with its own .venv/bin/python
python tests/benchmarks/same_answers.py OLD NEW --full FOLDER    and both answers to what differs, as files

It knows a checkout from outside alone: run it before and after moving things around inside. Both sides live at one
frozen instant with keys that are not random, so that what is true now is the same for both; the clock is in the
packages of ``[test]``. What is asked stands in ``same_questions.py``.
"""

from __future__ import annotations

import argparse
import difflib
import gzip
import http.client
import io
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import same_questions as questions
from same_questions import Step

SHOWN, WIDTH, LOOKED_AT = 15, 200, 4000
"""Of a difference: the lines and their letters that are shown, and the lines of a side that are looked at."""
HOOK = """
import hashlib, itertools, secrets, time_machine
time_machine.travel({now}, tick=False).start()
turns = itertools.count()
secrets.token_bytes = lambda n=None: hashlib.shake_256(b"%d" % next(turns)).digest(n or 32)
"""
"""What every process of both sides begins with: one instant, and the same keys, which tell networks apart."""
FORM = "application/x-www-form-urlencoded"
ZIPPED, SQLITE = b"PK\x03\x04", b"SQLite format 3\x00"

MUST_DIFFER = (
    (r"/static/(?:[\w-]+/)*([\w.-]+)\?v=[0-9a-f]{10}", r"/static/\1?v=…", "files move; their print follows"),
    (r"'sha256-[\w+/=]{44}'", "'sha256-…'", "hashes in policies are of texts that hold such addresses"),
    (r'("version":")[0-9a-f]+(?="};)', r"\1…", "the service worker's version is a hash of such texts too"),
    (r"(?m)^(content-length: ).*", r"\1…", "it follows from the body, which is compared by itself"),
    (r"(?m)^(last-modified: ).*", r"\1…", "when a file was written to this disk"),
    (r'(?m)^(etag: )"[\d.]+-\d+-\d+"', r"\1…", "of a file: made of the same time, and of its path"),
    (r'(name="csrf_token" value=")[^"]+', r"\1…", "made of random bytes"),
    (r"(?m)^(set-cookie: steward=)[^;]+", r"\1…", "made of random bytes"),
    (r"(/manage/import/)[\w-]{22}\b", r"\1…", "the word by which a list is found is random"),
    (r'("seconds":)[\d.e-]+', r"\1…", "how long it took, in JSON"),
    (r"\b\d+\.\d s, seed", "… s, seed", "how long it took, in a terminal"),
    (r"(<dt>(?:计算用时（秒）|Time taken \(s\))</dt>\s*<dd>)[\d.]+", r"\1…", "how long it took, on a page"),
    (r"(HiGHS [\d.]+,\d+,[0-9a-f]{12},)[\d.e-]+", r"\1…", "how long it took, in CSV"),
    (r'(<c r="B\d+" s="15"><v>)[\d.e-]+(?=</v></c></row></sheetData>)', r"\1…", "how long it took, in a workbook"),
)
"""What no two processes, or no two layouts of the source, have in common: pattern, what stands for it, why."""
HASHED = ("text/html", "text/javascript", "application/manifest+json")
"""What has an ETag that is a hash of such texts; so have answers that say how long they took."""
TIMES = ("last_change", "seconds")
"""Columns of databases that are not compared: when, and how long it took."""


@dataclass(frozen=True)
class Answer:
    """What came back, as text to compare."""

    text: str
    trouble: str = ""
    """What is wrong with it by itself: another status or exit code than it has to have."""


@dataclass
class Side:
    """One of the two checkouts, and all it answered so far."""

    checkout: Path
    python: Path
    folder: Path
    """Where it may write."""
    now: int
    answers: dict[str, Answer] = field(default_factory=dict)

    def note(self, name: str, text: str, trouble: str = "") -> None:
        """Keep an answer without what must differ; what is asked again gets a number."""
        for path, put in ((self.folder, "FOLDER"), (self.checkout, "CHECKOUT")):
            text = text.replace(str(path), put)
        for pattern, put, _ in MUST_DIFFER:
            text = re.sub(pattern, put, text)
        again = sum(known.partition(" #")[0] == name for known in self.answers)
        self.answers[f"{name} #{again + 1}" if again else name] = Answer(text, trouble)

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """Return what its processes see: the frozen instant, a store, and none of this machine's settings."""
        hook = self.folder / "hook"
        hook.mkdir(exist_ok=True)
        (hook / "sitecustomize.py").write_text(HOOK.format(now=self.now), encoding="utf-8")
        usual = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8", "USER": "steward"}
        python = {"PYTHONPATH": f"{hook}{os.pathsep}{self.checkout}", "PYTHONHASHSEED": "0"}  # sets in one order
        return usual | python | {"LOCATOR_STORE": str(self.folder / "store")} | more


def main() -> int:
    """Ask both sides, show what differs, and return 1 where anything does."""
    asked = _arguments()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="same-") as name:
        pythons = asked.python or [checkout / ".venv/bin/python" for checkout in asked.checkouts]
        sides = []
        for side, checkout, python in zip(("old", "new"), asked.checkouts, pythons, strict=True):
            folder = Path(name, side)
            folder.mkdir()
            sides.append(Side(checkout.resolve(), python.absolute(), folder, int(time.time())))
        with ThreadPoolExecutor(len(sides)) as pool:
            list(pool.map(ask_everything, sides))
    differing = show(*sides, asked.full)
    total = len(sides[0].answers | sides[1].answers)
    print(f"{total - differing} of {total} the same, in {time.monotonic() - began:.0f} s")
    return 1 if differing else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", nargs=2, type=Path, metavar=("OLD", "NEW"), help="a folder with the source")
    parser.add_argument("--python", nargs=2, type=Path, help="the interpreters of both, in place of their .venv's")
    parser.add_argument(
        "--full", type=Path, metavar="FOLDER", help="where both answers to what differs are written"
    )
    return parser.parse_args()


def ask_everything(side: Side) -> None:
    """Ask one side all there is to ask."""
    command = [side.python, "-m", "locator", "admin-password", "--stdin"]
    said = subprocess.run(
        command, input=questions.PASSWORD, text=True, env=side.environment({}), capture_output=True, check=True
    )
    setting, _, password_hash = said.stdout.strip().partition("=")
    ask_server(side, "shipped", (), {setting: password_hash.strip("'")})
    ask_server(side, "sample", ("--sample",), questions.ELSEWHERE)
    run_commands(side)


# The server


def ask_server(side: Side, server: str, options: tuple[str, ...], settings: Mapping[str, str]) -> None:
    """Ask a server all questions in all languages; stewards come to the one that has their password."""
    prefix = questions.PREFIX if "LOCATOR_PUBLIC_URL" in settings else ""
    with served(side, server, options, settings) as port:
        clients = [Client(side, server, port, lang, prefix) for lang in questions.LANGUAGES]
        for client in clients:
            ask_as_reader(client)
        if "LOCATOR_ADMIN_PASSWORD_HASH" in settings:
            for turn, client in enumerate(clients, 1):
                client.take(questions.steward_steps(client.lang, turn))
        for path in sorted({path for client in clients for path in client.files}, key=_file_name):
            clients[0].ask(200, "GET", path.removeprefix(prefix), name=f"file {_file_name(path)}")


def ask_as_reader(client: Client) -> None:
    """Ask what everybody may."""
    for status, method, path, headers in questions.gets(client.server):
        client.ask(status, method, path, **headers)
    for status, path, said in questions.JSON_POSTS:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        client.ask(status, "POST", path, body, content_type="application/json")
    client.take(questions.reader_steps(client.server))


@contextmanager
def served(side: Side, name: str, options: tuple[str, ...], settings: Mapping[str, str]) -> Iterator[int]:
    """Run ``locator serve`` on a free port until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    environment = side.environment({"LOCATOR_STORE": str(side.folder / f"{name}-store"), **settings})
    command = [side.python, "-m", "locator", "serve", "--port", str(port), *options]
    log = side.folder / f"{name}.log"
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=side.folder, env=environment, stdout=said, stderr=said)
    try:
        _wait_for(process, port, log)
        yield port
    finally:
        process.terminate()
        process.wait(60)


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(600):
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as there:
                there.request("GET", "/healthz")
                there.getresponse().read()
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
        else:
            return
    sys.exit(f"The service does not answer: {log.read_text(encoding='utf-8')}")


class Client:
    """Asks one server in one language, with the cookie and the form's token that the last answers brought."""

    def __init__(self, side: Side, server: str, port: int, lang: str, prefix: str) -> None:
        self.side, self.server, self.port, self.lang, self.prefix = side, server, port, lang, prefix
        self.cookie = self.token = self.list = ""
        self.files: set[str] = set()
        """Files of static/ that answers named, under the addresses that they have on this side."""

    def ask(
        self, expected: int, method: str, path: str, body: bytes = b"", *, name: str = "", **headers: str
    ) -> http.client.HTTPMessage:
        """Ask, and again while the page says that it is not done yet; keep the answer and return its headers."""
        shown = path.replace("{lang}", self.lang)
        while True:
            status, got, content = self._send(method, shown.replace("{list}", self.list), body, headers)
            if "Refresh" not in got:
                break
            time.sleep(0.1)
        more = [f"[{key}: {value}]" for key, value in headers.items() if key != "content_type"]
        more += [ascii(body[:100].decode(errors="replace"))] if body else []
        text = readable(gzip.decompress(content) if got.get("Content-Encoding") == "gzip" else content)
        is_hashed = got.get("Content-Type", "").startswith(HASHED) or '"seconds":' in text
        loose = {"etag": "…"} if is_hashed else {}
        said = "".join(f"{key.lower()}: {loose.get(key.lower(), value)}\n" for key, value in got.items())
        self.files |= set(re.findall(r"(?<![\w./-])/(?:[\w-]+/)*static/[\w./-]+\?v=[0-9a-f]{10}", text))
        name = name or " ".join((method, shown, *more))
        trouble = "" if status == expected else f"status {status}, not {expected}"
        self.side.note(f"{self.server} {self.lang} {name}", f"{status}\n{said}\n{text}", trouble)
        return got

    def take(self, steps: Iterable[Step]) -> None:
        """Look at pages and send forms, one after the other."""
        for step in steps:
            if step.sends == "form":
                self.send_form(step)
            elif step.sends == "file":
                self.send_list(step)
            else:
                self.ask(step.expected, "GET", step.path, **step.headers)

    def send_form(self, step: Step) -> None:
        """Send a form."""
        body = urlencode(step.fields).encode()
        self.ask(step.expected, "POST", step.path, body, content_type=FORM, **step.headers)

    def send_list(self, step: Step) -> None:
        """Send a form with a file; the list that it begins is ``{list}`` in addresses from now on."""
        parts = [f'name="{name}"\r\n\r\n{value}\r\n' for name, value in step.fields.items()]
        if step.file:
            parts.append('name="list"; filename="{}"\r\n\r\n{}\r\n'.format(*step.file))
        body = "".join(f"--part\r\nContent-Disposition: form-data; {part}" for part in parts) + "--part--\r\n"
        kind = "multipart/form-data; boundary=part"
        got = self.ask(step.expected, "POST", step.path, body.encode(), content_type=kind)
        self.list = got.get("Location", "").rpartition("/")[2]

    def _send(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        sent = {"Host": questions.HOST, "User-Agent": questions.BROWSERS[self.lang], "Accept-Language": self.lang}
        sent |= {"Cookie": self.cookie, "X-CSRFToken": self.token} if self.cookie else {}
        sent |= {name.replace("_", "-").title(): value for name, value in headers.items()}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)) as there:
            there.request(method, quote(self.prefix + path, safe="/?&=;,:%"), body or None, sent)
            response = there.getresponse()
            content = response.read()
        self.cookie = response.headers.get("Set-Cookie", self.cookie).partition(";")[0]
        if found := re.search(rb'name="csrf_token" value="([^"]+)', content):
            self.token = found[1].decode()
        return response.status, response.headers, content


def _file_name(path: str) -> str:
    return path.partition("?")[0].rpartition("/")[2]


# Commands


def run_commands(side: Side) -> None:
    """Run all commands in one folder, and keep what they print and write."""
    work = side.folder / "work"
    work.mkdir()
    for name, text in questions.FILES.items():
        (work / name).write_text(text, encoding="utf-8")
    for code, settings, words in questions.commands():
        before = _files(work)
        command = [side.python, "-m", "locator", *words]
        nothing = subprocess.DEVNULL
        environment = side.environment(settings)
        done = subprocess.run(
            command, cwd=work, env=environment, stdin=nothing, capture_output=True, timeout=300, check=False
        )
        written = {path: text for path, text in _files(work).items() if text != before.get(path)}
        parts = {"exit code": b"%d" % done.returncode, "printed": done.stdout, "told": done.stderr}
        text = "\n".join(f"--- {name}\n{readable(part)}" for name, part in (parts | written).items())
        trouble = "" if done.returncode == code else f"exit code {done.returncode}, not {code}"
        side.note(
            " ".join(("locator", *(f"{key}={said}" for key, said in settings.items()), *words)), text, trouble
        )


def _files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(found)}


# Comparing


def readable(content: bytes) -> str:
    """Return what is inside as text: of a workbook its parts, of a database its tables without their times."""
    if content.startswith(ZIPPED):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return "\n".join(f"--- {name}\n{readable(packed.read(name))}" for name in packed.namelist())
    if content.startswith(SQLITE):
        return "\n".join(_rows(content))
    return content.decode(errors="surrogateescape")


def _rows(content: bytes) -> Iterator[str]:
    with tempfile.NamedTemporaryFile(suffix=".gpkg") as file:
        file.write(content)
        file.flush()
        with closing(sqlite3.connect(file.name)) as database:
            for name, made in database.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall():
                yield f"--- {made}"
                if made and made.upper().startswith("CREATE TABLE"):
                    columns = [row[1] for row in database.execute(f'PRAGMA table_info("{name}")')]
                    chosen = ", ".join(f'"{column}"' for column in columns if column not in TIMES)
                    yield from map(repr, database.execute(f'SELECT {chosen} FROM "{name}"'))  # noqa: S608


def show(old: Side, new: Side, full: Path | None) -> int:
    """Print what differs, and return how many."""
    missing = Answer("", "not asked: no such file is named on this side")
    names = list(old.answers | new.answers)
    found = [(name, old.answers.get(name, missing), new.answers.get(name, missing)) for name in names]
    differing = [(name, a, b) for name, a, b in found if a.text != b.text or a.trouble or b.trouble]
    for number, (name, before, after) in enumerate(differing, 1):
        troubles = [f"{side}: {one.trouble}" for side, one in (("old", before), ("new", after)) if one.trouble]
        print(f"{number}. {'; '.join((name, *troubles))}")
        for line in _difference(_lines(before.text), _lines(after.text)):
            print(f"   {_printable(line)[:WIDTH]}")
        if full:
            full.mkdir(parents=True, exist_ok=True)
            for side, one in (("old", before), ("new", after)):
                (full / f"{number:03}-{side}.txt").write_bytes(one.text.encode(errors="surrogateescape"))
    return len(differing)


def _printable(line: str) -> str:
    """Return a line without the bytes that are no text."""
    return line.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _lines(text: str) -> list[str]:
    """Cut a text where people can read it: pages and JSON have lines of a hundred thousand letters."""
    return re.sub(r"(?<=>)(?=<)|(?<=,)(?=[\"\[{])", "\n", text).splitlines()


def _difference(old: list[str], new: list[str]) -> list[str]:
    """Return the first lines of a unified diff, of what comes after the first line that differs."""
    same = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = max(same - 1, 0)
    old, new = old[start : start + LOOKED_AT], new[start : start + LOOKED_AT]
    return list(difflib.unified_diff(old, new, n=1, lineterm=""))[2:][:SHOWN]


if __name__ == "__main__":
    sys.exit(main())
