"""Applications to measure the service against, on the same server with the same options."""

from __future__ import annotations

import os
import socket
import sys
from multiprocessing.synchronize import Event
from pathlib import Path

import geopandas
import pandas
from flask import Flask, Response, request
from shapely import Point

from locator.config import Settings
from locator.server.running import serve_app
from locator.server.workers import Workers
from locator.stations.geodata import LAYERS

METRES = 32650


def constant_app() -> Flask:
    """Answer every question with the same bytes."""
    app = Flask(__name__)
    body = Path(os.environ["BENCHMARK_BODY"]).read_bytes()

    @app.get("/api/nearest")
    def nearest() -> Response:
        return Response(body, mimetype="application/json")

    return app


def naive_app() -> Flask:
    """Answer as one would at first try with GeoPandas."""
    app = Flask(__name__)
    folder = Path(os.environ["LOCATOR_GEODATA"])
    layers = [geopandas.read_file(folder / name) for name in LAYERS.values()]
    stations = pandas.concat(layers, ignore_index=True)[["name", "kind", "address", "hours", "geometry"]]

    @app.get("/api/nearest")
    def nearest() -> Response:
        origin = geopandas.GeoSeries([Point(request.args["lon"], request.args["lat"])], crs=4326)
        distances = stations.to_crs(METRES).distance(origin.to_crs(METRES).iloc[0])
        near = distances[distances <= 1000].sort_values().head(int(request.args["limit"]))
        return Response(stations.loc[near.index].assign(distance_m=near).to_json(), mimetype="application/json")

    return app


def work(listener: socket.socket, ready: Event) -> None:
    """Be a worker that serves the application named on the command line."""
    app = {"constant_app": constant_app, "naive_app": naive_app}[sys.argv[1]]()
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    serve_app(app, Settings(geodata=Path()), listener, ready)


if __name__ == "__main__":
    sys.exit(Workers(work, socket.create_server(("127.0.0.1", int(sys.argv[2]))), 1, 5.0).serve())
