"""Common headings of each field in lists, in Chinese, English, Korean and Japanese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from locator.files.heading_search import COORDINATES, Vocabulary, any_of
from locator.importing.understanding.amenity_words import amenities_in
from locator.language.characters import letters
from locator.stations.schema import AMENITIES

_PREFIXES: Final = (
    "站点 驿站 服务站 服务点 服务站点 网点 点位 设施 场所 暖心驿站 工会驿站 爱心驿站 户外劳动者驿站 职工之家 "
    "户外劳动者服务站 户外劳动者服务站点 公厕 公共厕所 卫生间 厕所 母婴室 图书馆 避难场所 应急避难场所 避难所 "
    "饮水点 饮水机 充电站 停车场 景点 公园 医院 药店 市场 站 station site shelter facility toilet 쉼터 시설 "
    "화장실 공원 대피소 施設 避難所 避難場所 トイレ"
)

STATION_WORDS: Final[dict[str, str]] = {
    "station_id": (
        "station_id 站点id 驿站id facilityid 编号 编码 "
        "id siteid stationcode uid uuid 관리번호 시설코드 쉼터코드 시설번호 쉼터시설번호 쉼터번호 고유번호 "
        + " ".join(f"{word}编号 {word}编码" for word in _PREFIXES.split() if word > "\u4e00")
    ),
    "name": (
        "name 站点名称 驿站名称 服务站名称 服务点名称 服务站点名称 户外劳动者服务站点名称 户外劳动者驿站名称 "
        "暖心驿站名称 驿站全称 站点全称 站点名 驿站名 点位名称 网点名称 设施名称 场所名称 职工之家名称 名称 全称 "
        "中文名称 中文名 站名 点位名 机构名称 场馆名称 门店名称 店名 户外劳动者服务站点 户外劳动者服务站 "
        "户外劳动者驿站 劳动者驿站 暖心驿站 爱心驿站 工会驿站 站点 驿站 服务站点 服务站 服务点 点位 网点 名字 "
        "单位名称 stationname sitename facilityname placename locationname sheltername namezh namecn "
        "nameofstation nameoffacility station facility site shelter 쉼터명칭 쉼터명 시설명 시설명칭 명칭 "
        "장소명 이름 기관명 상호명 업소명 지점명 센터명 화장실명 공원명 대피소명 施設名 施設名称 施設の名称 "
        "場所名 店舗名 避難所名 避難所名称 拠点名 スポット名 名前 명 title"
    ),
    "name_en": (
        "name_en 英文名称 英文名 名称英文 英文站名 站点英文名称 站点名称英文 englishname 名称_英語 英語名 "
        "英語名称 施設名_英語 nameenglish stationnameen 영문명 영문명칭 시설명영문 영문시설명"
    ),
    **COORDINATES,
    "lat": f"{COORDINATES['lat']} 北緯 lati wd weidu 纬",
    "lon": f"{COORDINATES['lon']} 経度 東経 longi jd jingdu 经",
    "x": f"{COORDINATES['x']} 东向坐标 tmx",
    "y": f"{COORDINATES['y']} 北向坐标 tmy",
    "position": (
        f"{COORDINATES['position']} 定位 经度纬度 纬度经度 经纬 经纬坐标 定位坐标 定位信息 位置定位 地图定位 "
        "地图坐标 坐标信息 座標 緯度経度 経度緯度 longitudelatitude latitudelongitude point wkt geometry thegeom "
        "위도경도 경위도"
    ),
    "address": (
        "address 详细地址 站点地址 驿站地址 地址 具体地址 所在地址 站址 门牌地址 详细位置 具体位置 所在位置 "
        "站点位置 点位位置 地理位置 坐落位置 坐落地址 坐落 位置 具体地点 所在地点 地点 所在地 设置地点 安装位置 "
        "办公地址 通讯地址 联系地址 addr fulladdress streetaddress address1 addressline1 siteaddress "
        "facilityaddress physicaladdress location 도로명주소 소재지도로명주소 도로명전체주소 새주소 주소 소재지 "
        "소재지주소 소재지전체주소 설치위치 설치장소 지번주소 소재지지번주소 구주소 住所 所在地_連結表記 "
        "所在地住所 施設住所 設置場所"
    ),
    "district": (
        "district 所属区 行政区 所在区 区县 所属区县 所在区县 所属行政区 所在行政区 区 区名 行政区划 行政区域 "
        "县区 县市区 区市县 区县市 县市及乡镇市区 县市乡镇市区 乡镇市区 市辖区 城区 所属城区 辖区 旗县 "
        "districtname borough county gu 자치구 자치구명 "
        "시군구 시군구명 구 구명 市区町村名 市区町村 市町村名 市町村 区名称"
    ),
    "sub_district": (
        "sub_district 所属街道 街道 街道乡镇 乡镇街道 街镇 镇街 街乡 街乡镇 乡镇 所属乡镇 所属街镇 所属街乡 "
        "所属街道乡镇 所在街道 所在乡镇 所在街镇 街道名称 乡镇名称 街道办 街道办事处 所属街道办 township town "
        "읍면동 읍면동명 행정동 행정동명 법정동 법정동명 町名"
    ),
    "kind": (
        "kind 站点类型 驿站类型 类型 类别 站点类别 种类 站点种类 站点分类 分类 设施类型 设施类别 type "
        "stationtype category 시설유형 쉼터유형 시설구분 시설종류 유형 구분 施設種別 種別 カテゴリ カテゴリー "
        "施設分類"
    ),
    "sub_kind": "sub_kind 子类型 子类 小类 细分类型 二级类型 二级分类 subtype",
    "tier": "tier 站点级别 驿站级别 级别 层级 站点等级 level",
    "venue": (
        "venue 依托单位 依托场所 依托类型 依托单位类型 场所类型 场所类别 所在场所 场地类型 venuetype "
        "facilitytype placetype"
    ),
    "operator": (
        "operator 运营单位 运营方 运营主体 运营公司 管理单位 管理部门 管理机构 主管单位 主管部门 责任单位 "
        "责任部门 维护单位 设置单位 主办单位 建设单位 建站单位 所属单位 managedby organization organisation owner "
        "관리기관 관리기관명 관리주체 운영기관 운영기관명 운영주체 운영자 管理者 管理者名 運営者 運営主体 設置者"
    ),
    "phone": (
        "phone 服务电话 服务热线 咨询电话 站点电话 驿站电话 值班电话 固定电话 座机 办公电话 热线电话 联系电话 "
        "电话 电话号码 联系方式 手机 手机号 手机号码 移动电话 联系人电话 联系人联系电话 联系人联系方式 "
        "联系人手机 联系人及电话 联系人和电话 联系人及联系方式 联系人及联系电话 tel telephone telno phoneno "
        "联系信息 联系号码 联络电话 phonenumber telephonenumber contactphone contactnumber contactinfo "
        "contactinformation contactdetails contact hotline mobile 전화번호 대표전화 대표전화번호 연락처 전화 "
        "관리기관전화번호 電話番号 連絡先 連絡先電話番号 電話番号1 問い合わせ先"
    ),
    "hours_text": (
        "hours_text 开放时间 营业时间 服务时间 对外开放时间 运营时间 工作时间 运行时间 使用时间 接待时间 "
        "开放时段 服务时段 营业时段 开放时间段 每日开放时间 openinghours openhours openingtime openingtimes "
        "businesshours servicehours hoursofoperation operatinghours worktime 운영시간 이용시간 영업시간 개방시간 "
        "이용가능시간 운영시간상세 개방시간상세 営業時間 利用時間 利用可能時間 開館時間 開放時間 開設時間"
    ),
    "hours": "hours osmhours openinghoursosm",
    "opens": (
        "opens 开始时间 开门时间 开放开始时间 营业开始时间 服务开始时间 开始开放时间 开始营业时间 开始服务时间 "
        "开始运营时间 起始时间 开馆时间 开放时间起 "
        "开放时间开始 营业时间起 营业时间开始 服务时间起 服务时间开始 opentime starttime openingtime openfrom "
        "hoursopen "
        "开放时间 개방시간 시작시간 운영시작시간 운영시작시각 시작시각 개방시각 開始時間 開始時刻 利用開始時間 "
        "営業開始時間"
    ),
    "closes": (
        "closes 结束时间 关门时间 关闭时间 闭馆时间 开放结束时间 营业结束时间 服务结束时间 结束开放时间 "
        "结束营业时间 "
        "结束服务时间 结束运营时间 截止时间 开放时间止 "
        "开放时间结束 营业时间止 营业时间结束 服务时间止 服务时间结束 closetime endtime closingtime openuntil "
        "hoursclose "
        "종료시간 운영종료시간 운영종료시각 종료시각 마감시간 終了時間 終了時刻 利用終了時間 営業終了時間"
    ),
    "open_days": (
        "open_days 开放日 开放星期 营业日 服务日 开放周期 开放日期 openingdays weekdays days 운영요일 개방요일 "
        "利用可能曜日 営業曜日 開館日"
    ),
    "amenities": (
        "amenities 服务设施 配套设施 设施设备 设备设施 便民设施 配备设施 配置设施 基础设施 设施配置 设备配置 "
        "设施 配备物品 配套 设备 服务项目 服务内容 便民服务 服务功能 facilities equipment services features "
        "편의시설 보유시설 비치물품 設備 設備内容"
    ),
    "entry": "entry 进入方式 入站方式 准入方式 开门方式 入场方式 access accessmode 출입방법",
    "area_m2": (
        "area_m2 面积 使用面积 建筑面积 室内面积 站点面积 驿站面积 场地面积 服务面积 area areasqm 면적 시설면적 "
        "面積 延床面積"
    ),
    "seats": (
        "seats 座位数 座位数量 座椅数 座椅数量 席位 席位数 容纳人数 可容纳人数 最大容纳人数 同时容纳人数 "
        "接待人数 容量 capacity seatcount 이용가능인원 수용인원 최대수용인원 이용인원 좌석수 열람좌석수 定員 "
        "収容人数 想定収容人数 座席数"
    ),
    "checked_on": (
        "checked_on 核实日期 核验日期 核查日期 检查日期 核对日期 核实时间 核验时间 更新日期 更新时间 最后更新 "
        "最后更新时间 数据日期 数据更新日期 checked lastchecked verifiedon updatedon updatedat lastupdated "
        "更新日 最終更新日 データ更新日 데이터기준일자 데이터기준일 기준일자 수정일자 갱신일"
    ),
    "photo_url": (
        "photo_url 照片 图片 照片链接 图片链接 照片地址 图片地址 照片url 图片url 站点照片 驿站照片 实景图 "
        "实景照片 photo photourl photos image imageurl imgurl picture 사진 이미지 画像 写真"
    ),
    "status": (
        "status 状态 运营状态 使用状态 开放状态 站点状态 驿站状态 运行状态 营业状态 当前状态 现在的状态 "
        "现在状态 目前状态 开放情况 运营情况 "
        "是否开放 是否运营 是否营业 是否正常开放 是否正常运营 是否启用 是否在用 operatingstatus openstatus "
        "운영상태 운영여부 영업상태 개방여부 사용여부 営業状況 利用状況 稼働状況"
    ),
    "status_note": (
        "status_note 状态说明 关闭原因 停用原因 暂停原因 暂停开放原因 未开放原因 撤销原因 停业原因 statusnote "
        "closurereason"
    ),
    "status_until": (
        "status_until 恢复时间 恢复日期 预计恢复时间 预计恢复日期 恢复开放时间 恢复开放日期 预计开放时间 "
        "预计开放日期 重新开放时间 reopening reopendate reopeningdate"
    ),
    "remarks": (
        "remarks 备注 備考 비고 备注信息 备注说明 其他说明 其他备注 其他 补充说明 特别说明 说明 remark "
        "note notes comment comments 비고 참고사항 특이사항 特記事項"
    ),
    **{
        f"{axis}:{part}": " ".join(f"{upper}{word}" for upper in words.split() for word in marks.split())
        for axis, words in {
            "lat": "纬度 北纬 latitude lat 위도",
            "lon": "经度 东经 経度 longitude lon lng 경도",
        }.items()
        for part, marks in {
            "degrees": "度 deg degree degrees 도",
            "minutes": "分 min minute minutes 분",
            "seconds": "秒 sec second seconds 초",
        }.items()
    },
    "parent": "parent 上级 上级单位 上级工会 上级站点 所属工会 隶属工会 隶属单位 归属工会 parentid",
    "position_accuracy_m": (
        "position_accuracy_m 误差 定位误差 坐标误差 位置误差 误差米 定位精度 坐标精度 精度米 精度m accuracy "
        "accuracym positionaccuracy"
    ),
}

_LAST_RANK: Final = 1000
"""A rank after all words of the table."""
_AMENITY_FORM: Final = re.compile(
    r"^(?:有无|是否有|是否配备|是否提供|有|has)?(.+?)(?:数量|台数|数|보유대수|보유현황|유무|여부|の有無|有无)?$"
)

# Words for the hours of a part of the day, the week or the year.
_PARTS: Final = {
    "hours:morning": "上午 早上 早间 午前 오전 morning",
    "hours:afternoon": "下午 午后 오후 afternoon",
    "hours:summer": "夏季 夏天 夏令时 夏令 夏 하절기 하계 summer",
    "hours:winter": "冬季 冬天 冬令时 冬令 冬 동절기 동계 winter",
    "hours:workdays": "工作日 周一至周五 周一到周五 周一~周五 平日 평일 workdays workday weekday weekdays",
    "hours:weekend": "周末 双休日 休息日 周六周日 周六日 周六至周日 土日 주말 weekend weekends",
    "hours:holidays": "节假日 法定节假日 法定假日 节日 假日 祝日 공휴일 휴일 holiday holidays publicholidays",
}
_PART_OF: Final = {letters(word): field for field, words in _PARTS.items() for word in words.split()}
_ALONE: Final = frozenset(
    "上午 下午 夏季 冬季 夏令时 冬令时 工作日 周一至周五 周末 双休日 周六周日 节假日 평일 주말 공휴일".split()
)
"""Words for parts that are headings by themselves; the others stand beside a word for hours."""


_HOURS: Final = f"(?:{any_of(STATION_WORDS['hours_text'])}|时间|时段|hours)"
_ONE_PART: Final = f"({'|'.join(sorted(_PART_OF, key=len, reverse=True))})"
_PART_FORM: Final = re.compile(f"(?:{_HOURS})?{_ONE_PART}(?:[及和与或]?{_ONE_PART})?(?:{_HOURS})?")
_PERSONS: Final = (
    "联系人 联络人 负责人 责任人 站长 管理员 管理人员 填报人 填表人 审核人 经办人 法人 值守人 值班人员 担当者 "
    "담당자 대표자 開設者 営業者 申請者 代表者 事業者 所有者 管理者氏名 사업자 소유자 owner manager applicant"
)
_BODIES: Final = "单位 企业 公司 工会 机构 部门"
_BEGINNINGS: Final = (
    "建成 建站 建设 建立 成立 启用 竣工 投用 投入使用 挂牌 授牌 创建 采集 填报 录入 登记 开通 设立 开业 验收 "
    "開設 指定 운영시작 설치 지정"
)
_CODES: Final = (
    "代码 邮编 邮政编码 郵便番号 우편번호 코드 法人番号 code 팩스 팩스번호 カナ かな フリガナ ふりがな 拼音"
)
_FACTS: Final = "名称 名 全称 编号 类型 性质 地址 电话"
_DAYS: Final = "时间 日期 年份 年度 年月 年月日 日 일 일자 연도 년도"
_WORDS_OF_NOTHING: Final = (
    "姓名 人员 职务 contactperson contactname 序号 序 no 순번 번호 連番 番号 zip zipcode postcode postalcode "
    "年度 年份 연도 year 日期 date createtime createdat 省 省份 市 城市 所在市 所属城市 所在城市 地市 "
    "省市 city province state country 国家 시도 시도명 都道府県 都道府県名 社区 所属社区 所在社区 社区名称 村 "
    "村社区 社区村 村居 居委 居委会 网格 简称 别名 法人名 经营面积 营业面积 占地面积 公园面积 网址 官网 网站 url "
    "website homepage 홈페이지 홈페이지주소 邮箱 email 传真 海拔 高程 altitude elevation 坐标系 坐标系统 "
    "坐标类型 坐标基准 坐標系 座標系 数据来源 来源 source datum 星级 评分 价格 楼层 图层 颜色"
)
_OTHERS: Final = "|".join(
    (
        f".*(?:{any_of(_PERSONS)}).*",
        f".*(?:{any_of(_BODIES)})",
        f"(?:填报|报送|上报|设备|产品|项目|线路|品牌|{any_of(_BODIES)})(?:{any_of(_FACTS)})?",
        f".*(?:{any_of(_BEGINNINGS)})(?:{any_of(_DAYS)})",
        f".*(?:{any_of(_CODES)})",
        "(?:旧|原|曾用|备用|备选|其他).+|fax.*|.*(?:审核|审批|上报|发布)状态",
        any_of(_WORDS_OF_NOTHING),
    )
)
"""Headings of persons, bodies, days, codes, larger and smaller areas and so on, which are no field."""


def _more(key: str, heading: str) -> Iterator[tuple[str, int]]:
    """Yield the parts of the day, week or year whose hours a heading means, and the amenity that it asks for.

    The amenity is ranked last: "seats" more likely means their number.
    """
    part = _PART_FORM.fullmatch(key)
    if part and (key in _ALONE or key != "".join(filter(None, part.groups()))):
        yield from ((_PART_OF[word], 0) for word in part.groups() if word)
    form = _AMENITY_FORM.match(key)
    if form and (words := amenities_in(form[1]) or amenities_in(heading)):
        yield f"amenity:{words[0]}", _LAST_RANK


STATION_HEADINGS: Final = Vocabulary(
    STATION_WORDS,
    prefixes=_PREFIXES,
    exact_only=("hours", "station_id", "remarks"),
    unbracketed=("hours", "hours_text", "opens", "closes"),
    named=("district", "sub_district", "venue", "operator", "parent"),
    more=_more,
    more_fields=(*_PARTS, *(f"amenity:{word}" for word in AMENITIES)),
    others=_OTHERS,
    below={
        "name": ".*",
        "address": r"district|sub_district|address|position|(?:lat|lon)(?::\w+)?|[xy]",
        "position": r"position|(?:lat|lon)(?::\w+)?|[xy]",
        "district": "district|sub_district",
        "sub_district": "sub_district",
        "hours_text": r"hours:\w+|opens|closes|open_days|hours_text",
        "opens": r"hours:\w+|opens|closes|open_days|hours_text",
        "amenities": r"amenity:\w+|amenities|seats|area_m2",
        "operator": "operator|phone",
        "phone": "phone",
        "status": r"status\w*",
    },
)
"""The headings of a list of stations."""
