"""Demand, candidates and distances from comma-separated files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import prcoords
import pytest
import shapely
from pyproj import Transformer

from locator.errors import GeodataError, UsageError
from locator.files import limits
from locator.geo.geodesy import FloatArray
from locator.planning.inputs.demand import Candidates, Demand, candidates_of
from locator.planning.inputs.planner_files import read_candidates, read_demand, read_distances

HEAD = "demand_id,weight,lat,lon\n"
WEST = shapely.box(116.30, 39.90, 116.35, 39.95)
UTM = "EPSG:32650"


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[[str], Path]:
    """Write a CSV file and say where."""

    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "need.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def unnamed(lonlat: FloatArray) -> Demand:
    """Make demand of points that have no ids."""
    return Demand(lonlat, np.ones(len(lonlat)), None, "layer", False, "")


def test_a_csv_file_becomes_points(csv_file: Callable[..., Path]) -> None:
    """Columns in any order beside others, with or without a byte order mark, quoted, with empty rows."""
    text = 'note,lon,lat,weight,demand_id\n"a, b",116.4,39.9, 12.5 ,东1\n\n,116.5,-39.8,0, p2 \n,,,,\n'
    for encoding in ("utf-8", "utf-8-sig"):
        demand = read_demand(csv_file(text, encoding))
        np.testing.assert_array_equal(demand.lonlat, [[116.4, 39.9], [116.5, -39.8]])
        np.testing.assert_array_equal(demand.weight, [12.5, 0])
        assert demand.ids == ("东1", "p2")
        assert demand.source == "need.csv"
        assert not demand.spread_evenly


def test_a_csv_file_longer_than_a_block_is_read_in_order(csv_file: Callable[..., Path]) -> None:
    """Blocks leave no seam: ids, weights and rows of faults are those of the file."""
    lines = [f"p{n},{n},{n / 100},{n / 50}" for n in range(5000)]
    demand = read_demand(csv_file(HEAD + "\n".join(lines)))
    assert demand.ids == tuple(f"p{n}" for n in range(5000))
    np.testing.assert_array_equal(demand.weight, np.arange(5000))
    np.testing.assert_allclose(demand.lonlat[:, 1], np.arange(5000) / 100)
    lines[4800] = "p4800,few,1,1"
    lines[4900] = "p12,1,1,1"
    with pytest.raises(GeodataError, match="2 faults") as caught:
        read_demand(csv_file(HEAD + "\n".join(lines)))
    assert "need.csv, row 4802: the weight 'few' is not a number" in str(caught.value)
    assert "need.csv, row 4902: the demand_id 'p12' stands in the file already" in str(caught.value)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a,1,116.4,39.9", "Latitude must be between -90 and 90, not 116.4. Is lat,lon swapped?"),
        ("a,1,39.9,181", "Longitude must be between -180 and 180, not 181.0"),
        ("a,1,north,116.4", "the lat 'north' is not a number"),
        ("a,1,39.9,", "the lon '' is not a number"),
        ("a,1,3_9.9,116.4", "the lat '3_9.9' is not a number"),
        ("a,1,nan,116.4", "the lat 'nan' is not a number"),
        ("a,-3,39.9,116.4", "the weight '-3' is not a number of 0 or more"),
        ("a,inf,39.9,116.4", "the weight 'inf' is not a number of 0 or more"),
        ("a,1_000,39.9,116.4", "the weight '1_000' is not a number of 0 or more"),
        ("a,few,39.9,116.4", "the weight 'few' is not a number of 0 or more"),
        (",1,39.9,116.4", "the demand_id is empty"),
        ("good,1,39.9,116.4", "the demand_id 'good' stands in the file already"),
        ("a,1,39.9", "it has 3 cells, the first row 4"),
        ("a,1,39.9,116.4,5", "it has 5 cells, the first row 4"),
    ],
)
def test_a_bad_row_is_named(csv_file: Callable[..., Path], row: str, words: str) -> None:
    """File, row as a spreadsheet counts it, value and rule; the good rows are not read either."""
    with pytest.raises(GeodataError, match=r"need\.csv has 1 faults, nothing was read") as caught:
        read_demand(csv_file(HEAD + "good,1,39.9,116.4\n\n" + row))
    assert f"need.csv, row 4: {words}" in str(caught.value)


def test_many_faults_are_counted_and_the_first_shown(csv_file: Callable[..., Path]) -> None:
    """Twenty in full, in the order of the file, whatever is wrong with each."""
    rows = [f"p{n},{'x' if n % 2 else 1},{99 if n % 2 == 0 else 1},1" for n in range(5000)]
    with pytest.raises(GeodataError, match=r"need\.csv has 5000 faults") as caught:
        read_demand(csv_file(HEAD + "\n".join(rows)))
    lines = str(caught.value).splitlines()[1:]
    assert [line.partition(":")[0] for line in lines[:20]] == [f"need.csv, row {n}" for n in range(2, 22)]
    assert lines[20:] == ["and 4980 more"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "must have the columns weight, lat, lon once each; its first row has: nothing"),
        (b"id,height,lat,lon\n", "its first row has: id, height, lat, lon"),
        (b"demand_id;weight;lat;lon\n", "need.csv has nothing in it to read"),
        (b"demand_id,weight,lat,lat,lon\n", "once each"),
        (HEAD.encode(), "need.csv has nothing in it to read"),
        (HEAD.encode() + b"\xc3\xa9\xff\xfe\x81,1,1,1\n", "is not text in UTF-8, UTF-16, GB18030, Big5 or CP949"),
        ((HEAD + '"a,1,1,1\n').encode(), "cannot be read at line 2"),
        (b"\xff\xfed\x00e", "is not text in utf-16"),
    ],
)
def test_what_is_no_such_csv_file_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    """The message says what is there and what should be."""
    path = tmp_path / "need.csv"
    path.write_bytes(content)
    with pytest.raises(GeodataError) as caught:
        read_demand(path)
    assert words in str(caught.value)


def test_a_file_with_too_many_rows_is_refused(
    csv_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it fills the memory."""
    monkeypatch.setattr(limits, "MAX_POINTS", 3)
    with pytest.raises(GeodataError, match="more than 3 rows"):
        read_demand(csv_file(HEAD + "".join(f"p{n},1,1,1\n" for n in range(4))))


