"""States in words: whether a station is in service, closed for now, planned or closed for good.

A text is cut into clauses, and a clause counts only as a whole: 周末不开放 and 空调维修中 say nothing about the
state of a station, 因装修暂停开放 does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from locator.language.catalogue import languages
from locator.language.characters import plain
from locator.stations.phones import phone_parts
from locator.stations.schema import CLOSED, CLOSED_FOR_NOW, OPEN, PLANNED, STATUSES


@dataclass(frozen=True, slots=True)
class Statement:
    """What a text says about the state of a station."""

    status: str | None = None
    """A key of `STATUSES`; ``None`` where the text says nothing for certain."""
    until: date | None = None
    """The day on which the station is expected to open, where the text names one."""
    note: str | None = None
    """The words, as far as they say more than the status."""
    is_understood: bool = True
    """Whether the text has one meaning, or says nothing."""


class Days(NamedTuple):
    """The days by which words are read."""

    listed_on: date | None = None
    """The day of the list, for days without their year."""
    today: date | None = None

    @property
    def as_of(self) -> date | None:
        """Return the day on which the words hold."""
        return self.listed_on or self.today


_NO_DAYS: Final = Days()

# Patterns in plain form. A clause is: when and why, then a word of the table, then a word that adds nothing.
_MONTH: Final = (
    r"(?:\d{1,2}|十[一二]?|[一二三四五六七八九])月(?:份|底|初|末|中旬|上旬|下旬|\d{1,2}[日号]?|[日号])?"
)
_DAY: Final = r"(?:\d{2,4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|\d{1,2}[./]\d{1,2})"
_WHEN: Final = (
    rf"(?:(?:\d{{4}}年|今年|明年|去年|本年)?(?:{_MONTH}|年底|年初|年末)|\d{{4}}年[春夏秋冬]季|{_DAY}|\d{{4}}年"
    r"|[本下上]个?月|[本下上]周|近期|近日|日前|即日|春节后|元旦后)"
)
_SINCE: Final = rf"(?:(?:自|从|于|在)?{_WHEN}(?:起?[-至到]{_WHEN}止?|起|开始|以来|后|之后|至今|前|左右)?)"
_WHY: Final = r"(?:(?:因|因为|由于|受|为)[^,;]{1,24}?(?:影响|原因|需要)?)"
_SUBJECT: Final = r"(?:(?:本|该|此)?(?:站点?|驿站|网点|点位|服务站|服务点|站内|场所|场地)|整体|全站)"
_NOW: Final = r"(?:目前|现在|当前|现已|现|已经|已被|已|正在|正处于|处于|正|仍|仍在|尚|还|均|一直|被|予以|在)"
# Each at most a few times: the cost of a text that nearly fits stays small.
_REASON: Final = "(?:拆迁|征收|改造|装修|施工|维修|整改|消防|疫情|(?:房屋|场地|租约|合同)?到期|长期)"
_LEAD: Final = rf"(?:{_SUBJECT}|{_SINCE}|{_NOW}|{_REASON}|状态[:为是]?|进行|,)"
_BEFORE: Final = rf"{_LEAD}{{0,4}}{_WHY}?{_LEAD}{{0,3}}"
_BEHIND: Final = rf"(?:中|了|状态|阶段|期间|至今|处理|完毕|不用)?(?:[-至到]{_WHEN}止?)?"
_SERVE: Final = r"(?:对外|正常|正式)*(?:开放|使用|运营|营业|服务|运行|接待|启用|投用|投入使用|投入运营|开门|开馆)"
_WORKS: Final = (
    "(?:内部|全面|重新|整体|升级|提升|装修|改造|设施|场地|房屋)*"
    "(?:装修|装潢|维修|修缮|修葺|改造|整修|翻修|翻新|大修|检修|整改|施工|重建|改建|扩建|升级|维护|搬迁|迁建)"
)
_TO_COME: Final = "(?:开放|开业|启用|投用|投入使用|投入运营|运营|营业|开站|建成|完工|竣工|建设|新建)"
# Status to patterns that are certain in any text, and to patterns that are only certain in a column of states.
_SURE: Final[Mapping[str, str]] = {
    CLOSED: (
        "撤销|撤消|(?<=已)删除|撤站|撤点|撤除|撤并|裁撤|拆除|拆掉|注销|关停|废止|废弃|作废|清退|取消|停办|摘牌|关张|倒闭"
        "|(?<=已)拆迁|永久性?(?:关闭|停用|停业|撤销|歇业|停止.{2,4})|永久性?|(?:关闭|停用|停业)[:-]?永久"
        f"|不再{_SERVE}|不再(?:保留|设立|设置|存在|提供服务)|不存在|终止(?:运营|服务|使用|合作)"
        "|(?:permanently|definitively) closed|closed (?:permanently|for good|down)|removed|demolished|abolished"
        "|cancell?ed|decommissioned|defunct|out of business|no longer (?:exists|open|in (?:operation|use|service))"
        "|shut down|(?:영구)?(?:폐쇄|폐업|폐지|폐관|폐점|철거)(?:됨|완료)?|운영종료|지정해제|해제|취소"
        "|闭锁|廃止|闭店|撤去|廃业|终了"
    ),
    CLOSED_FOR_NOW: (
        f"(?:暂停|暂缓|停止|中止)(?:{_SERVE}|服务)*|(?:暂时|临时|长期)?(?:停用|停业(?:整顿|整改)?|停运|歇业|禁用|关闭|关门|关站|关店|闭站"
        "|闭馆|休馆|封闭|封闭管理|封停|锁闭|锁门|上锁|空置|闲置|搁置)"
        f"|{_WORKS}(?:施工)?(?:中|期间)|(?<=正在)(?:进行)?{_WORKS}"
        f"|(?:暂时?|临时)?(?:不|未|没有?|停)(?:再)?{_SERVE}|(?:无法|不能)(?:{_SERVE})|不可用|待(?:维修|修缮|整改|修)"
        "|(?:temporarily |currently |now )*(?:closed|suspended|shut|unavailable|out of (?:service|order))"
        "|closed temporarily|closed for (?:now|[a-z ]{4,40})"
        "|(?:under|in) (?:renovation|repair|maintenance)"
        "|not (?:open|in (?:operation|use|service))|(?:currently )?inactive|disabled|on hold"
        "|(?:임시|일시|잠정)(?:휴관|휴업|휴점|폐쇄|중단|중지|휴무)|휴관중?|휴업중?|휴점|미운영|미개방"
        "|(?:운영|이용)(?:중단|중지|정지)"
        "|(?:공사|보수|수리|리모델링|점검)중|(?:临时|一时)(?:休馆|休业|闭锁|闭馆|休止)|休业中?|休止中?|(?:工事|改装|改修)中"
    ),
    PLANNED: (
        "在建|拟建|待建|筹建|筹备|拟设|拟新建|(?:筹建|筹备|建设|新建|规划|计划|设计|选址|施工建设|策划)(?:中|阶段)"
        f"|待(?:对外|正式)*(?:开放|开业|启用|投用|投入使用|投入运营|运营|营业|开站|揭牌|建成)"
        f"|(?:即将|将要?|预计|计划|拟|规划)(?:{_SINCE})?(?:对外|正式)*{_TO_COME}(?:{_SERVE})?"
        "|未(?:建成?|建设|完工|竣工|开业|开建|开工|投用|投入使用|投入运营)"
        "|planned|proposed|under construction|(?:coming|opening) soon|not (?:yet )?(?:built|opened)|not yet open"
        "|(?:개소|설치|운영|개장|오픈|개관)?예정|(?:건립|조성|설치|준비|건설|신축)중"
        "|계획중?|(?:开设)?予定|准备中|计画中?"
    ),
    OPEN: (
        f"(?:恢复|重新|照常|继续|持续|长期|常年|全面|24小时|试)*(?:{_SERVE}|开业|运转)(?:正常|良好)?"
        "|正常|(?<=已)恢复(?:正常)?|在用|在营|在业|运营|营业|(?<=已)(?:建成|投运)|(?:建成|完工|竣工)[并后、]?(?:投用|投入使用|投入运营|开放|运营|启用)|试运营|试运行|试营业"
        "|open|opened|active|operating|operational|in (?:service|use|operation)"
        "|(?:정상)?(?:운영|영업|개방|이용가능)중?"
        "|(?:营业|営业|开馆|稼働|运用|利用可能)中?"
    ),
}
_IN_STATE_COLUMNS: Final[Mapping[str, str]] = {
    CLOSED: "拆迁|撤|退出|(?:[与和].{1,16})?(?:合并|并入|归并)(?:[至到入为].{1,16})?",
    CLOSED_FOR_NOW: f"{_WORKS}|异常关闭|故障|损坏|下线|离线|关|停|暂停.{{0,4}}|off|offline",
    PLANNED: "规划|计划|筹划|拟|建设|待定点|待验收",
    OPEN: (
        "良好|完好|存续|有效|可用|上线|建成|竣工|完工|开|投运|挂牌|运行|(?:预约|部分|限时|错峰|有限)(?:开放|使用)|启用"
        "|[仅只]?(?:全天|每[天日]|工作日|白天|周[一二三四五六日至到、周-]{1,9})(?:对外)?(?:开放|运营|营业)"
        "|on|online|normal|ok|available|valid"
    ),
}
_MARKS: Final = f"{_WORKS}|建设"
"""Further words that are certain in brackets behind a name."""


def _compiled(tables: Iterable[Mapping[str, str]]) -> dict[str, re.Pattern[str]]:
    words: dict[str, str] = {}
    for table in tables:
        for status, pattern in table.items():
            words[status] = f"{words[status]}|{pattern}" if status in words else pattern
    return {
        status: re.compile(rf"(?:{_BEFORE})(?:{pattern}){_BEHIND}", re.ASCII) for status, pattern in words.items()
    }


_Table = Mapping[str, re.Pattern[str]]
_ANYWHERE: Final = _compiled([_SURE])
_IN_COLUMN: Final = _compiled([_SURE, _IN_STATE_COLUMNS])
_IN_NAME: Final = _compiled([_SURE, {CLOSED_FOR_NOW: _MARKS, PLANNED: "建设"}])
_ORDER: Final = (CLOSED, PLANNED, CLOSED_FOR_NOW, OPEN)
"""The first that fits: 永久关闭 is more than 关闭, 未投入使用 is planned and not just not in use."""

_CLAUSES: Final = re.compile(
    r"[,;。!|\n()\[\]{}【】〔〕<>《》]+|、|(?<!\d)[/]|[/](?!\d)|(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])"
)
_RESUME: Final = re.compile(
    rf"(?:{_SUBJECT}|预计|计划|拟|将|约|大约|最快|争取|,)*(?P<to>(?:于|在|到|至|截至|截止到?)?)(?P<when>{_WHEN})"
    r"(?:左右|前后?|之前|以前|后|之后|起)?(?:可|才|能|将|再|方可)*"
    r"(?:(?:恢复|重新|重启|复)(?:正常|对外)*(?:开放|使用|营业|运营|开业|启用|服务|开馆|工)?)",
    re.ASCII,
)
_RESUME_EN: Final = re.compile(
    r"(?:(?:will )?(?:re-?opens?|open|resumes?|back)(?:ing)?|closed until|until|till) ?(?:on |in |by )?.{4,20}",
    re.ASCII,
)
_REASONS: Final = re.compile(
    rf"^(?:因|由于|受).|{_WORKS}|拆迁|征收|到期|疫情|消防|验收|无人|未到位|未完成|待定|另行通知"
)
_OWN_WORDS: Final = {
    plain(text): status for status, label in STATUSES.items() for text in (status, *map(label.to, languages()))
}
_LIMITED: Final = re.compile("试|预约|部分|限时|错峰|有限|工作日|周|白天|仅|只")
"""Words for open that are worth a note."""

# Days

_FULL_DAY: Final = re.compile(
    r"(?<!\d)(?P<year>\d{4})(?:年|[-/.])(?P<month>\d{1,2})(?:月|[-/.])(?P<day>\d{1,2})(?![\d.])[日号]?", re.ASCII
)
_SHORT_DAY: Final = re.compile(r"(?<![\d年])(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]", re.ASCII)
_THROUGH: Final = re.compile(r"(?:至|到|[-~]|until|through|까지|まで)\s*$")
_LONGEST_AHEAD: Final = timedelta(days=183)
"""A day without its year is the next one of that name, if that is not farther ahead than this."""


def read_day_ahead(text: str, listed_on: date | None) -> date | None:
    """Return the only day that a text names, ``None`` if it names none, several or one without a clear year.

    Parameters
    ----------
    text
        Such as 2026年12月31日 or, in a list with a day, 12月31日. 12月底 is no day.
    listed_on
        The day of the list.
    """
    text = plain(text)
    found = {_made_day(match["year"], match) for match in _FULL_DAY.finditer(text)}
    rest = _FULL_DAY.sub(" ", text)
    for match in _SHORT_DAY.finditer(rest):
        found.add(_next_day(match, listed_on))
    return next(iter(found)) if len(found) == 1 else None


def _made_day(year: str | int, match: re.Match[str]) -> date | None:
    try:
        return date(int(year), int(match["month"]), int(match["day"]))
    except ValueError:
        return None


def _next_day(match: re.Match[str], listed_on: date | None) -> date | None:
    if listed_on is None:
        return None
    days = (_made_day(listed_on.year + ahead, match) for ahead in (0, 1))
    ahead = [day for day in days if day and listed_on <= day <= listed_on + _LONGEST_AHEAD]
    return ahead[0] if ahead else None


# Statements


def read_state(text: str, heading: str = "", days: Days = _NO_DAYS) -> Statement:
    """Read a cell of a column of states.

    Parameters
    ----------
    text
        Such as 正常, 已撤销, 装修中（12月底恢复）, or an answer such as 否 to the heading.
    heading
        Of the column, which may be a question: 是否开放, 是否停用.
    days
        The day of the list, and today.
    """
    if own := own_word(text):
        return Statement(own)
    answer = _read_answer(text, heading)
    return Statement(answer) if answer else _read(text, _IN_COLUMN, days, is_state=True)


def own_word(text: str) -> str | None:
    """Return the status whose key or label, in any language, a text is, as in the service's own exports."""
    return _OWN_WORDS.get(plain(text))


