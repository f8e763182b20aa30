"""The vocabulary: kinds, tiers, venues, amenities, entry rules and columns, each word once with its labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the vocabulary: what files and the API say, and what people read."""

    zh: str
    en: str

    def label(self, lang: str) -> str:
        """Return the label in Chinese for ``zh``, in English for every other language."""
        return self.zh if lang == "zh" else self.en


KINDS: Final[dict[str, Word]] = {
    "warm_station": Word("暖心驿站", "Warm station"),
    "worker_home": Word("职工之家", "Worker home"),
    "community_station": Word("社区工会服务站", "Community station"),
}

SUB_KINDS: Final[dict[str, Word]] = {
    "public_area": Word("公共区域职工之家", "Public-area home"),
    "model": Word("示范职工之家", "Model home"),
    "trade": Word("行业职工之家", "Trade home"),
    "service_centre": Word("职工服务中心", "Workers' service centre"),
    "sub_district_station": Word("街道工会服务站", "Sub-district station"),
    "outdoor_point": Word("户外劳动者服务站点", "Outdoor workers' service point"),
    "reading_space": Word("阅读空间", "Reading space"),
    "nursing_room": Word("母婴关爱室", "Nursing room"),
}

TIERS: Final[dict[str, Word]] = {
    "city": Word("市级", "City"),
    "district": Word("区级", "District"),
    "sub_district": Word("街道（地区）级", "Sub-district"),
    "village": Word("村（社区）级", "Village or community"),
    "edge_village": Word("边村级", "Edge village"),
}

VENUES: Final[dict[str, Word]] = {
    "union": Word("工会", "Union"),
    "sub_district_office": Word("街道（乡镇）办事处", "Sub-district office"),
    "community_centre": Word("社区服务中心", "Community centre"),
    "convenience_store": Word("便利店", "Convenience store"),
    "petrol_station": Word("加油站", "Petrol station"),
    "bank": Word("银行网点", "Bank branch"),
    "estate_agent": Word("房产中介门店", "Estate agent"),
    "restaurant": Word("餐饮店", "Restaurant"),
    "pharmacy": Word("药店", "Pharmacy"),
    "telecom_shop": Word("通信营业厅", "Telecom shop"),
    "post_office": Word("邮政网点", "Post office"),
    "sanitation_depot": Word("环卫站", "Sanitation depot"),
    "park": Word("公园", "Park"),
    "business_park": Word("园区", "Business park"),
    "shopping_centre": Word("商圈（商场）", "Shopping centre"),
    "airport": Word("机场", "Airport"),
    "library": Word("图书馆（书店）", "Library or bookshop"),
    "kiosk": Word("街边小站", "Street kiosk"),
    "other": Word("其他", "Other"),
}

# The order is that of the bits in every amenity mask: append only.
AMENITIES: Final[dict[str, Word]] = {
    "seats": Word("座椅", "Seats"),
    "drinking_water": Word("饮水", "Drinking water"),
    "kettle": Word("热水壶", "Kettle"),
    "microwave": Word("微波炉", "Microwave"),
    "fridge": Word("冰箱", "Fridge"),
    "heating": Word("取暖", "Heating"),
    "air_conditioning": Word("空调", "Air conditioning"),
    "toilet": Word("卫生间", "Toilet"),
    "wifi": Word("Wi-Fi", "Wi-Fi"),
    "phone_charging": Word("手机充电", "Phone charging"),
    "tyre_pump": Word("打气筒", "Tyre pump"),
    "umbrellas": Word("雨伞", "Umbrellas"),
    "first_aid_kit": Word("急救箱", "First-aid kit"),
    "cold_relief": Word("防寒药品", "Cold-relief medicine"),
    "heat_relief": Word("防暑药品", "Heat-relief medicine"),
    "lockers": Word("储物柜", "Lockers"),
    "books": Word("书报", "Books and papers"),
    "needle_and_thread": Word("针线包", "Needle and thread"),
    "nursing_room": Word("母婴室", "Nursing room"),
    "shower": Word("淋浴", "Shower"),
    "washing_machine": Word("洗衣机", "Washing machine"),
    "ebike_parking": Word("电动车停放", "E-bike parking"),
    "battery_swap": Word("换电", "Battery swap"),
    "tables": Word("桌子", "Tables"),
}