@pytest.mark.parametrize(("datum", "shift"), [("gcj02", prcoords.wgs_gcj), ("BD-09", prcoords.wgs_bd)])
def test_shifted_degrees_come_back(csv_file: Callable[..., Path], datum: str, shift: Any) -> None:
    """Against an independent conversion, to a decimetre."""
    lat, lon = shift((39.9155, 116.4050))
    demand = read_demand(csv_file(f"{HEAD}a,1,{lat},{lon}"), datum=datum)
    np.testing.assert_allclose(demand.lonlat, [[116.4050, 39.9155]], atol=1e-6)


def test_a_csv_file_may_be_in_another_crs_of_degrees(csv_file: Callable[..., Path]) -> None:
    """CGCS2000 is WGS 84 to a metre; Beijing 1954 is not, and pyproj says by how much."""
    path = csv_file(HEAD + "a,1,39.9155,116.4050")
    np.testing.assert_allclose(read_demand(path, crs="EPSG:4490").lonlat, [[116.4050, 39.9155]], atol=1e-5)
    expected = Transformer.from_crs("EPSG:4214", "EPSG:4326", always_xy=True).transform(116.4050, 39.9155)
    np.testing.assert_allclose(read_demand(path, crs="EPSG:4214").lonlat, [expected], atol=1e-9)


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"crs": UTM}, GeodataError, "should be in degrees, not in WGS 84 / UTM zone 50N"),
        ({"crs": "EPSG:4490", "datum": "gcj02"}, UsageError, "not both"),
        ({"crs": "Mars"}, UsageError, '"Mars" is not a CRS that is known'),
        ({"datum": "mars"}, UsageError, "Datum must be one of"),
    ],
)
def test_a_reference_that_makes_no_sense_is_refused(
    csv_file: Callable[..., Path], asked: dict[str, str], error: type[Exception], words: str
) -> None:
    """Value, rule and remedy."""
    with pytest.raises(error) as caught:
        read_demand(csv_file(HEAD + "a,1,39.9,116.4"), **asked)
    assert words in str(caught.value)