def read_remark(text: str, days: Days = _NO_DAYS, *, has_reasons: bool = False) -> Statement:
    """Read a remark, in which only clear words about the whole station count, and only they become the note.

    With ``has_reasons``, for a station that is known not to be open, so do words that say why: 因煤改电施工.
    """
    return _read(text, _ANYWHERE, days, is_state=False, has_reasons=has_reasons)


def _read(text: str, table: _Table, days: Days, *, is_state: bool, has_reasons: bool = False) -> Statement:
    parts = clauses(text)
    resumes = [clause for clause in parts if _is_resumption(clause)]
    kinds = [None if clause in resumes else _status_of(clause, table) for clause in parts]
    if not is_state:  # 2026年5月启用 is history, 已恢复开放 is not
        kinds = [
            kind if kind != OPEN or "恢复" in clause else None for kind, clause in zip(kinds, parts, strict=True)
        ]
    is_announced = any(
        kind in (CLOSED, CLOSED_FOR_NOW) and _begins_later(clause, days.as_of)
        for kind, clause in zip(kinds, parts, strict=True)
    )
    told = [
        clause
        for clause, kind in zip(parts, kinds, strict=True)
        if is_state or kind not in (None, OPEN) or clause in resumes or (has_reasons and _REASONS.search(clause))
    ]
    note = "，".join(clause for clause in told if not any(part.uri for part in phone_parts(clause))) or None
    if is_announced:
        return Statement(None, None, note, is_understood=False)
    found = {kind for kind in kinds if kind}
    opens_on = next(filter(None, (read_day_ahead(clause, days.listed_on) for clause in resumes)), None)
    if not found and opens_on and days.as_of and opens_on <= days.as_of:
        return Statement(note=note if is_state else None, is_understood=not is_state)  # it has opened since
    status = agreed(found) or (CLOSED_FOR_NOW if found or resumes else None)
    until = opens_on or _until(parts, days.listed_on)
    is_plain = status == OPEN and set(kinds) == {OPEN} and not _LIMITED.search(text)
    says_more = note and not is_plain and own_word(note) is None
    return Statement(
        status,
        until if status in (CLOSED_FOR_NOW, PLANNED) else None,
        note if says_more else None,
        bool(agreed(found)) if found else bool(resumes) or not is_state,
    )