ENTRIES: Final[dict[str, Word]] = {
    "walk_in": Word("直接进入", "Walk in"),
    "register": Word("登记进入", "Register at the door"),
    "card": Word("凭证件或卡进入", "Card needed"),
    "code": Word("扫码进入", "Scan a code"),
    "unknown": Word("进入方式不详", "Entry rule unknown"),
}

# Why a station is to be looked at: the first six come from an import, the last from people who stood there.
DOUBTS: Final[dict[str, Word]] = {
    "piled": Word("多个站点在同一坐标", "Several stations on one coordinate"),
    "other_district": Word("坐标不在所写的区内", "Not in the district it names"),
    "duplicate": Word("疑似重复", "May be the same as another"),
    "hours_unreadable": Word("开放时间无法识别", "Hours could not be read"),
    "moved": Word("坐标变动较大", "Moved far since last time"),
    "kind_changed": Word("类型有变", "Kind changed"),
    "locked": Word("有人反映锁门", "People found it locked"),
}

YES, NO, UNKNOWN = "yes", "no", "unknown"

# The union's advice line, a fact of the whole city and not of one station.
HOTLINE: Final = "12351"


@dataclass(frozen=True, slots=True)
class Station:
    """One place to rest, as files hold it: the properties of a GeoJSON point are these names.

    A text that is not known is ``None``; an amenity that is not known is left out of `amenities`.
    """

    station_id: str
    name: str
    kind: str
    lat: float
    """Latitude, degrees north, WGS 84."""
    lon: float
    """Longitude, degrees east, WGS 84."""
    position_accuracy_m: float | None = None
    """How wrong the position may be, or ``None`` where nobody said."""
    name_en: str | None = None
    pinyin: str | None = None
    """The name in pinyin without tones, a space between syllables."""
    sub_kind: str | None = None
    tier: str | None = None
    parent: str | None = None
    """The ``station_id`` or the name of the body above it."""
    venue: str | None = None
    operator: str | None = None
    address: str | None = None
    district: str | None = None
    sub_district: str | None = None
    amenities: dict[str, str] = field(default_factory=dict)
    """Amenity word to ``yes`` or ``no``."""
    hours: str | None = None
    """OSM opening_hours syntax."""
    hours_text: str | None = None
    """The words the hours came from."""
    entry: str = UNKNOWN
    area_m2: float | None = None
    seats: int | None = None
    phone: str | None = None
    photo_url: str | None = None
    checked_on: date | None = None
    """The day somebody last confirmed the facts."""
    source: str | None = None
    licence: str | None = None
    synthetic: bool = False
    doubts: tuple[str, ...] = ()
    """Why it is to be looked at: words of `DOUBTS`, in their order."""


WORDS_OF_COLUMN: Final[dict[str, dict[str, Word]]] = {
    "kind": KINDS,
    "sub_kind": SUB_KINDS,
    "tier": TIERS,
    "venue": VENUES,
    "entry": ENTRIES,
}


@dataclass(frozen=True, slots=True)
class District:
    """An area that people name when they say where they are."""

    district_id: str
    name: str
    name_en: str
    population: int
    """Residents in 2020; 0 where the file does not say."""
    outline: BaseGeometry
    """A valid polygon or multipolygon, WGS 84, degrees, longitude first."""

    @property
    def centre(self) -> tuple[float, float]:
        """A point (lat, lon) inside the outline."""
        point = self.outline.representative_point()
        return point.y, point.x
