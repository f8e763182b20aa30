"""The name of a list: what is left of a file's name without that which changes from month to month."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePath
from typing import Final

from locator.language.characters import letters

SOURCE_LETTERS: Final = 80
"""The longest name of a list, in characters."""

_SUFFIX: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}$")
_NUMERALS: Final = "〇零一二三四五六七八九十"
_MONTHS: Final = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
_PART: Final = "(?:底|末|初|中旬|上旬|下旬)?"
_DATES: Final = (
    r"(?:截至|截止|截止到)(?=\D{0,2}\d)",
    r"(?:19|20)\d\d\s*[-_.年년/]?\s*(?:0?[1-9]|1[0-2])\s*[-_.月월/]\s*(?:0?[1-9]|[12]\d|3[01])(?!\d)\s*[日号일]?",
    r"(?<!\d)(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?(?!\d)",
    r"(?<!\d)(?:19|20)\d\d\s*[-_./]\s*(?:0?[1-9]|1[0-2])(?!\d)",
    r"(?<!\d)(?:19|20)?\d\d\s*[年년]度?",
    rf"[二一][{_NUMERALS}]{{3}}年度?",
    # 五月花 and 十月大街 are places; 十一月 and 五月份 are months.
    rf"(?:(?<!\d)\d{{1,2}}|十[一二])\s*[月월]份?(?:\s*\d{{1,2}}\s*[日号일])?{_PART}",
    rf"(?<![{_NUMERALS}])[一二三四五六七八九十]月(?:份|(?=$|[\s_)\-]))(?:\s*\d{{1,2}}\s*[日号])?{_PART}",
    r"(?<!\d)\d{1,2}[.-]\d{1,2}(?=\s*(?:更新|修改|修订|版|稿))",
    rf"第?[{_NUMERALS}\d]{{1,2}}\s*季度|第[{_NUMERALS}\d]{{1,3}}\s*周",
    r"(?:上|下)半年",
    r"(?<![a-z0-9])q[1-4](?![a-z0-9])",
    rf"(?<![a-z])(?:{_MONTHS})(?![a-z])\.?",
    r"(?<!\d)(?:19|20)\d\d(?!\d)",
)
_VERSIONS: Final = (
    r"(?:最[新终終后後]|终极|正式|修[改订訂]|更[新正]|调整|校对|审核|送审|上报|报送|定|终|終|初|新|旧|草)[后後]?的?(?:版本?|稿)\s*\d{0,3}",
    r"(?:已|再次|第?[一二三四五六七八九十\d]次)?(?:最新|最终|最終|修改|修订|更新|更正)(?:后|過|过)?\s*\d{0,3}",
    r"副本|複本|复件|拷贝|备份|備份|사본|복사본|コピー|최종|수정본?|최신|確定版|修正版",
    r"(?<![a-z])(?:v|ver|version|rev|revision)\s*\.?\s*\d+(?:\.\d+)*(?![a-z0-9])",
    r"(?<![a-z])(?:copy\s+of|copy|copies|final|latest|newest|new|updated?|revised|backup|draft)(?![a-z])\s*\d{0,3}",
)
_CHANGING: Final = re.compile("|".join((*_DATES, *_VERSIONS)), re.IGNORECASE)
_COPY_NUMBER: Final = re.compile(r"\s*[(\[]\s*\d{1,3}\s*[)\]]")
_BRACKETED: Final = re.compile(r"([(\[{【〔《「『<])([^()\[\]{}【】〔〕《》「」『』<>]*)([)\]}】〕》」』>])")
_ALONE: Final = re.compile(r"(?:新|旧|改|修|终|定|全|完整版?|必看|重要|待审|已审|盖章版?|公开版?|公示版?)?")
"""What says nothing if it stands alone in brackets."""
_ENDS: Final = re.compile(
    r"(?:基本|信息|情况|明细|统计|登记|基础|点位|汇总|匯總)*"
    r"(?:[汇匯][总總]表?|统计表?|一[览覽]表?|明细表?|信息表?|登记表?|情况表?|点位表|名[单單]|清[单單]|台[账帳]|列表|名录|花名册|总?表)$"
)
_LEAST: Final = 2
_JOINERS: Final = " \t_-.,、，—–·+&~"


def source_of(name: str, known: Iterable[str] = ()) -> str:
    """Name a list after its file, without dates, versions and copy numbers, which change from month to month.

    What tells two lists apart stays: districts (also in brackets), kinds of stations, departments, and numbers
    that are neither a date nor a version, such as those of batches.

    Parameters
    ----------
    name
        The name of a file.
    known
        The names of the lists that there are. One that is the same but for what changes and for words such as
        汇总表 and 名单 is preferred to a new name.

    Returns
    -------
    str
        At most `SOURCE_LETTERS` characters; never empty unless the file has no name.
    """
    stem = _stem(name)
    kept = _without_changes(stem) or stem
    made = _without_end(kept)
    key = list_key(made)
    alike = [one for one in dict.fromkeys(known) if list_key(one) == key]
    if made in alike or len(alike) != 1:
        return made[:SOURCE_LETTERS].strip()
    return alike[0]


def list_key(name: str) -> str:
    """Return a text that is the same for the names of one list in different months, scripts and widths."""
    kept = _without_changes(_stem(name)) or name
    return letters(_without_end(kept)) or name


def _without_end(text: str) -> str:
    """Leave out 汇总表, 名单 and the like at the end, unless little else is left."""
    kept = _ENDS.sub("", text).strip(_JOINERS)
    return kept if len(kept) >= _LEAST else text


def _stem(name: str) -> str:
    stem = PurePath(name.replace("\\", "/")).name
    while (match := _SUFFIX.search(stem)) and match.start() > 0:
        stem = stem[: match.start()]
    return unicodedata.normalize("NFKC", stem).strip()


def _without_changes(stem: str) -> str:
    text = _COPY_NUMBER.sub("", stem)
    text = _BRACKETED.sub(_open_bracket, text)
    text = _CHANGING.sub(" ", text)
    text = re.sub(rf"[{re.escape(_JOINERS)}]*\s[{re.escape(_JOINERS)}]*", " ", text)
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", text.strip(_JOINERS)).strip(_JOINERS)


def _open_bracket(match: re.Match[str]) -> str:
    """Leave out a bracket whose content changes; take others away from their content."""
    kept = _CHANGING.sub("", match[2]).strip(_JOINERS)
    return " " if _ALONE.fullmatch(kept) else f" {match[2]} "
