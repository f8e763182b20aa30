"""A synthetic city at real scale for demonstrations and tests; every record is marked as synthetic."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final, NamedTuple, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from locator.errors import UsageError
from locator.language.pinyin import pinyin
from locator.stations.schema import NO, UNKNOWN, YES, District, Station

Floats = NDArray[np.float64]
Dice = Iterator[float]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _City:
    """Published figures of a city, which the sample reproduces."""

    districts: int
    sub_districts: int
    stations: int
    stations_of: Mapping[str, int]
    public_area_homes: int
    model_homes: int
    middle: tuple[float, float]


CITIES: Final = {
    "beijing": _City(
        districts=16,
        sub_districts=520,  # one per 42,000 residents, as in Dongcheng with its 17
        stations=9_650,
        stations_of={"东城区": 644, "顺义区": 227},
        public_area_homes=14,
        model_homes=145,
        middle=(116.3913, 39.9075),
    ),
}

# Stations per head grow with this power of density. It is fitted to Dongcheng's 644 stations for 708,829
# people on 42 km² and Shunyi's 227 for 1,324,044 on 1,020 km².
DENSITY_EXPONENT: Final = 0.65
# Dongcheng has 182 communities with a union.
COMMUNITY_SHARE: Final = 182 / 644

# The latest check of any record; a fixed day, so that the output is the same every day.
CHECKED_UNTIL: Final = date(2026, 11, 1)
CHECKED_DAYS: Final = 730

# Random numbers per station: more than any needs, so that its facts do not depend on the stations before it.
_DRAWS: Final = 48

_KM_PER_DEG: Final = 111.32
_FALL_OFF_KM: Final = 12.0
_LARGEST_SPREAD_KM: Final = 1.2
_STRAY_SHARE: Final = 0.1

# Made-up names of sub-districts, one character of each list, so that no real place is shown in a wrong position.
_SUB_DISTRICT_NAMES: Final = tuple(
    plant + land
    for plant in "柳松梅桂枫荷竹杨桐榆云泉兰菊槐桃杏梨棠蓉樱棕霞雁"
    for land in "荫畔溪岭湾台苑坡桥渡庭圃洲潭塘津浦坪冈堤汀坊里亭"
)


class _Role(NamedTuple):
    """A type of station, with its name and the shares of its attributes."""

    kind: str
    zh: str
    en: str
    names_venue: bool
    venues: Mapping[str, float]
    tiers: Mapping[str, float]
    sub_kinds: Mapping[str | None, float]


_WARM_VENUES: Final = {
    "convenience_store": 0.20, "bank": 0.11, "estate_agent": 0.12, "petrol_station": 0.07, "union": 0.08,
    "sub_district_office": 0.05, "community_centre": 0.07, "restaurant": 0.05, "pharmacy": 0.04,
    "telecom_shop": 0.05, "post_office": 0.04, "sanitation_depot": 0.05, "park": 0.03, "kiosk": 0.03,
    "library": 0.01,
}  # fmt: skip
_HOME_VENUES: Final = {"business_park": 0.4, "shopping_centre": 0.3, "union": 0.2, "library": 0.1}

_ROLES: Final = {
    "sub_district_station": _Role(
        "warm_station", "工会服务站", "union service station", False,
        {"sub_district_office": 0.7, "union": 0.3}, {"sub_district": 1}, {"sub_district_station": 1},
    ),
    "public_area_home": _Role(
        "worker_home", "职工之家", "worker home", True, _HOME_VENUES, {"district": 1}, {"public_area": 1},
    ),
    "model_home": _Role(
        "worker_home", "示范职工之家", "model worker home", True,
        _HOME_VENUES, {"district": 0.3, "sub_district": 0.7}, {"model": 1},
    ),
    "community_station": _Role(
        "community_station", "社区工会服务站", "community station", False,
        {"community_centre": 0.8, "union": 0.2}, {"village": 1}, {None: 1},
    ),
    "warm_station": _Role(
        "warm_station", "暖心驿站", "warm station", True,
        _WARM_VENUES, {"sub_district": 0.35, "village": 0.65}, {None: 0.7, "outdoor_point": 0.3},
    ),
}  # fmt: skip


class _Venue(NamedTuple):
    """A type of venue; its setting decides hours, amenities and the entry rule."""

    zh: str
    en: str
    operator: str
    setting: str


_VENUES: Final = {
    "union": _Venue("工会", "union", "样例工会", "office"),
    "sub_district_office": _Venue("办事处", "sub-district office", "样例街道办事处", "office"),
    "community_centre": _Venue("社区服务中心", "community centre", "样例社区服务中心", "office"),
    "convenience_store": _Venue("便利店", "convenience store", "样例连锁便利店", "shop"),
    "petrol_station": _Venue("加油站", "petrol station", "样例石油公司", "shop"),
    "bank": _Venue("银行", "bank", "样例银行", "office"),
    "estate_agent": _Venue("房产中介", "estate agent", "样例房产中介", "shop"),
    "restaurant": _Venue("餐厅", "restaurant", "样例餐饮公司", "shop"),
    "pharmacy": _Venue("药店", "pharmacy", "样例连锁药店", "shop"),
    "telecom_shop": _Venue("营业厅", "telecom shop", "样例通信公司", "shop"),
    "post_office": _Venue("邮政", "post office", "样例邮政", "office"),
    "sanitation_depot": _Venue("环卫站", "sanitation depot", "样例环卫中心", "outdoors"),
    "park": _Venue("公园", "park", "样例公园管理处", "outdoors"),
    "business_park": _Venue("园区", "business park", "样例园区管委会", "home"),
    "shopping_centre": _Venue("商圈", "shopping centre", "样例商业公司", "home"),
    "library": _Venue("书店", "bookshop", "样例书店", "home"),
    "kiosk": _Venue("街边", "street kiosk", "样例街道办事处", "outdoors"),
}

# Setting -> (hours in OSM syntax, the same in words) -> share. The rest to 1 has unknown hours.
_HOURS: Final[Mapping[str, Mapping[tuple[str | None, str | None], float]]] = {
    "shop": {
        ("24/7", "24小时"): 0.24,
        ("Mo-Su 08:00-20:00", "每天8:00-20:00"): 0.24,
        ("Mo-Su 07:00-22:00", "早7点到晚10点"): 0.18,
        ("Mo-Su 09:00-21:00", "每日09:00—21:00"): 0.14,
        ("Mo-Su 18:00-06:00", "每天18:00-次日6:00"): 0.05,
        ("Mo-Sa 09:00-18:00", "周一至周六 9:00-18:00"): 0.08,
    },
    "office": {
        ("Mo-Fr 08:30-17:30; PH off", "周一至周五 8:30-17:30,节假日除外"): 0.33,
        ("Mo-Fr 08:30-12:00,13:00-17:30; PH off", "周一至周五 08:30-12:00,13:00-17:30,节假日除外"): 0.26,
        ("Mo-Fr 09:30-17:00", "星期一到星期五 9:30-17:00"): 0.12,
        ("Mo-Su 08:00-20:00", "每天8:00-20:00"): 0.12,
        ("Tu-Su 09:00-20:00", "早9点到晚8点,周一休息"): 0.09,
    },
    "outdoors": {
        ("Nov 15-Mar 15 08:00-17:00; Mar 16-Nov 14 07:00-19:00",
         "冬季11月15日至3月15日 8:00-17:00,夏季3月16日至11月14日 7:00-19:00"): 0.32,
        ("Mo-Su 05:00-21:00", "每天5:00-21:00"): 0.25,
        ("24/7", "全天24小时"): 0.20,
        ("Mo-Su 19:00-07:00", "每天19:00-次日7:00"): 0.15,
    },
    "home": {
        ("Tu-Su 09:00-20:00", "早9点到晚8点,周一休息"): 0.28,
        ("Mo-Su 09:00-21:00", "每日09:00—21:00"): 0.26,
        ("Mo-Fr 08:30-17:30; PH off", "周一至周五 8:30-17:30,节假日除外"): 0.24,
        ("24/7", "24小时"): 0.14,
    },
}  # fmt: skip
# A quarter of the unknown hours have a text without hours.
_UNREADABLE: Final[tuple[None, str]] = (None, "以门口公告为准")

_SETTINGS: Final = ("shop", "office", "outdoors", "home")
# Amenity -> share of stations that have it, per setting in the order above.
_AMENITIES: Final = {
    "seats": (0.90, 0.98, 0.90, 0.99),
    "drinking_water": (0.96, 0.98, 0.95, 0.99),
    "kettle": (0.50, 0.70, 0.60, 0.80),
    "microwave": (0.70, 0.75, 0.65, 0.90),
    "fridge": (0.50, 0.35, 0.25, 0.60),
    "heating": (0.80, 0.95, 0.75, 0.98),
    "air_conditioning": (0.85, 0.95, 0.70, 0.98),
    "toilet": (0.35, 0.75, 0.55, 0.95),
    "wifi": (0.60, 0.70, 0.30, 0.95),
    "phone_charging": (0.80, 0.80, 0.65, 0.95),
    "tyre_pump": (0.25, 0.35, 0.50, 0.30),
    "umbrellas": (0.50, 0.60, 0.30, 0.60),
    "first_aid_kit": (0.65, 0.85, 0.70, 0.90),
    "cold_relief": (0.15, 0.30, 0.25, 0.35),
    "heat_relief": (0.40, 0.55, 0.55, 0.60),
    "lockers": (0.15, 0.30, 0.35, 0.70),
    "books": (0.25, 0.60, 0.20, 0.85),
    "needle_and_thread": (0.20, 0.50, 0.30, 0.45),
    "nursing_room": (0.06, 0.22, 0.04, 0.60),
    "shower": (0.01, 0.04, 0.15, 0.35),
    "washing_machine": (0.02, 0.03, 0.12, 0.25),
    "ebike_parking": (0.45, 0.50, 0.40, 0.60),
    "battery_swap": (0.12, 0.04, 0.10, 0.15),
    "tables": (0.70, 0.90, 0.75, 0.98),
}
_AMENITY_UNKNOWN: Final = 0.2

_ENTRIES: Final = {
    "shop": {"walk_in": 0.82, "register": 0.04, "code": 0.04, UNKNOWN: 0.10},
    "office": {"walk_in": 0.52, "register": 0.26, "card": 0.06, "code": 0.04, UNKNOWN: 0.12},
    "outdoors": {"walk_in": 0.72, "register": 0.06, "code": 0.08, UNKNOWN: 0.14},
    "home": {"walk_in": 0.34, "register": 0.26, "card": 0.20, "code": 0.12, UNKNOWN: 0.08},
}
_MEDIAN_AREA_M2: Final = {"shop": 10, "office": 20, "outdoors": 12, "home": 160}
_ACCURACY_M: Final = {10.0: 0.55, 30.0: 0.25, 100.0: 0.15, 300.0: 0.05}


def make_city(city: str, seed: int, districts: Sequence[District]) -> list[Station]:
    """Make a synthetic sample of a city, always the same for the same seed and districts.

    The published number of stations (Beijing: 9,650) counts all three kinds, and so do the published numbers of
    single districts (Dongcheng 644, Shunyi 227). The other districts share the rest in proportion to
    population × density ** `DENSITY_EXPONENT`, by largest remainder. The published worker homes are shared by the
    districts' numbers of stations. Of a district's stations `COMMUNITY_SHARE` are community stations, as in
    Dongcheng; one in each made-up sub-district is its union service station, at its centre. The other stations
    cluster around these centres, which are denser towards the centre of the city.

    Parameters
    ----------
    city
        A key of `CITIES`.
    seed
        Any whole number from 0.
    districts
        All districts of the city, in any order.

    Returns
    -------
    list[Station]
        In the order of ``district_id``, each inside its district's outline, at distinct positions with 6 decimals;
        `synthetic` is true, and every name begins with 样例 (sample).

    Raises
    ------
    UsageError
        For an unknown city, a negative seed, or missing districts.
    """
    facts = _facts(city, seed, districts)
    ordered = sorted(districts, key=lambda district: district.district_id)
    sizes = _sizes(facts, ordered)
    subs = _apportion(facts.sub_districts, [district.population for district in ordered])
    public, model = _apportion(facts.public_area_homes, sizes), _apportion(facts.model_homes, sizes)
    rng = np.random.Generator(np.random.PCG64(seed))
    names = iter(rng.permutation(np.array(_SUB_DISTRICT_NAMES)).tolist())
    taken: set[tuple[float, float]] = set()
    stations: list[Station] = []
    for row, district in enumerate(ordered):
        middles, pull = _middles(district.outline, facts.middle, max(1, min(subs[row], sizes[row])), rng)
        lonlat = _scatter(district.outline, middles, pull, sizes[row], rng, taken)
        roles = _roles(sizes[row], len(middles), public[row], model[row])
        sites = _sites(lonlat, middles, list(islice(names, len(middles))))
        plans = _plans(district, roles, sites, len(stations) + 1)
        stations += [_station(plan, iter(rng.random(_DRAWS).tolist())) for plan in plans]
    return stations


def _facts(city: str, seed: int, districts: Sequence[District]) -> _City:
    if city not in CITIES:
        raise UsageError("There is no sample of {city}. Known: {known}.", city=city, known=", ".join(CITIES))
    if seed < 0:
        raise UsageError("A seed must not be negative, not {seed}. Take 0, 1, 2, …", seed=seed)
    facts = CITIES[city]
    complete = {district.name for district in districts if district.outline.area > 0 and district.population > 0}
    if len(complete) != facts.districts or not complete.issuperset(facts.stations_of):
        raise UsageError(
            "The sample of {city} needs outline and population of its {count} districts, {named} among them,"
            " not of {given}. Check the districts file.",
            city=city, count=facts.districts, named=", ".join(facts.stations_of), given=len(complete),
        )  # fmt: skip
    return facts


def _sizes(facts: _City, districts: Sequence[District]) -> list[int]:
    """Return the number of stations of each district: published ones, and shares of the rest."""
    weights = [
        0.0 if district.name in facts.stations_of
        else district.population * (district.population / _area_km2(district.outline)) ** DENSITY_EXPONENT
        for district in districts
    ]  # fmt: skip
    shared = _apportion(facts.stations - sum(facts.stations_of.values()), weights)
    return [facts.stations_of.get(district.name, part) for district, part in zip(districts, shared, strict=True)]


def _apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Apportion a whole number by weights with the largest remainder method; earlier ones win ties."""
    exact = [total * weight / sum(weights) for weight in weights]
    parts = [math.floor(quota) for quota in exact]
    by_remainder = sorted(range(len(exact)), key=lambda row: parts[row] - exact[row])
    for row in by_remainder[: total - sum(parts)]:
        parts[row] += 1
    return parts


