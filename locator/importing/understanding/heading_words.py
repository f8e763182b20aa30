"""Common headings of each field in lists, in Chinese, English and Korean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from locator.files.heading_search import COORDINATES, Vocabulary
from locator.importing.understanding.amenity_words import amenities_in
from locator.stations.schema import AMENITIES

STATION_WORDS: Final[dict[str, str]] = {
    "station_id": (
        "station_id 站点编号 驿站编号 网点编号 服务点编号 设施编号 站点id 驿站id 编号 id siteid "
        "stationcode uid uuid 관리번호 시설코드 쉼터코드 시설번호 고유번호"
    ),
    "name": (
        "name 站点名称 驿站名称 服务站名称 服务点名称 网点名称 设施名称 场所名称 职工之家名称 "
        "名称 中文名称 中文名 站名 单位名称 户外劳动者服务站点名称 站点 驿站 名字 stationname "
        "sitename namezh namecn title 쉼터명칭 쉼터명 시설명 시설명칭 명칭 장소명 이름"
    ),
    "name_en": (
        "name_en 英文名称 英文名 名称英文 英文站名 站点英文名称 站点名称英文 englishname "
        "nameenglish stationnameen 영문명 영문명칭 시설명영문 영문시설명"
    ),
    **COORDINATES,
    "address": (
        "address 详细地址 站点地址 地址 具体地址 所在地址 通讯地址 联系地址 详细位置 具体位置 "
        "所在位置 位置 地点 addr fulladdress streetaddress location 도로명주소 소재지도로명주소 "
        "새주소 주소 소재지 소재지주소 지번주소 소재지지번주소 구주소"
    ),
    "district": (
        "district 所属区 行政区 所在区 区县 所属区县 所在区县 区 行政区划 行政区域 县区 县市区 "
        "区市县 城区 辖区 districtname borough gu 자치구 자치구명 시군구 시군구명 구 구명"
    ),
    "sub_district": (
        "sub_district 所属街道 街道 街道乡镇 乡镇街道 街镇 镇街 乡镇 所属乡镇 所属街镇 所在街道 "
        "街道办 township town 읍면동 읍면동명 행정동 행정동명 법정동"
    ),
    "kind": (
        "kind 站点类型 驿站类型 类型 类别 站点类别 种类 设施类型 type stationtype category "
        "시설유형 쉼터유형 시설구분 시설종류 유형 구분"
    ),
    "sub_kind": "sub_kind 子类型 子类 小类 细分类型 二级类型 二级分类 subtype",
    "tier": "tier 站点级别 级别 层级 level",
    "venue": (
        "venue 依托单位 依托场所 依托类型 依托单位类型 场所类型 场所类别 所在场所 场地类型 "
        "venuetype facilitytype placetype"
    ),
    "operator": (
        "operator 运营单位 运营方 运营主体 管理单位 主管单位 责任单位 维护单位 主办单位 建设单位 "
        "建站单位 managedby organization organisation owner 관리기관 관리기관명 운영기관 "
        "운영기관명"
    ),
    "phone": (
        "phone 联系电话 电话 服务电话 咨询电话 值班电话 电话号码 联系方式 手机 tel telephone "
        "phonenumber telephonenumber contactphone 전화번호 대표전화 연락처 전화 관리기관전화번호"
    ),
    "hours_text": (
        "hours_text 开放时间 营业时间 服务时间 对外开放时间 运营时间 工作时间 开放时段 服务时段 "
        "开放时间段 openinghours openhours openingtime openingtimes businesshours servicehours "
        "worktime 운영시간 이용시간 영업시간 개방시간"
    ),
    "hours": "hours osmhours openinghoursosm",
    "opens": (
        "opens 开始时间 开门时间 开放开始时间 营业开始时间 起始时间 开馆时间 opentime starttime "
        "openingtime openfrom 开放时间 개방시간 시작시간 운영시작시간 운영시작시각 시작시각 "
        "개방시각"
    ),
    "closes": (
        "closes 结束时间 关门时间 关闭时间 闭馆时间 开放结束时间 营业结束时间 截止时间 closetime "
        "endtime closingtime openuntil 종료시간 운영종료시간 운영종료시각 종료시각 마감시간"
    ),
    "open_days": "open_days 开放日 开放星期 营业日 服务日 开放周期 openingdays weekdays days 운영요일 개방요일",
    "amenities": (
        "amenities 服务设施 配套设施 设施设备 设备设施 便民设施 配备设施 配置设施 基础设施 设施 "
        "配套 设备 服务项目 服务内容 便民服务 服务功能 facilities equipment services features "
        "편의시설 보유시설 비치물품"
    ),
    "entry": "entry 进入方式 入站方式 准入方式 开门方式 入场方式 access accessmode 출입방법",
    "area_m2": "area_m2 面积 使用面积 建筑面积 室内面积 站点面积 场地面积 area areasqm 면적 시설면적",
    "seats": (
        "seats 座位数 座位数量 座椅数 座椅数量 席位 席位数 容纳人数 可容纳人数 接待人数 容量 "
        "capacity seatcount 이용가능인원 수용인원 최대수용인원 이용인원"
    ),
    "checked_on": (
        "checked_on 核实日期 核验日期 核查日期 检查日期 核实时间 更新日期 更新时间 最后更新 "
        "数据更新日期 checked lastchecked verifiedon updatedon updatedat lastupdated "
        "데이터기준일자 기준일자 수정일자 갱신일"
    ),
    "photo_url": (
        "photo_url 照片 图片 照片链接 图片链接 照片地址 图片地址 照片url 图片url photo photourl "
        "image imageurl picture 사진"
    ),
    "status": (
        "status 状态 运营状态 使用状态 开放状态 站点状态 运行状态 营业状态 是否开放 是否运营 是否正常开放 "
        "운영상태 운영여부 영업상태"
    ),
    "status_note": "status_note 状态说明 关闭原因 停用原因 暂停原因",
    "status_until": "status_until 恢复时间 恢复日期 预计恢复时间 恢复开放时间 预计开放时间",
    "remarks": "remarks 备注 备注信息 其他说明 备注说明 remark note notes comment comments 비고 참고사항 備考",
    "hours:morning": "上午开放时间 上午营业时间 上午服务时间 上午时间 上午",
    "hours:afternoon": "下午开放时间 下午营业时间 下午服务时间 下午时间 下午",
    "hours:summer": "夏季开放时间 夏季营业时间 夏季服务时间 夏季时间 夏季 夏令时",
    "hours:winter": "冬季开放时间 冬季营业时间 冬季服务时间 冬季时间 冬季 冬令时",
    "hours:workdays": "工作日开放时间 工作日营业时间 工作日服务时间 工作日 周一至周五 평일운영시간 평일",
    "hours:weekend": "周末开放时间 周末营业时间 周末服务时间 周末 双休日 周六周日 주말운영시간 주말",
    "hours:holidays": "节假日开放时间 节假日营业时间 节假日服务时间 节假日 공휴일운영시간 공휴일",
    **{
        f"{axis}:{part}": f"{upper}/{word}"
        for axis, upper in (("lat", "纬度"), ("lon", "经度"))
        for part, word in (("degrees", "度"), ("minutes", "分"), ("seconds", "秒"))
    },
    "parent": "parent 上级 上级单位 上级工会 上级站点 所属工会 隶属工会 隶属单位 parentid",
    "position_accuracy_m": (
        "position_accuracy_m 误差 定位误差 坐标误差 位置误差 误差米 定位精度 坐标精度 精度米 "
        "精度m accuracy accuracym positionaccuracy"
    ),
}

_PREFIXES: Final = (
    "站点 驿站 服务站 服务点 网点 设施 场所 暖心驿站 工会驿站 爱心驿站 职工之家 "
    "户外劳动者服务站点 station site shelter 쉼터 시설"
)
_LAST_RANK: Final = 1000
"""A rank after all words of the table."""
_AMENITY_FORM: Final = re.compile(
    r"^(?:有无|是否有|是否配备|是否提供|有|has)?(.+?)(?:数量|台数|数|보유대수|보유현황|여부)?$"
)


def _amenities(key: str, heading: str) -> Iterator[tuple[str, int]]:
    """Yield the amenity that a heading counts or asks for, ranked last: "seats" more likely means their number."""
    form = _AMENITY_FORM.match(key)
    if form and (words := amenities_in(form[1]) or amenities_in(heading)):
        yield f"amenity:{words[0]}", _LAST_RANK


STATION_HEADINGS: Final = Vocabulary(
    STATION_WORDS,
    prefixes=_PREFIXES,
    exact_only=("hours", "station_id"),
    unbracketed=("hours", "hours_text", "opens", "closes"),
    named=("district", "sub_district", "venue", "operator", "parent"),
    more=_amenities,
    more_fields=(f"amenity:{word}" for word in AMENITIES),
)
"""The headings of a list of stations."""
