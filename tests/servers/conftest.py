"""A real nginx in front of a real service, with TLS."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.conftest import DONGHUAMEN, PHONE, running
from tests.conftest import not_here

__all__ = ["DONGHUAMEN", "PHONE", "running"]

README = Path(__file__).resolve().parents[2] / "README.md"
MAIN = """
{user}
pid {folder}/nginx.pid;
daemon off;
error_log {folder}/main.log;
events {{ worker_connections 512; }}
http {{
    {temporary}
    default_type application/octet-stream;
    gzip on;
    include {folder}/site.conf;
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True)
class Proxy:
    """An nginx that runs, and where it listens."""

    folder: Path
    http: int
    https: int

    def log(self, name: str) -> str:
        """Return what it wrote to a log so far."""
        path = self.folder / name
        return path.read_text(encoding="utf-8") if path.exists() else ""


@pytest.fixture(scope="session")
def nginx() -> str:
    """The machine's own nginx."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    return found or not_here("no nginx on this machine: install nginx-light")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate that nobody else trusts, and its key."""
    if shutil.which("openssl") is None:
        not_here("no openssl on this machine to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    made, key = folder / "fullchain.pem", folder / "privkey.pem"
    names = "subjectAltName=DNS:stations.example,DNS:www.example.org"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=stations.example",
    ]
    subprocess.run([*command, "-addext", names, "-keyout", key, "-out", made], check=True, capture_output=True)
    return made, key


@contextmanager
def proxied(nginx: str, site: str, address: str, certificate: tuple[Path, Path], folder: Path) -> Iterator[Proxy]:
    """Run nginx with a site as the README has it, on free ports, in front of the service at an address."""
    made = Proxy(folder, free_port(), free_port())
    (folder / "site.conf").write_text(_moved(site, made, address, certificate), encoding="utf-8")
    temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        MAIN.format(user=user, folder=folder, temporary=temporary), encoding="utf-8"
    )
    command = [nginx, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "main.log"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            _wait_for(made, process)
            yield made
        finally:
            process.terminate()


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def blocks(language: str) -> list[str]:
    """Return the blocks of the README in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def _moved(site: str, made: Proxy, address: str, certificate: tuple[Path, Path]) -> str:
    """Put the ports, files and the service of a test in the place of those of the README, and nothing else."""
    changes = {
        r"listen \[::\]:\d+.*?;": "",
        r"listen 80;": f"listen 127.0.0.1:{made.http};",
        r"listen 443 ": f"listen 127.0.0.1:{made.https} ",
        r"server 127\.0\.0\.1:8000;": f"server {address.removeprefix('http://')};",
        r"ssl_certificate \S+;": f"ssl_certificate {certificate[0]};",
        r"ssl_certificate_key \S+;": f"ssl_certificate_key {certificate[1]};",
        r"/var/log/nginx/": f"{made.folder}/",
    }
    for found, put in changes.items():
        site, count = re.subn(found, put, site)
        assert count, f"the site has no {found}"
    return site


def _wait_for(made: Proxy, process: subprocess.Popen[str]) -> None:
    for _ in range(100):
        if process.poll() is not None:
            assert process.stderr
            pytest.fail(f"nginx ended: {process.stderr.read()}{made.log('main.log')}")
        try:
            socket.create_connection(("127.0.0.1", made.https), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("nginx did not listen within 5 s")
