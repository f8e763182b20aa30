"""Detecting the encoding of a text, by its byte order mark or by which decoding gives the likeliest text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from locator.errors import GeodataError, UsageError

CANDIDATES: Final = ("gb18030", "big5", "cp950", "big5hkscs", "cp949")
"""Encodings to try for a text that is not UTF-8: `gb18030` holds GBK and GB 2312, `cp949` holds EUC-KR."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Encodings that may be asked for: Python also knows codecs that are slow, or that turn text into something else.
_ASKED: Final = frozenset(
    codecs.lookup(name).name
    for name in (
        *("ascii", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"),
        *("gb2312", "gbk", "gb18030", "hz", "big5", "cp950", "big5hkscs", "euc-kr", "cp949", "johab"),
        *("shift-jis", "cp932", "euc-jp"),
    )
)
_PIECE: Final = 1 << 22  # bytes
_SAMPLE: Final = 20_000  # characters beyond ASCII that are judged
_BEYOND: Final = re.compile(r"[^\x00-\x7f]")
# The right reading of a list in Chinese or Korean gives 0.4 to 0.9; of European letters, a wrong one gives less.
_SURE: Final = 0.12

# Frequent in running text, in addresses and in the headings of lists: simplified, traditional, both, Korean.
_COMMON: Final = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还"
    "进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产"
    "或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受"
    "目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死"
    "张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运"
    "站址纬称驿街镇乡村县省州京津沪渝广深河湖江城号楼层室座栋园场厅馆店铺超银医校桥服务午周休息热饮微波炉充话联备注编序状态停业营职户劳者暖爱心环卫快递骑手室座椅冷空调厕所药"
    "饭箱微信免费提供线民委办朝阳丰台石景通州顺义昌平兴怀柔谷密云延庆淀宣武崇龙岗福田罗"
    "這個們來為國說時會對於著過發後裡樣經麼學現當沒動麵還進點業將兩間問從實軍無與長機關戰頭體見產話給門聲員論義條氣題爾變總電數報結務場計資許統區隊決馬書則聽界達強難權"
    "設記類據邊張該規萬覺術領傳師觀導爭運請選舉萬幾處認讓識帶號層樓園廳館舖鋪醫橋鄉縣灣臺臺北站址緯稱驛鎮銀務勞環衛飲熱爐開備註編狀態營職聯絡絡週費線辦陽豐順興懷雲慶龍崗羅"
    "東車滙匯灘鐵圖檔巷弄段里鄰鄉眾勤圖書館區公所"
    "이다의에는가을를은로고하지도한자사시기서리나어그있수보대만들인일것정아해스전제장라주부여소구상과원연관신조공성위유국화마경방비터안오문명내미동우금요무려모물생중업세"
    "청개회계행진거도체면때말민선속양영용월음입작적점차치크통트파품하합행현형호활확회후번길읍면군광역특별전화쉼터무더위한파주민센터경로당복지은행도서관교회아파트운영시간평일휴일"
    "이름명칭소재설종류번호비고좌표송파강남북서초마포용산종성노원관악은평구로천양동작랑봉포진시장"
    # Punctuation of East Asian texts.
    "，。、：；！？（）《》〈〉「」『』【】〔〕“”‘’—…·～－／％＋＃＆０１２３４５６７８９　"
)


def decode(raw: bytes, file: str, asked: str | None = None) -> tuple[str, str]:
    """Read the bytes of a file as text.

    Parameters
    ----------
    raw
        All of the file.
    file
        Its name, for messages.
    asked
        An encoding to use whatever the bytes suggest.

    Returns
    -------
    tuple
        The text without byte order mark, and the name of the encoding, which can be asked for.

    Raises
    ------
    UsageError
        If the encoding asked for is not known.
    GeodataError
        If the bytes are not text in it, or in any of the known encodings.
    """
    if asked is not None:
        return _decode_as(raw, file, _known(asked)), _known(asked)
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _decode_as(raw, file, encoding), encoding
    detected = detect([raw], whole=True)
    if detected is None:
        raise _no_text(file)
    return _decode_as(raw, file, detected), detected