def agreed(statuses: Iterable[str]) -> str | None:
    """Return the one status that several mean together; ``None`` for none, or for open beside another.

    Closed for good is more than closed for now; what is under construction is closed for now if it says so.
    """
    found = set(statuses)
    if found == {CLOSED, CLOSED_FOR_NOW}:
        return CLOSED
    if found == {PLANNED, CLOSED_FOR_NOW}:
        return PLANNED
    return found.pop() if len(found) == 1 else None


def together(statements: Iterable[Statement]) -> Statement:
    """Return what several statements about one station say together.

    Of statements that contradict each other the station is closed for now, and this is not understood: nobody may
    stand before a locked door because one cell of two was out of date.
    """
    told = [statement for statement in statements if statement != Statement()]
    statuses = {statement.status for statement in told if statement.status}
    status = agreed(statuses)
    notes: list[str] = []
    for note in filter(None, (statement.note for statement in told)):
        if not any(note in other for other in notes):
            notes = [other for other in notes if other not in note] + [note]
    return Statement(
        status or (CLOSED_FOR_NOW if statuses else None),
        next((statement.until for statement in told if statement.until), None)
        if status not in (OPEN, CLOSED)
        else None,
        "，".join(notes) or None,
        all(statement.is_understood for statement in told) and (status is not None or not statuses),
    )


