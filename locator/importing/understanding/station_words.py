"""Words in lists for kinds, sub-kinds, tiers, venues and entry rules, and the vocabulary word of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from locator.language.catalogue import languages
from locator.language.characters import plain
from locator.stations.schema import WORDS_OF_COLUMN

# Word of the vocabulary to a pattern that is searched for in a text in plain form.
_PATTERNS: Final[dict[str, dict[str, str]]] = {
    "kind": {
        "community_station": "社区工会|社区联合会|社区工联会|community station",
        "worker_home": "职工之家|职工小家|工人之家|的士之家|司机之家|职工服务中心|worker'?s?'? home",
        "warm_station": (
            "暖心驿站|爱心驿站|暖新驿站|工会驿站|工会爱心|户外劳动者|劳动者驿站|劳动者港湾|环卫工人|"
            "环卫驿站|司机驿站|骑手驿站|小哥驿站|工会户外|^驿站$|warm station|outdoor worker|rest "
            "station"
        ),
    },
    "sub_kind": {
        "public_area": "公共区域|public.area",
        "model": "示范|model home",
        "trade": "行业|的士|出租车|货车司机|trade home",
        "service_centre": "职工服务中心|service cent(?:re|er)",
        "sub_district_station": "街道工会|sub.district station",
        "outdoor_point": "户外劳动者|outdoor worker",
        "reading_space": "阅读空间|职工书屋|reading space",
        "nursing_room": "母婴|nursing room",
    },
    "tier": {
        "city": "市级|^市$|^city",
        "district": "(?<!社)(?<!地)区级|县级|^区$|^县$|^district",
        "sub_district": "街道|乡镇|镇级|乡级|地区级|^sub.district",
        "village": "社区|村级|^村$|^village|^community",
        "edge_village": "边村|^edge village",
    },
    "venue": {
        "union": "总工会$|^工会$|工会办公|工会机关|^union",
        "sub_district_office": "街道办|办事处|镇政府|乡政府|sub.district office",
        "community_centre": (
            "社区服务|居委会|村委会|社区党群|便民服务|社区中心|주민센터|행정복지센터|복지회관|복지관|"
            "community cent(?:re|er)"
        ),
        "convenience_store": "便利店|便利蜂|convenience store|편의점",
        "petrol_station": "加油站|中石化|中石油|petrol|gas station|주유소",
        "bank": "银行|信用社|储蓄所|(?<![a-z])bank|은행",
        "estate_agent": "房产|房地产|链家|我爱我家|estate agent|real estate|부동산",
        "restaurant": "餐饮|餐厅|饭店|快餐|餐馆|restaurant|음식점|식당",
        "pharmacy": "药店|药房|pharmacy|약국",
        "telecom_shop": "通信|移动营业|联通|中国移动|电信|telecom",
        "post_office": "邮政|邮局|post office|우체국",
        "sanitation_depot": "环卫|清洁站|垃圾楼|sanitation",
        "park": "公园|游园|(?<!car )(?<![a-z])park(?![a-z])|공원",
        "business_park": "园区|产业园|工业园|科技园|软件园|创业园|business park",
        "shopping_centre": "商圈|商场|购物中心|百货|商城|shopping|(?<![a-z])mall|백화점|쇼핑",
        "airport": "机场|航站楼|airport|공항",
        "library": "图书馆|书店|library|bookshop|bookstore|도서관|서점",
        "kiosk": "街边小站|岗亭|报刊亭|kiosk",
        "other": "^其他|^其它|^others?$|^기타|노인시설|경로당|보건소|医院|学校|酒店|宾馆|병원|학교",
    },
    "entry": {
        "walk_in": (
            "无需登记|免登记|无需扫码|直接进入|自由进入|自由进出|自由出入|随意进出|直接入内|walk.?in|free entry"
        ),
        "register": "登记|register|sign in",
        "card": "刷卡|凭卡|凭证|凭工会|工会卡|会员卡|身份证|出示证件|card",
        "code": "扫码|二维码|扫描|scan|qr",
        "unknown": "^进入方式不详",
    },
}
_COMPILED: Final = {
    column: {word: re.compile(pattern) for word, pattern in patterns.items()}
    for column, patterns in _PATTERNS.items()
}
_EXACT: Final[dict[str, dict[str, str]]] = {
    column: {
        plain(text): word
        for word, label in words.items()
        for text in (word, word.replace("_", " "), *map(label.to, languages()))
    }
    for column, words in WORDS_OF_COLUMN.items()
}


def read_word(column: str, text: str) -> str | None:
    """Return the word of the vocabulary that a text means.

    Parameters
    ----------
    column
        ``kind``, ``sub_kind``, ``tier``, ``venue`` or ``entry``.
    text
        A word of the vocabulary, its label in any language, or a text that contains a common name of it.

    Returns
    -------
    str or None
        ``None`` where the meaning is not certain.
    """
    text = plain(text)
    if exact := _EXACT[column].get(text):
        return exact
    text = re.sub("[()]", "", text)  # 区（县）级
    ends = {}
    for word, pattern in _COMPILED[column].items():
        for match in pattern.finditer(text):
            ends[word] = match.end(), len(match.group())
    if column not in _CHOOSERS:
        return next(iter(ends), None)  # the table has the most specific words first
    return _CHOOSERS[column](ends) if ends else None


_Ends = Mapping[str, tuple[int, int]]
"""Word to the end of its last match and the length of that, in the order of the table."""


def _last_named(ends: _Ends) -> str | None:
    """Choose the last named, for 银行路社区居委会 is no bank; of two that end together the longer."""
    return max(ends, key=lambda word: ends[word])


def _only(ends: _Ends) -> str | None:
    return next(iter(ends)) if len(ends) == 1 else None


def _entry(ends: _Ends) -> str | None:
    """Choose the only one, but 无需登记 (no registration) is a walk-in, and 扫码登记 (register by code) a code."""
    if "walk_in" in ends and set(ends) <= {"walk_in", "register", "code"}:
        return "walk_in"
    return "code" if set(ends) == {"code", "register"} else _only(ends)


_CHOOSERS: Final[dict[str, Callable[[_Ends], str | None]]] = {
    "venue": _last_named,
    "tier": _only,
    "entry": _entry,
}
