"""Maps: local files only, data by URL, no text of a station in them, base tiles as one unit."""

from __future__ import annotations

import json
import re
from pathlib import Path

import folium
import orjson
import pytest
import shapely

from locator import maps
from locator.errors import ConfigError
from locator.maps import Sources, read_tiles, tile_hosts
from locator.stations.catalog import Catalog
from locator.stations.geodata import load_geodata

TIANANMEN = (116.3913, 39.9075)
NANSHAN = (113.93, 22.53)
VICTORIA_PEAK = (114.1455, 22.2759)


def sources(tiles: str = "none") -> Sources:
    """Name some files, as a page does."""
    return Sources(
        tiles=tiles,
        scripts=("/vendor/leaflet/leaflet.js", "/static/shared/map.js"),
        styles=("/vendor/leaflet/leaflet.css",),
        districts_url="/api/districts.geojson",
        stations_url="/api/stations.compact.json",
    )


def options_of(function: str, script: str) -> dict[str, object]:
    """Read the options that a map's script hands to a function of static/shared/map.js."""
    (text,) = re.findall(rf"locator\.{function}\(map_main, (.*)\);", script)
    found: dict[str, object] = json.loads(text)
    return found


def city_at(folder: Path, *places: tuple[float, float]) -> Catalog:
    """Load a city without districts, one station at each place (longitude, latitude)."""
    empty = {"type": "FeatureCollection", "features": []}
    for name in ("worker_homes", "community_stations", "districts"):
        (folder / f"{name}.geojson").write_bytes(orjson.dumps(empty))
    (folder / "holidays.csv").write_text("date,kind,name,source\n", encoding="utf-8")
    features = [
        {
            "type": "Feature",
            "id": f"s-{row}",
            "geometry": {"type": "Point", "coordinates": place},
            "properties": {"name": "驿站", "kind": "warm_station"},
        }
        for row, place in enumerate(places)
    ]
    (folder / "warm_stations.geojson").write_bytes(orjson.dumps(empty | {"features": features}))
    return Catalog(load_geodata(folder))


@pytest.mark.parametrize("draw", [maps.finder_map, maps.city_map, maps.station_map])
def test_a_map_is_a_small_script_on_local_files(draw: object, catalog: Catalog) -> None:
    """Nothing of Folium's five networks is left, nothing forbids pinch zoom, and the text is small."""
    parts = draw(catalog, sources())  # type: ignore[operator]
    text = parts.html + parts.script
    assert "://" not in text
    assert "viewport" not in text
    assert "<style" not in text
    assert "${" not in text
    assert "`" not in text
    assert parts.html.strip() == '<div class="folium-map" id="map_main"></div>'
    assert len(text) < 1500
    assert parts.scripts == ("/vendor/leaflet/leaflet.js", "/static/shared/map.js")
    assert parts.styles == ("/vendor/leaflet/leaflet.css",)


def test_a_map_holds_no_text_of_a_station(catalog: Catalog) -> None:
    """The stations come by URL; not one of the seven names is in the shell."""
    script = maps.city_map(catalog, sources()).script
    assert options_of("cityMap", script) == {"stations_url": "/api/stations.compact.json"}
    for name in catalog.column("name"):
        assert name not in script


def test_options_cannot_end_the_script(catalog: Catalog) -> None:
    """Markup in an option is escaped, so that it stays inside the script element."""
    evil = Sources("none", (), (), districts_url="</script><img src=x onerror=alert(1)>")
    script = maps.finder_map(catalog, evil).script
    assert "<" not in script
    assert options_of("startMap", script)["districts_url"] == evil.districts_url


def test_two_catalogs_of_one_version_get_the_same_text(donghuamen: Path) -> None:
    """Ids are not random: the same data make the same bytes, which caches can keep."""
    one = maps.city_map(Catalog(load_geodata(donghuamen)), sources())
    maps._draw.cache_clear()
    other = maps.city_map(Catalog(load_geodata(donghuamen)), sources())
    assert one is not other
    assert one == other


def test_folium_itself_is_left_as_it_was(catalog: Catalog) -> None:
    """Another Folium map in the same process still names its own files and its own template."""
    maps.city_map(catalog, sources("osm"))
    assert any("leaflet" in url and "://" in url for _, url in folium.Map.default_js)
    assert "viewport" in folium.Map().get_root().render()