def clauses(text: str) -> list[str]:
    """Split a text at its commas, brackets and other marks."""
    return [clause for part in _CLAUSES.split(text.translate(_WIDE)) if (clause := part.strip(" :.·-—~"))]


_WIDE: Final = str.maketrans("，；（）！／［］：", ",;()!/[]:")


@lru_cache(maxsize=4096)
def _keys(clause: str) -> str:
    """Return a clause in plain form; without blanks where it is not Latin."""
    text = plain(clause).replace("_", " ")
    return text if re.search("[a-z]", text) else text.replace(" ", "")


def _status_of(clause: str, table: _Table) -> str | None:
    key = _keys(clause)
    if len(key) > 60:
        return None
    return next((status for status in _ORDER if table[status].fullmatch(key)), None)


def _is_resumption(clause: str) -> bool:
    key = _keys(clause)
    return bool(_RESUME.fullmatch(key) or _RESUME_EN.fullmatch(key))


def _until(parts: list[str], listed_on: date | None) -> date | None:
    """Return the day after the last one of a closure (暂停至12月31日), or the day of a plan (预计12月31日开放)."""
    for key in map(_keys, parts):
        for pattern in (_FULL_DAY, _SHORT_DAY):
            for match in pattern.finditer(key):
                if _THROUGH.search(key[: match.start()]) and (day := read_day_ahead(match.group(), listed_on)):
                    return day + timedelta(days=1)
                if re.search("预计|计划|即将|拟|将", key[: match.start()]):
                    return read_day_ahead(match.group(), listed_on)
    return None


