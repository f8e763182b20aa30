"""What the service is measured against: fixed bytes, and a view as one writes it first."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas
from flask import Flask, Response, request
from shapely.geometry import Point


def make_app() -> Flask:
    """Make an application with both routes over the same geodata."""
    app = Flask(__name__)
    bodies: dict[int, bytes] = {}
    stations = geopandas.read_file(Path(os.environ["LOCATOR_GEODATA"]) / "warm_stations.geojson")

    @app.get("/constant")
    def constant() -> Response:
        """Send fixed bytes, as many as asked for."""
        size = int(request.args["bytes"])
        return Response(bodies.setdefault(size, b'"%b"' % (b"x" * (size - 2))), mimetype="application/json")

    @app.get("/naive")
    def naive() -> Response:
        """Project everything, measure everything, sort everything."""
        here = geopandas.GeoSeries([Point(float(request.args["lon"]), float(request.args["lat"]))], crs=4326)
        metres = stations.to_crs(32650).distance(here.to_crs(32650).iloc[0])
        near = stations.assign(distance_m=metres)[metres <= 1000].sort_values("distance_m").head(5)
        return Response(near.drop(columns="checked_on").to_json(), mimetype="application/json")

    return app