def test_with_distances_positions_may_be_missing(csv_file: Callable[..., Path]) -> None:
    """The columns or single pairs; but half a position is a fault."""
    demand = read_demand(csv_file("demand_id,weight\na,1\nb,2\n"), positions=False)
    assert np.isnan(demand.lonlat).all()
    assert demand.lonlat.shape == (2, 2)
    demand = read_demand(csv_file(HEAD + "a,1,,\nb,2,39.9,116.4\n"), positions=False)
    np.testing.assert_array_equal(demand.lonlat, [[np.nan, np.nan], [116.4, 39.9]])
    with pytest.raises(GeodataError, match=r"row 2: the lon '' is not a number"):
        read_demand(csv_file(HEAD + "a,1,39.9,\n"), positions=False)
    with pytest.raises(GeodataError, match="must have the columns"):
        read_demand(csv_file("demand_id,weight\na,1\n"))


def test_candidates_come_from_a_csv_file(csv_file: Callable[..., Path]) -> None:
    """With their hours, where no hours mean always."""
    path = csv_file("candidate_id,lat,lon,hours\nshop,39.9,116.4,Mo-Fr 09:00-17:00\nbank,39.8,116.5,\n")
    sites = read_candidates(path)
    assert sites.ids == ("shop", "bank")
    assert sites.hours == ("Mo-Fr 09:00-17:00", None)
    np.testing.assert_array_equal(sites.lonlat, [[116.4, 39.9], [116.5, 39.8]])
    assert sites.source == "need.csv"
    assert len(sites.digest) == 12
    assert len(read_candidates(csv_file("candidate_id,lat,lon\na,1,2\n"))) == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("b,39.9,116.4,whenever", "row 3: the hours 'whenever' cannot be read"),
        ("b,116.4,39.9,", "row 3: Latitude must be between"),
        ("a,39.9,116.4,", "row 3: the candidate_id 'a' stands in the file already"),
        (",39.9,116.4,", "row 3: the candidate_id is empty"),
    ],
)
def test_a_bad_candidate_is_named(csv_file: Callable[..., Path], row: str, words: str) -> None:
    """As with demand, and hours must be readable."""
    with pytest.raises(GeodataError) as caught:
        read_candidates(csv_file(f"candidate_id,lat,lon,hours\na,39.9,116.4,24/7\n{row}\n"))
    assert words in str(caught.value)


def test_candidates_without_positions_go_with_distances(csv_file: Callable[..., Path]) -> None:
    """Only their ids are needed then, and the digest tells them apart."""
    sites = read_candidates(csv_file("candidate_id\na\nb\n"), positions=False)
    assert np.isnan(sites.lonlat).all()
    other = read_candidates(csv_file("candidate_id\na\nc\n"), positions=False)
    assert sites.digest != other.digest


def test_demand_points_can_be_candidates(csv_file: Callable[..., Path]) -> None:
    """By their ids, or numbered."""
    sites = candidates_of(read_demand(csv_file(HEAD + "a,1,39.9,116.4\nb,2,39.8,116.5\n")))
    assert sites.ids == ("a", "b")
    np.testing.assert_array_equal(sites.lonlat, [[116.4, 39.9], [116.5, 39.8]])
    assert candidates_of(unnamed(sites.lonlat)).ids == ("1", "2")