def _begins_later(clause: str, as_of: date | None) -> bool:
    """Tell whether the first day that a clause names is yet to come: 2027年1月起停用."""
    match = _FIRST_DAY.search(_keys(clause))
    if as_of is None or match is None or _THROUGH.search(match.string[: match.start()]):
        return False
    if match["year"]:
        begins = (int(match["year"]), int(match["month"]), int(match["day"] or 1))
        return begins > (as_of.year, as_of.month, as_of.day)
    ahead = (int(match["month"]) - as_of.month) % 12
    is_later_day = ahead == 0 and int(match["day"] or 0) > as_of.day
    return is_later_day or 0 < ahead <= _MONTHS_AHEAD


_FIRST_DAY: Final = re.compile(
    r"(?<!\d)(?:(?P<year>\d{4})[年./-])?(?P<month>1[0-2]|0?[1-9])(?:月|[./-](?=\d))(?:(?P<day>\d{1,2})[日号]?)?",
    re.ASCII,
)
_MONTHS_AHEAD: Final = 5
"""A month without its year is one to come if it is not farther ahead than this."""


# Answers to a heading

_YES: Final = frozenset(["是", "y", "yes", "√", "✓", "✔", "☑", "true", "对", "有", "예", "はい", "○"])
_NO: Final = frozenset(
    ["否", "n", "no", "×", "✗", "✘", "✖", "x", "false", "不是", "没有", "无", "아니오", "いいえ"]
)
_QUESTION: Final = re.compile(r"是否|能否|可否|有无|여부|^is[ _]?|[?？]")


