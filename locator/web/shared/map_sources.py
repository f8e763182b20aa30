"""Where this site keeps what its maps are made of."""

from __future__ import annotations

from flask import url_for

from locator import maps
from locator.web.shared.context import current_catalog, current_settings
from locator.web.shared.leaflet_files import vendor_url
from locator.web.shared.page_language import current_language
from locator.web.shared.static_files import asset


def map_sources(*more_scripts: str, cluster: bool = False, stations: bool = False) -> maps.Sources:
    """Gather the addresses of a map's scripts, styles and data.

    Parameters
    ----------
    more_scripts
        Files of static/ that come after the map's own.
    cluster
        Whether stations that lie close together are drawn as one.
    stations
        Whether the map fetches all stations.
    """
    version = current_catalog().version
    scripts, styles = [vendor_url("leaflet", "leaflet.js")], [vendor_url("leaflet", "leaflet.css")]
    if cluster:
        scripts.append(vendor_url("markercluster", "leaflet.markercluster.js"))
        styles.append(vendor_url("markercluster", "MarkerCluster.css"))
    return maps.Sources(
        tiles=current_settings().tiles,
        scripts=(*scripts, *(asset(name) for name in ("shared/map.js", *more_scripts))),
        styles=tuple(styles),
        districts_url=url_for("api.districts_geojson", v=version),
        stations_url=url_for("api.stations_compact", lang=current_language(), v=version) if stations else "",
    )