def _roles(size: int, subs: int, publics: int, models: int) -> list[str]:
    """Return the role of each station: sub-district stations first, warm stations last."""
    roles = ["sub_district_station"] * subs + ["public_area_home"] * publics + ["model_home"] * models
    roles += ["community_station"] * round(size * COMMUNITY_SHARE)
    return (roles + ["warm_station"] * size)[:size]


def _middles(
    outline: BaseGeometry, city_middle: tuple[float, float], count: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return the centres of the sub-districts (m, 2), and the weight of each for stations (m,)."""
    shapely.prepare(outline)
    pool = np.unique(_uniform(outline, 40 * count, rng), axis=0)
    away_km = _away_km(pool, np.array([city_middle]))[:, 0]
    pull = np.exp((away_km.min() - away_km) / _FALL_OFF_KM)
    chosen = rng.choice(len(pool), size=count, replace=False, p=pull / pull.sum())
    return pool[chosen], pull[chosen]


def _scatter(
    outline: BaseGeometry,
    middles: Floats,
    pull: Floats,
    size: int,
    rng: np.random.Generator,
    taken: set[tuple[float, float]],
) -> Floats:
    """Return `size` new positions inside the outline, the middles first, and add them to `taken`."""
    spread_km = min(_LARGEST_SPREAD_KM, 0.22 * math.sqrt(_area_km2(outline) / len(middles)))
    spread_deg = np.array([1 / _shrink(middles), 1.0]) * spread_km / _KM_PER_DEG
    free: dict[tuple[float, float], None] = {}
    batch = middles
    while len(free) < size:
        free.update((position, None) for position in map(tuple, batch.tolist()) if position not in taken)
        around = middles[rng.choice(len(middles), size=size, p=pull / pull.sum())]
        near = _inside(outline, around + rng.normal(size=around.shape) * spread_deg)
        strays = _uniform(outline, math.ceil(_STRAY_SHARE * size), rng)
        batch = rng.permutation(np.concatenate([near, strays]))
    positions = list(free)[:size]
    taken.update(positions)
    return np.array(positions).reshape(-1, 2)


def _uniform(outline: BaseGeometry, count: int, rng: np.random.Generator) -> Floats:
    """Return `count` random positions, uniformly distributed over the outline."""
    west, south, east, north = outline.bounds
    inside = np.empty((0, 2))
    while len(inside) < count:
        batch = rng.uniform((west, south), (east, north), size=(2 * count, 2))
        inside = np.concatenate([inside, _inside(outline, batch)])
    return inside[:count]


def _inside(outline: BaseGeometry, lonlat: Floats) -> Floats:
    """Return the positions, rounded as in files, that are inside the outline."""
    rounded = np.round(lonlat, 6)
    return rounded[shapely.contains_xy(outline, rounded)]


def _area_km2(outline: BaseGeometry) -> float:
    """Return the area on a plane through the centroid, exact to some tenths of a per cent for a district."""
    return float(outline.area) * _KM_PER_DEG**2 * math.cos(math.radians(outline.centroid.y))


def _shrink(lonlat: Floats) -> float:
    """Return the length of a degree of longitude over that of a degree of latitude."""
    return math.cos(math.radians(float(lonlat[:, 1].mean())))


def _away_km(lonlat: Floats, others: Floats) -> Floats:
    """Return the plane distances (n, m) in kilometres between positions (n, 2) and others (m, 2)."""
    steps = (lonlat[:, None] - others[None]) * (_shrink(others), 1.0)
    return np.asarray(np.hypot(steps[..., 0], steps[..., 1]) * _KM_PER_DEG)


class _Site(NamedTuple):
    """The site of a station."""

    lon: float
    lat: float
    sub_name: str
    """The name of its sub-district, without 街道."""
    sub: int
    """The index of its sub-district within the district."""


def _sites(lonlat: Floats, middles: Floats, names: Sequence[str]) -> list[_Site]:
    """Assign each position (n, 2) to the sub-district with the nearest middle."""
    nearest = _away_km(lonlat, middles).argmin(axis=1).tolist()
    return [_Site(lon, lat, names[sub], sub) for (lon, lat), sub in zip(lonlat.tolist(), nearest, strict=True)]


class _Plan(NamedTuple):
    """A station before its attributes are drawn."""

    station_id: str
    number: int
    role: _Role
    site: _Site
    district: str
    parent: str


def _plans(district: District, roles: Sequence[str], sites: Sequence[_Site], first: int) -> Iterator[_Plan]:
    """Yield the stations of a district, numbered from `first`."""
    ids = [f"sample-{district.district_id}-{first + row:04d}" for row in range(len(roles))]
    for row, (role, site) in enumerate(zip(roles, sites, strict=True)):
        below = role in ("warm_station", "community_station")
        parent = ids[site.sub] if below else f"样例·{district.name}总工会"
        yield _Plan(ids[row], first + row, _ROLES[role], site, district.name, parent)


def _station(plan: _Plan, dice: Dice) -> Station:
    role = plan.role
    venue = _draw(role.venues, dice)
    setting = _VENUES[venue].setting
    hours, hours_text = _hours(setting, dice)
    area_m2, seats = _room(setting, dice)
    name, name_en, name_pinyin = _names(plan, _VENUES[venue])
    return Station(
        station_id=plan.station_id,
        name=name,
        kind=role.kind,
        lat=plan.site.lat,
        lon=plan.site.lon,
        position_accuracy_m=_draw(_ACCURACY_M, dice),
        name_en=name_en,
        pinyin=name_pinyin,
        sub_kind=_draw(role.sub_kinds, dice),
        tier=_draw(role.tiers, dice),
        parent=plan.parent,
        venue=venue,
        operator=_VENUES[venue].operator,
        address=f"样例·{plan.site.sub_name}路{1 + int(200 * next(dice))}号",
        district=plan.district,
        sub_district=f"{plan.site.sub_name}街道",
        amenities=_amenities(setting, dice),
        hours=hours,
        hours_text=hours_text,
        entry=_draw(_ENTRIES[setting], dice),
        area_m2=area_m2,
        seats=seats,
        checked_on=_checked_on(dice),
        source="synthetic",
        licence="CC0-1.0",
        synthetic=True,
    )


def _names(plan: _Plan, venue: _Venue) -> tuple[str, str, str]:
    """Return the name in Chinese, English and pinyin; the parts are spelt once and cached."""
    host = venue.zh if plan.role.names_venue else ""
    number = f"{plan.number:04d}"
    parts = ("样例", plan.site.sub_name, "街道", host, plan.role.zh)
    spelt = " ".join(_spelling(part) for part in parts if part)
    place_en = _spelling(plan.site.sub_name).replace(" ", "").capitalize()
    host_en = f"{venue.en} " if host else ""
    english = f"Sample {place_en} Sub-district {host_en}{plan.role.en} {number}"
    return f"样例·{plan.site.sub_name}街道{host}{plan.role.zh} {number}", english, f"{spelt} {number}"


_spelling = functools.cache(pinyin)


def _draw(shares: Mapping[T, float], dice: Dice) -> T:
    """Draw a key with probability proportional to its share."""
    mark = next(dice) * sum(shares.values())
    for choice, share in shares.items():
        mark -= share
        if mark < 0:
            return choice
    return choice  # reached by rounding errors only


def _hours(setting: str, dice: Dice) -> tuple[str | None, str | None]:
    known = _HOURS[setting]
    unknown = 1 - sum(known.values())
    return _draw({**known, _UNREADABLE: unknown / 4, (None, None): unknown * 3 / 4}, dice)


def _amenities(setting: str, dice: Dice) -> dict[str, str]:
    column = _SETTINGS.index(setting)
    amenities = {}
    for word, shares in _AMENITIES.items():
        mark = next(dice)
        if mark >= _AMENITY_UNKNOWN:
            amenities[word] = YES if mark < _AMENITY_UNKNOWN + (1 - _AMENITY_UNKNOWN) * shares[column] else NO
    return amenities


def _room(setting: str, dice: Dice) -> tuple[float | None, int | None]:
    """Draw area, at least 4 m², and seats, either perhaps unknown."""
    area_m2 = max(4, round(_MEDIAN_AREA_M2[setting] * math.exp(1.6 * (next(dice) - 0.5))))
    seats = max(2, round(area_m2 / (2 + 3 * next(dice))))
    return (float(area_m2) if next(dice) < 0.6 else None), (seats if next(dice) < 0.5 else None)


def _checked_on(dice: Dice) -> date | None:
    """Draw a day of the two years before `CHECKED_UNTIL`, later ones likelier; none for one in eight."""
    days = int(CHECKED_DAYS * next(dice) ** 1.5)
    return CHECKED_UNTIL - timedelta(days=days) if next(dice) < 0.875 else None