def _read_answer(text: str, heading: str) -> str | None:
    """Return the status that a yes or a no to a heading means, ``None`` for anything else."""
    question, answer = plain(heading), plain(text).rstrip(".。")
    is_question = bool(_QUESTION.search(question))
    yes, no = (_YES | {"1", "1.0"}, _NO | {"0", "0.0"}) if is_question else (_YES - {"有"}, _NO - {"无", "没有"})
    if answer not in yes | no:
        return None
    asked = re.sub(r"[()\[\]【】].*", "", _QUESTION.sub("", question)).strip()
    asked = re.sub(r"(?:状态|情况|与否|현황|상태)$", "", asked)
    status = _status_of(asked, _IN_COLUMN)
    if status is None:
        return OPEN if not is_question and answer in yes - {"○"} else None
    if answer in yes:
        return status
    if status == OPEN:
        return PLANNED if re.search("建成|完工|竣工", asked) else CLOSED_FOR_NOW
    return OPEN


# Names

_BRACKETED: Final = re.compile(r"\s*[(（【\[〔［]([^()（）【】\[\]〔〕［］]{1,30})[)）】\]〕］]\s*")
_TAIL: Final = re.compile(r"\s*[-—–_－·:：,，\s]+([^-—–_－·:：,，\s()（）]{2,12})$")
_ATTACHED: Final = re.compile(r"(?<=[站家点屋港湾])((?:已|现已|暂时?)[\u3400-\u9fff]{2,6})$")


def split_mark(name: str) -> tuple[str, str | None]:
    """Split a mark such as （已撤销）, 【停用】 or -已关闭 off a name.

    Returns
    -------
    tuple
        The name without it, and the words of the mark; ``None`` without a mark, or where nothing else is left.
    """
    marks: list[str] = []

    def taken(match: re.Match[str]) -> str:
        parts = clauses(match[1])
        if not parts or not all(map(_is_mark, parts)):
            return match.group()
        marks.append(match[1].strip())
        is_between_words = match.start() and match.end() < len(match.string) and match[0] != match[0].strip()
        return " " if is_between_words else ""

    bare = name
    for pattern in (_BRACKETED, _TAIL, _ATTACHED):
        bare = pattern.sub(taken, bare)
    bare = bare.strip()
    return (bare, "，".join(marks)) if marks and bare else (name, None)


def _is_mark(clause: str) -> bool:
    return _is_resumption(clause) or _status_of(clause, _IN_NAME) not in (None, OPEN)


def read_mark(mark: str, days: Days = _NO_DAYS) -> Statement:
    """Read the words of a mark from `split_mark`."""
    return _read(mark, _IN_NAME, days, is_state=True)
