"""The headings and words of planners' files in Chinese, English and Korean."""

from __future__ import annotations

from typing import Final

from locator.files.heading_search import COORDINATES, Vocabulary
from locator.files.open_tables import WKT
from locator.importing.understanding.heading_words import STATION_WORDS

_PERSONS: Final = (
    "population 人口 常住人口 总人口 人口数 人口总数 总人口数 人口数量 常住人口数 居住人口 服务人口 户籍人口 人数 "
    "pop totalpopulation totalpop residents persons people 인구 인구수 총인구 총인구수 주민수"
)
_NAMES: Final = (
    "name 名称 社区名称 街道名称 乡镇名称 社区 村 街道 街道乡镇 乡镇街道 街镇 镇街 乡镇 街道办 街道办事处 镇 "
    "网格 片区 区域 地区 区名 区县 行政区 区 县 namezh namecn subdistrict town township district "
    "행정동명 행정동 법정동 읍면동명 읍면동 동 자치구명 자치구 시군구 구 명칭 이름"
)
_POINT_IDS: Final = "demand_id 需求点编号 需求点id 需求编号 需求点 수요지번호 수요지"
_SITE_IDS: Final = (
    "candidate_id 候选点编号 候选点id 候选编号 候选站点编号 候选点 候选站点 候选地点 候选位置 候选点名称 "
    "备选点编号 备选点 备选点名称 选址点 点位编号 点位 点位名称 후보지번호 후보지 후보지명"
)
_NUMBERS: Final = "编号 序号 id uid 번호 일련번호"
_POSITION: Final = {field: COORDINATES[field] for field in ("lat", "lon")}
_HOURS: Final = f"{STATION_WORDS['hours']} {STATION_WORDS['hours_text']}"
_GEOMETRY: Final = {WKT: "wkt geometry wktgeom"}
# A year or the word for total around a heading is ignored: 2020年常住人口, population_2020.
_FORM: Final = r"(?:(?:19|20)\d\d年?末?)?(.+?)(?:(?:19|20)\d\d年?|合计|总计|总数)?"

DEMAND: Final = Vocabulary(
    {
        "demand_id": f"{_POINT_IDS} {_NUMBERS}",
        "weight": f"weight 权重 {_PERSONS} 需求量 需求人数 weights 가중치 수요",
        **_POSITION,
        "name": _NAMES,
        **_GEOMETRY,
    },
    form=_FORM,
)
CANDIDATES: Final = Vocabulary(
    {
        "candidate_id": f"{_SITE_IDS} {_NUMBERS} 名称 name 地点 场所名称 명칭 이름",
        **_POSITION,
        "hours": _HOURS,
        **_GEOMETRY,
    }
)
AREA_WORDS: Final = Vocabulary(
    {
        "name": _NAMES,
        "district_id": "district_id 行政区划代码 区划代码 adcode",
        "name_en": f"{STATION_WORDS['name_en']} 英文",
        "population_2020": f"population_2020 {_PERSONS}",
        **_GEOMETRY,
    },
    form=_FORM,
)
DISTANCES: Final = Vocabulary(
    {
        "demand_id": f"{_POINT_IDS} 起点编号 起点 origin originid from 출발지",
        "candidate_id": (f"{_SITE_IDS} 站点编号 station_id 终点编号 终点 destination destinationid to 도착지"),
        "distance_m": "distance_m 距离 步行距离 路程 路径长度 距离米 distance distancem walkingdistance 거리",
    }
)
UNUSED: Final = "unused"
"""The field of columns that have nothing to do with the change, such as remarks."""
_STATION_FIELDS: Final = "station_id name kind lat lon tier district sub_district amenities".split()
SCENARIO: Final = Vocabulary(
    {
        "action": "action 动作 操作 措施 变更 变动 变更类型 动作类型 操作类型 작업 조치 변경",
        **{field: STATION_WORDS[field] for field in _STATION_FIELDS},
        "datum": "datum 坐标系 坐标系统 坐标基准 基准 좌표계",
        "hours": _HOURS,
        UNUSED: "备注 说明 序号 注 note notes remark remarks comment 비고 순번",
    }
)
ACTIONS: Final = {
    word: action
    for action, words in {
        "add": "新增 增加 增设 添加 新建 加 추가 신설",
        "remove": "撤销 撤除 关闭 移除 删除 取消 减少 delete close 삭제 폐쇄",
        "change": "修改 变更 调整 更改 改变 update modify 변경 수정",
    }.items()
    for word in words.split()
}
"""Words of people for the actions of a scenario."""
PERSONS: Final = {
    **dict.fromkeys(("人", "人次", "名", "口", "명", "persons", "people"), 1),
    **dict.fromkeys(("千", "千人"), 1_000),
    **dict.fromkeys(("万", "万人", "만", "만명"), 10_000),
}
"""Units of weights."""
METRES: Final = {
    **dict.fromkeys(("m", "米", "미터"), 1),
    **dict.fromkeys(("km", "公里", "千米", "킬로미터"), 1_000),
}
DEGREES: Final = {"°": 1, "度": 1}