def detect_file(path: Path) -> str:
    """Detect the encoding of a file of any length as `decode` does, but a piece at a time.

    Raises
    ------
    GeodataError
        If it is not text in any of the known encodings.
    """
    with path.open("rb") as file:
        piece = file.read(_PIECE)
        for mark, encoding in _MARKS:
            if piece.startswith(mark):
                return encoding
        decoder = codecs.getincrementaldecoder("utf-8")()
        started = True
        try:
            while piece:
                decoder.decode(piece)
                piece, started = file.read(_PIECE), False
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            sample = piece + file.read(_PIECE)
            # Whole lines, for a piece may begin and end within a character.
            whole = sample if started else sample.partition(b"\n")[2]
            detected = detect([whole.rpartition(b"\n")[0] if len(sample) >= _PIECE else whole], whole=True)
            if detected is None:
                raise _no_text(path.name) from None
            return detected
    return "utf-8"


def not_in(encoding: str, file: str, fault: UnicodeError) -> GeodataError:
    """Return the error for a file that is not in the expected encoding."""
    return GeodataError(
        "{file} is not text in {encoding} at byte {place}: it is cut off, damaged, or in another encoding. "
        "Leave the encoding out to have it found, or save the file as CSV in UTF-8.",
        file=file,
        encoding=encoding,
        place=getattr(fault, "start", 0) + 1,
    )


def detect(pieces: Sequence[bytes], *, whole: bool, stated: str | None = None) -> str | None:
    """Detect the encoding that some texts share.

    Parameters
    ----------
    pieces
        The bytes of each text.
    whole
        Whether a text must not end within a character; a field of fixed width may cut one.
    stated
        The encoding that is declared, which may be wrong.

    Returns
    -------
    str | None
        ``utf-8`` if all decode as UTF-8, as texts in other encodings hardly ever do; else the stated one, unless
        another gives far more of the characters that are frequent in lists; else the one that gives most.
    """
    if _reads(pieces, "utf-8", whole) is not None:
        return "utf-8"
    scores = {name: _score(text) for name in CANDIDATES if (text := _reads(pieces, name, whole)) is not None}
    best = max(scores, key=lambda name: scores[name], default=None)
    if best is not None and scores[best] < _SURE:
        best = None
    given = find_codec(stated or "")
    text = None if given is None else _reads(pieces, given, whole)
    if text is None or (best is not None and scores[best] >= _score(text) + 2 * _SURE):
        return best
    return given


def find_codec(name: str) -> str | None:
    """Return Python's name of an encoding; ``None`` if it is unknown or hardly in use."""
    try:
        codec = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return None
    return codec if codec in _ASKED else None


def _no_text(file: str) -> GeodataError:
    return GeodataError(
        "{file} is not text in UTF-8, UTF-16, GB18030, Big5 or CP949: it is cut off, or in another encoding. "
        "Give the encoding, or save it as CSV in UTF-8.",
        file=file,
    )


def _known(name: str) -> str:
    """Return Python's name of an encoding, or refuse it."""
    codec = find_codec(name)
    if codec is None:
        raise UsageError(
            'Encoding must be one that is known, not "{value}". Give utf-8, gb18030, big5 or cp949.', value=name
        )
    return codec


def _decode_as(raw: bytes, file: str, encoding: str) -> str:
    try:
        return raw.decode(encoding).removeprefix("\ufeff")
    except UnicodeError as fault:
        raise not_in(encoding, file, fault) from None


def _reads(pieces: Sequence[bytes], encoding: str, whole: bool) -> str | None:
    """Decode texts strictly and join them; ``None`` if one cannot be decoded."""
    try:
        return "\n".join(_strictly(pieces, encoding, whole))
    except UnicodeError:
        return None


def _strictly(pieces: Iterable[bytes], encoding: str, whole: bool) -> list[str]:
    if whole:
        return [piece.decode(encoding) for piece in pieces]
    decoder = codecs.getincrementaldecoder(encoding)
    return [decoder().decode(piece) for piece in pieces]


def _score(text: str) -> float:
    """Return the share of frequent characters among those beyond ASCII, minus that of unlikely ones."""
    beyond = [match[0] for match in islice(_BEYOND.finditer(text), _SAMPLE)]
    if not beyond:
        return 1.0
    points = sum(1.0 if sign in _COMMON else -1.0 if _is_odd(sign) else 0.0 for sign in beyond)
    return points / len(beyond)


def _is_odd(sign: str) -> bool:
    """Tell whether a character is unlikely: control, private use, surrogate, or of another script."""
    return (
        "\x80" <= sign < "\u00a0" or "\u0370" <= sign < "\u1100" or "\ue000" <= sign < "\uf900" or sign > "\uff9f"
    )
