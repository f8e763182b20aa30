"""Applications to measure the service against, on the same server with the same options."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import geopandas
import granian.server
import pandas
from flask import Flask, Response, request
from shapely import Point

from locator.cli.serving import run_server
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


if __name__ == "__main__":
    name, port = sys.argv[1:]
    server = granian.server.Server
    granian.server.Server = lambda _target, **options: server(f"peers:{name}", **options)
    run_server("127.0.0.1", int(port), 1)
