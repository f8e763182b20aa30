"""A service of a few lines on the real server, for tests that kill it: ``service.py PORT WORKERS GRACE_S``."""

from __future__ import annotations

import os
import socket
import sys
import time
from multiprocessing.synchronize import Event
from pathlib import Path

from flask import Flask

from locator.config import Settings
from locator.server.running import serve_app
from locator.server.workers import Workers


def work(listener: socket.socket, ready: Event) -> None:
    """Be a worker; it fails at its start where the environment says so."""
    if os.environ.get("SERVICE_FAILS"):
        sys.exit(3)
    app = Flask("service")
    app.config["MAX_CONTENT_LENGTH"] = 1000

    @app.get("/pid")
    def pid() -> str:
        return str(os.getpid())

    @app.get("/slow")
    def slow() -> str:
        time.sleep(1.5)
        return "done"

    @app.get("/broken")
    def broken() -> str:
        raise SystemExit("not an error that Flask knows")

    serve_app(app, Settings(geodata=Path(), grace_s=int(sys.argv[3])), listener, ready)


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    sys.exit(Workers(work, listener, int(sys.argv[2]), float(sys.argv[3])).serve())