def test_the_map_opens_on_the_districts(catalog: Catalog) -> None:
    """The two districts of the file together reach from 116.3, 39.8 to 116.45, 39.97."""
    script = maps.finder_map(catalog, sources()).script
    assert "[[39.8, 116.3], [39.97, 116.45]]" in script


def test_without_districts_the_map_opens_on_the_stations(tmp_path: Path) -> None:
    """West, south, east, north of two stations."""
    script = maps.finder_map(city_at(tmp_path, TIANANMEN, (116.5, 39.8)), sources()).script
    assert "[[39.8, 116.3913], [39.9075, 116.5]]" in script


def test_with_nothing_at_all_the_map_opens_on_beijing(tmp_path: Path) -> None:
    """A city without stations and districts still has a map."""
    script = maps.finder_map(city_at(tmp_path), sources("amap")).script
    assert "[[39.4, 115.4], [41.1, 117.5]]" in script


@pytest.mark.parametrize(
    ("setting", "hosts"),
    [
        ("none", ()),
        ("osm", ("https://tile.openstreetmap.org",)),
        ("amap", ("https://*.is.autonavi.com",)),
        ("tianditu:0123abc", ("https://*.tianditu.gov.cn",)),
        ("https://{s}.tiles.example:8443/{z}/{x}/{y}.png|© Example|wgs84", ("https://*.tiles.example:8443",)),
        ("/tiles/{z}/{x}/{y}.png|© Union|gcj02", ()),
    ],
)
def test_hosts_of_tiles_are_told_for_the_content_security_policy(setting: str, hosts: tuple[str, ...]) -> None:
    """Each base map names just the hosts its images come from; our own origin needs no naming."""
    assert tile_hosts(setting) == hosts


@pytest.mark.parametrize(
    "setting",
    [
        "google",
        "tianditu",
        "tianditu:",
        "tianditu:a b",
        "https://tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example/{z}/{x}/{y}.png|© Example|bd09",
        "https://tiles.example; script-src */{z}/{x}/{y}.png|© Example|wgs84",
        "https://'unsafe-inline'/{z}|© Example|wgs84",
    ],
)
def test_an_unknown_base_map_is_refused(setting: str) -> None:
    """The message names the value and what there is."""
    with pytest.raises(ConfigError, match="LOCATOR_TILES must be none, osm, amap, tianditu:KEY") as error:
        read_tiles(setting)
    assert repr(setting) in str(error.value)


def test_an_attribution_of_ones_own_is_not_markup(catalog: Catalog) -> None:
    """Leaflet writes attributions as HTML, so what an operator types is escaped."""
    assert read_tiles("/{z}/{x}/{y}.png|<b>us</b>|wgs84").attribution == "&lt;b&gt;us&lt;/b&gt;"
    script = maps.finder_map(catalog, sources("/{z}/{x}/{y}.png|<b>us</b>|wgs84")).script
    assert "<b>" not in script


def test_openstreetmap_learns_the_site_but_not_the_page(catalog: Catalog) -> None:
    """Its tile policy asks for a referrer; the origin is enough."""
    assert '"referrerPolicy": "origin"' in maps.city_map(catalog, sources("osm")).script


def test_tianditu_draws_names_above_streets(catalog: Catalog) -> None:
    """Two layers, the streets first, each with the operator's key."""
    script = maps.city_map(catalog, sources("tianditu:0123abc")).script
    assert 0 < script.index("/vec_w/wmts") < script.index("/cva_w/wmts")
    assert script.count("0123abc") == 2


@pytest.mark.parametrize("setting", ["none", "osm", "tianditu:0123abc"])
def test_tiles_in_wgs84_need_no_shift(setting: str, catalog: Catalog) -> None:
    """Positions are drawn where they are."""
    assert options_of("startMap", maps.finder_map(catalog, sources(setting)).script)["shifted"] == []


def test_tiles_in_gcj02_shift_the_mainland_and_not_hong_kong(tmp_path: Path) -> None:
    """The rings, read by the even-odd rule, hold both stations and not Victoria Peak, 40 km from one of them."""
    city = city_at(tmp_path, TIANANMEN, NANSHAN)
    rings = options_of("startMap", maps.finder_map(city, sources("amap")).script)["shifted"]
    assert isinstance(rings, list)

    def is_shifted(place: tuple[float, float]) -> bool:
        return sum(shapely.Polygon(ring).contains(shapely.Point(place)) for ring in rings) % 2 == 1

    assert is_shifted(TIANANMEN)
    assert is_shifted(NANSHAN)
    assert not is_shifted(VICTORIA_PEAK)