def test_candidates_that_are_none_are_refused(csv_file: Callable[..., Path]) -> None:
    """A header alone offers no place."""
    with pytest.raises(GeodataError, match="has nothing in it to read"):
        read_candidates(csv_file("candidate_id,lat,lon\n"))


# Distances


@pytest.fixture
def two_by_two(csv_file: Callable[..., Path]) -> tuple[Demand, Candidates]:
    """Two demand points and two candidates without positions."""
    demand = read_demand(csv_file("demand_id,weight\na,1\nb,2\n"), positions=False)
    return demand, read_candidates(csv_file("candidate_id\nx\ny\n"), positions=False)


def test_distances_refer_to_both_files(
    csv_file: Callable[..., Path], two_by_two: tuple[Demand, Candidates]
) -> None:
    """By the places of the ids in them."""
    path = csv_file("demand_id,candidate_id,distance_m\nb,x,250.5\na,y,0\n")
    rows, columns, distance_m = read_distances(path, *two_by_two)
    assert rows.tolist() == [1, 0]
    assert columns.tolist() == [0, 1]
    assert distance_m.tolist() == [250.5, 0]


def test_distances_of_stations_stand_behind_those_of_candidates(
    csv_file: Callable[..., Path], two_by_two: tuple[Demand, Candidates]
) -> None:
    """Two candidates, so the second station is site 3; one id for two things is refused."""
    path = csv_file("demand_id,candidate_id,distance_m\nb,s2,250.5\na,x,7\n")
    _, sites, _ = read_distances(path, *two_by_two, ("s1", "s2"))
    assert sites.tolist() == [3, 0]
    with pytest.raises(GeodataError, match="a candidate with the id of a station, 'y'"):
        read_distances(path, *two_by_two, ("s2", "y"))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("c,x,1", "row 3: the demand_id 'c' is not in the other file"),
        ("a,z,1", "row 3: the candidate_id 'z' is not in the other file"),
        ("b,x,-1", "row 3: the distance_m '-1' is not a number of 0 or more"),
        ("b,x,inf", "row 3: the distance_m 'inf' is not a number of 0 or more"),
        ("a,x,2", "row 3: the pair stands in the file already"),
    ],
)
def test_a_bad_distance_is_named(
    csv_file: Callable[..., Path], two_by_two: tuple[Demand, Candidates], row: str, words: str
) -> None:
    """Unknown ids, impossible distances, pairs that stand there twice."""
    with pytest.raises(GeodataError, match=r"need\.csv has 1 faults") as caught:
        read_distances(csv_file(f"demand_id,candidate_id,distance_m\na,x,1\n{row}\n"), *two_by_two)
    assert words in str(caught.value)


def test_an_unknown_id_makes_no_pair_stand_twice(
    csv_file: Callable[..., Path], two_by_two: tuple[Demand, Candidates]
) -> None:
    """One fault, whatever pair an unknown id could be taken for."""
    for row in ("b,z,1", "c,y,1", "c,x,1"):
        path = csv_file(f"demand_id,candidate_id,distance_m\n{row}\na,x,1\na,y,1\nb,x,1\nb,y,1\n")
        with pytest.raises(GeodataError, match=r"need\.csv has 1 faults"):
            read_distances(path, *two_by_two)


def test_distances_need_ids_and_rows(csv_file: Callable[..., Path], two_by_two: tuple[Demand, Candidates]) -> None:
    """Demand without ids cannot be referred to, and no distance at all is no table."""
    _, sites = two_by_two
    path = csv_file("demand_id,candidate_id,distance_m\n")
    with pytest.raises(GeodataError, match="has no demand_id"):
        read_distances(path, unnamed(sites.lonlat), sites)
    with pytest.raises(GeodataError, match="has nothing in it to read"):
        read_distances(path, *two_by_two)
