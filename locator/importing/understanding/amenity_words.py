"""Words in lists for amenities, and for whether there is one, in Chinese, English and Korean."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from locator.files.cells import as_text, is_empty, shortened
from locator.language.catalogue import languages
from locator.language.characters import plain
from locator.stations.schema import AMENITIES, NO, YES

Answers = dict[str, str]
"""Amenity word to ``yes`` or ``no``."""

_LONGEST_TOKEN, _LONGEST_LIST = 80, 2000

# Amenities to the words that certainly mean them, with commas between: English names contain blanks.
_TABLE: Final[tuple[tuple[str, str], ...]] = (
    (
        "seats",
        "歇脚,歇歇脚,歇息,小憩,座椅,椅子,椅,沙发,凳子,座位,坐椅,长椅,长凳,座凳,座席,seat,seats,seating,chair,chairs,sofa,의자",
    ),
    ("tables", "桌子,桌,餐桌,书桌,table,tables,desk,테이블"),
    ("tables seats", "桌椅,餐桌椅,桌凳,tables and chairs"),
    (
        "drinking_water",
        (
            "饮水,饮水机,饮用水,直饮水,直饮机,直饮水机,热水,开水,温水,凉水,纯净水,矿泉水,瓶装水,茶水,"
            "供水,喝水,喝喝水,喝口水,喝热水,喝茶,接水,饮水设备,饮水设施,净水器,净水机,开水机,热水供应,水,"
            "drink,drinks,drinking,drinking "
            "water,water,water dispenser,hot water,정수기,식수,음용수,냉온수기,생수"
        ),
    ),
    ("kettle", "热水壶,电水壶,电热水壶,烧水壶,水壶,kettle,전기포트"),
    (
        "microwave",
        (
            "微波炉,热饭,热热饭,热菜,热餐,热饭菜,餐饮加热,餐食加热,热饭服务,饭菜加热,加热饭菜,食物加热,加热食物,"
            "microwave,microwave oven,전자레인지"
        ),
    ),
    ("fridge", "冰箱,冰柜,冷藏柜,电冰箱,fridge,refrigerator,냉장고"),
    (
        "heating",
        (
            "取暖,保暖,烤火,暖气,供暖,取暖器,电暖气,电暖器,暖风机,地暖,取暖设备,取暖设施,heating,heater,heat,"
            "난방,난방기,히터,난로"
        ),
    ),
    (
        "air_conditioning",
        "空调,空调机,冷气,纳凉,乘凉,避暑,降温,消暑,ac,a/c,air conditioning,air conditioner,aircon,에어컨,냉방기",
    ),
    ("air_conditioning heating", "冷暖空调,冷暖设备,冷暖设施,냉난방기"),
    (
        "toilet",
        "卫生间,厕所,洗手间,公厕,公共厕所,公共卫生间,如厕,上厕所,toilet,toilets,restroom,wc,washroom,화장실",
    ),
    ("wifi", "wifi,wi-fi,无线网,无线网络,无线上网,上wifi,连wifi,无线wifi,免费网络,上网,wlan,와이파이"),
    (
        "phone_charging",
        (
            "手机充电,充电,充充电,充电宝,共享充电宝,充电器,手机充电器,充电线,数据线,充电插座,电源插座,插座,"
            "充电柜,充电设备,充电设施,手机充电站,手机充电桩,无线充电,charging,charger,chargers,phone "
            "charging,phone_charging,power bank,휴대폰충전,충전기,휴대폰충전기"
        ),
    ),
    ("tyre_pump", "打气筒,气筒,充气泵,打气泵,充气筒,打气,充气,tyre pump,tire pump,bike pump,pump"),
    ("umbrellas", "雨伞,爱心伞,爱心雨伞,便民伞,便民雨伞,伞,借伞,用伞,umbrella,umbrellas,우산"),
    (
        "first_aid_kit",
        (
            "急救箱,急救包,药箱,医药箱,医疗箱,急救药箱,应急药箱,应急药品,急救药品,常用药品,常备药品,"
            "药品,用药,上药,医药包,医疗包,小药箱,急救用品,first aid,first "
            "aid kit,first-aid kit,first_aid,medical kit,구급함,구급상자,구급약"
        ),
    ),
    ("cold_relief", "防寒药品,防寒药,感冒药,防寒保暖药品,cold relief,cold-relief medicine"),
    (
        "heat_relief",
        "防暑药品,防暑药,防暑降温药品,防暑降温药,清凉油,藿香正气水,藿香正气,heat relief,heat-relief medicine",
    ),
    ("lockers", "储物柜,寄存柜,存包柜,更衣柜,置物柜,存物柜,存包,寄存,储物,locker,lockers,사물함"),
    (
        "books",
        "书报,图书,书籍,书刊,报刊,报纸,杂志,图书角,书报架,报刊架,报刊杂志,阅读角,书架,阅读,阅览,读书,读书阅览,看看书,看书,看报,读报,读书看报,book,books,newspapers,도서",
    ),
    ("needle_and_thread", "针线包,针线盒,针线,缝补,needle and thread,sewing kit"),
    ("nursing_room", "母婴室,母婴关爱室,哺乳室,母婴间,nursing room,mother and baby room,수유실"),
    ("shower", "淋浴,淋浴间,淋浴室,洗澡,沐浴,沐浴间,洗浴,shower,showers,샤워실"),
    ("washing_machine", "洗衣机,washing machine,washer,세탁기"),
    (
        "ebike_parking",
        "电动车停放,电动车停车,电动自行车停放,电瓶车停放,电动车停放处,电动车停放点,e-bike parking",
    ),
    ("battery_swap", "换电,换电柜,电池更换,电动车换电,battery swap,battery swapping"),
    # The standard leaves open whether a fridge or a toilet is the seventh.
    ("seats tables microwave drinking_water heating air_conditioning first_aid_kit", "七个一,7个一,“七个一”"),
)
# Words before or after an amenity; signs only after it.
_NOT: Final = (
    "不可,不能,无法,未设,未设置,没有,没,无,不含,不提供,未提供,未配备,未配置,未配,不具备,暂无,暂未配备,缺,缺少,no,not,"
    "without,없음,무"
)
_NOT_SIGNS: Final = "❌,☒,×,✗,✘,✖,x,否,n,false"
_HAS: Final = (
    "有,提供,提供了,配备了,设置,设置了,已设置,安装,已安装,安装了,增设,新增,配备,配有,设有,含,具备,已配备,备有,"
    "配置,已配置,可提供,yes,has,with,있음,유"
)
_HAS_SIGNS: Final = "✅,⭕,◯,√,✓,✔,☑,是,y,true"
_FILLERS: Final = (
    "可,可以,能,能够,均,都,皆,还,齐全,完备,共,约,全天,配套,配套设施,"
    "自行车,非机动车,免费,智能,便民,休息,公共,爱心,应急,简易,冷热,自助,共享,多功能,常用,室内,小型,大型,独立,"
    "无障碍,休闲,全自动,可借,可借用,借用,等,等设施,等设备,等物品,等服务,设施,设备,服务,物品,"
    "工具,用品,供应,使用,公用,各类,各种,台,个,套,张,把,部,只,条,处,间,组,若干,一,二,两,三,四,"
    "五,六,七,八,九,十,几,数,free,the,a,an,的,:,=,(,),.,。,!,•,-,*,#"
)

_MEANINGS: Final[dict[str, tuple[str, ...]]] = {
    plain(word): tuple(meaning.split()) for meaning, words in _TABLE for word in words.split(",")
} | {
    plain(text): (word,)
    for word, label in AMENITIES.items()
    for text in (word, word.replace("_", " "), *map(label.to, languages()))
}
_SIGN_OF: Final[dict[str, str]] = {
    **{plain(word): "-" for word in _NOT.split(",")},
    **{plain(word): "-<" for word in _NOT_SIGNS.split(",")},
    **{plain(word): "+" for word in _HAS.split(",")},
    **{plain(word): "+<" for word in _HAS_SIGNS.split(",")},
}
_FILLER_SET: Final = frozenset(map(plain, _FILLERS.split(",")))
_COUNT: Final = r"(?P<count>(?:[×x*] ?)?\d+)(?![\d:.])"


def _alternatives(words: Iterable[str]) -> str:
    """Return a pattern of words, the longest first; Latin words match only as whole words."""
    return "|".join(
        (r"(?<![a-z])" if re.match("[a-z]", word) else "")
        + re.escape(word)
        + (r"(?![a-z])" if re.search("[a-z]$", word) else "")
        for word in sorted(words, key=len, reverse=True)
    )


_PIECE: Final = re.compile(
    f"24小时|{_COUNT}|(?P<known>{_alternatives({*_MEANINGS, *_SIGN_OF, *_FILLER_SET})})|(?P<blank> )", re.ASCII
)
_STRONG: Final = re.compile(r"[,;。|\n\t\[\]{}'\"+·]|/(?!c\b)")
_WEAK: Final = re.compile("、")
_NUMBERED: Final = re.compile(r"(?:^|(?<=[ ,;。]))\d{1,2}(?:[.、)] ?)(?=\D)", re.ASCII)
_TOGETHER: Final = re.compile("[和及与或&]|以及")

_YES_WORDS: Final = frozenset(
    plain(word) for word in f"{_HAS},{_HAS_SIGNS},1,t,有的,若干,o,○,●,예,가능".split(",")
)
_NO_WORDS: Final = frozenset(plain(word) for word in f"{_NOT},{_NOT_SIGNS},0,f,none,불가".split(","))


# The union's phrases say what a station is good for: 冷可取暖、热可纳凉、渴可喝水、累可歇脚、饭可加热.
_PHRASE: Final = re.compile(
    "(?:饭菜?|餐|饿)(?:凉|冷)?[了时]?(?:可以?|能够?|有处)(?P<meal>加热|热)(?!饭|菜|餐)"
    "|急[了时]?(?:可以?|能够?)(?P<relief>方便)"
    "|[累乏困疲]倦?[了时]?(?:可以?|能够?|有处)(?P<rest>休息|歇|坐)(?!脚|息)"
    "|(?:内急|没电|无电|[冷热渴累饭餐饿急电伤病闷闲雨乏困疲寒暑冬夏车书物衣网])[了时]?(?:可以?|能够?|有处)(?=[\u4e00-\u9fff])"
)


_NAMED_BY: Final = {"meal": "微波炉", "relief": "如厕", "rest": "座椅"}


def _without_phrases(text: str) -> str:
    """Return a text with the amenity in place of the phrase: 取暖 for 冷可取暖, 微波炉 for 饭可加热."""
    return _PHRASE.sub(lambda match: _NAMED_BY.get(match.lastgroup or "", ""), text)


def amenities_in(text: str) -> tuple[str, ...] | None:
    """Return the amenities that a word means, ``None`` if it is no word for any."""
    return _MEANINGS.get(_without_phrases(plain(text)))


def read_answer(value: Any) -> str | None:
    """Read a cell in the column of one amenity as ``yes`` or ``no``; ``None`` where it is neither.

    Parameters
    ----------
    value
        A sign or a word such as 有, 无, √, ×, Y, no, true; or a number of items.
    """
    text = plain(as_text(value)).replace("\ufe0f", "")
    if text in _YES_WORDS:
        return YES
    if text in _NO_WORDS:
        return NO
    if re.fullmatch(r"\d{1,4}(?:\.0)? ?[台个套张把部只处间组대개]?", text, re.ASCII):
        return YES if re.search("[1-9]", text) else NO
    return _answer_in_words(text)


def _answer_in_words(text: str) -> str | None:
    """Read 有（2台）, 暂无空调 or 微波炉1台, which have one sign, or an amenity or a number without any."""
    tokens = _tokens(_without_notes(text))
    if len(text) > _LONGEST_TOKEN or tokens is None:
        return NO if text.partition("(")[0] in _NO_WORDS else None
    signs = {token[0] for token in tokens if isinstance(token, str)}
    if not signs:
        return YES if _has_amenity(tokens) or re.search("[1-9]", text) else None
    return (YES if signs == {"+"} else NO) if len(signs) == 1 else None


def read_amenities(value: Any) -> tuple[Answers, dict[str, str | None]]:
    """Read a list of amenities in words.

    Parameters
    ----------
    value
        A text with any separators (饮水机、微波炉；无空调), a list of texts, or an object such as
        ``{"wifi": true}``, also as JSON.

    Returns
    -------
    tuple
        Amenity word to ``yes`` or ``no``, without those that have both answers; and each piece of the text to its
        meaning, ``None`` where it was not understood as a whole.
    """
    pieces = [piece for item in _items(value) for piece in _read_item(item)]
    answers: Answers = {}
    disputed = set()
    for _, meaning in pieces:
        for word, answer in (meaning or {}).items():
            if answers.setdefault(word, answer) != answer:
                disputed.add(word)
    kept = {word: answers[word] for word in AMENITIES if word in answers and word not in disputed}
    return kept, {shortened(text, _LONGEST_TOKEN): _in_words(meaning) for text, meaning in pieces}


def _in_words(answers: Answers | None) -> str | None:
    """Return answers as a short text: ``microwave, air_conditioning: no``."""
    if not answers:
        return None
    return ", ".join(word if answer == YES else f"{word}: {answer}" for word, answer in answers.items())


def _items(value: Any) -> Iterator[str]:
    """Yield the texts of a cell; a member of an object as ``wifi: yes``."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        value = _parsed(value)
    if isinstance(value, dict):
        for word, answer in value.items():
            sign = read_answer(answer)
            yield f"{as_text(word)}: {sign or as_text(answer) or '?'}"
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _items(item) if isinstance(item, dict) else [as_text(item)]
    elif isinstance(value, str):
        yield from filter(None, map(as_text, value.splitlines()))
    elif not is_empty(value):
        yield as_text(value)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _read_item(text: str) -> Iterator[tuple[str, Answers | None]]:
    """Read one text: a known phrase, or pieces between separators."""
    if is_empty(text):
        return
    if len(text) > _LONGEST_LIST:
        yield text, None
    elif meaning := amenities_in(text):
        yield text, dict.fromkeys(meaning, YES)
    elif exception := _EXCEPT.fullmatch(plain(text)):
        yield from _read_exception(exception)
    else:
        groups = [*filter(str.strip, _STRONG.split(_NUMBERED.sub(",", _without_notes(plain(text)))))]
        for group, behind in zip(groups, [*groups[1:], ""], strict=True):
            if _is_denial(behind):
                yield from _denied(group)
            else:
                yield from _read_group(group)


def _is_denial(text: str) -> bool:
    """Tell whether a text is a 无 alone, which is about what stands before it."""
    tokens = _tokens(text)
    return bool(tokens) and all(isinstance(token, str) and token[0] == "-" for token in tokens or ())


def _denied(text: str) -> Iterator[tuple[str, Answers | None]]:
    """Read 空调 in 空调，无; of several amenities it may be about the last alone."""
    pieces = list(_read_group(text))
    for piece, meaning in pieces:
        yield piece, dict.fromkeys(meaning, NO) if meaning and len(pieces) == 1 else None


_NOTE: Final = re.compile(r"\(([^()]*)\)")
_CHANGES_MEANING: Final = re.compile("坏|损|修|停|无|不|未|缺|待|没|暂|除|仅|否|计划|拟|内部|[x×✗✘✖❌]|no")


def _without_notes(text: str) -> str:
    """Leave out notes in brackets that change nothing: 微波炉(自备餐具), but neither 微波炉(坏) nor 设备(空调)."""
    return _NOTE.sub(lambda note: "" if _is_harmless(note[1]) else note[0], text)


def _is_harmless(note: str) -> bool:
    return _tokens(note) is None and not _CHANGES_MEANING.search(note) and not _AMENITY.search(note)


_AMENITY: Final = re.compile(_alternatives(_MEANINGS))
_EXCEPT: Final = re.compile("除了?(?P<except>.{1,40}?)(?:以外|之外|外)[,;。]? ?(?P<rest>.*)")
_BESIDES: Final = re.compile("(?:还|另|也|并)(?:还|另)?(?:有|配|设|提供|可)?")
_ALL_OTHERS: Final = re.compile(
    "(?:其[他余它])?(?:设施|设备|物品)?(?:均|都|全部?|一应)?(?:有|配备|具备|具有|提供|齐全|俱全|完备)了?"
)


def _read_exception(match: re.Match[str]) -> Iterator[tuple[str, Answers | None]]:
    """Read 除空调外，设施齐全 (all but) and 除空调外，还有微波炉 (besides); anything else is not certain."""
    named = list(_read_group(match["except"]))
    if besides := _BESIDES.match(match["rest"]):
        yield from named
        yield from _read_item(match["rest"][besides.end() :])
    elif _ALL_OTHERS.fullmatch(match["rest"]):
        yield from ((text, meaning and dict.fromkeys(meaning, NO)) for text, meaning in named)
        yield match["rest"], None
    else:
        yield match[0], None


def _read_group(text: str) -> Iterator[tuple[str, Answers | None]]:
    """Read pieces with 、 between them."""
    is_denied = False
    for piece in filter(None, map(str.strip, _WEAK.split(text))):
        # In 无空调、微波炉 it is not certain whether the microwave is missing too.
        is_unsure = is_denied and not _SIGNED.search(piece)
        for part in _parts(piece):
            tokens = _tokens(part)
            if tokens is None or _has_amenity(tokens):  # not for 无 alone, or 等设施
                yield part, None if is_unsure or tokens is None else _signed(tokens)
        is_denied = is_denied or bool(_PREFIXED_NOT.match(piece))


_PREFIXED_NOT: Final = re.compile(f"(?:{_alternatives(map(plain, _NOT.split(',')))})(?!线|障碍|电[可能有])")
_SIGNED: Final = re.compile(_alternatives(_SIGN_OF))


def _parts(text: str) -> list[str]:
    """Split a text at blanks, but not before a sign or between Latin words."""
    parts: list[str] = []
    for part in filter(None, re.split(r"(?<![a-z]) | (?![a-z])", text)):
        tokens = _tokens(part)
        if parts and tokens and not _has_amenity(tokens):
            parts[-1] += f" {part}"
        else:
            parts.append(part)
    return parts


def _has_amenity(tokens: Iterable[tuple[str, ...] | str]) -> bool:
    return any(isinstance(token, tuple) for token in tokens)


def _tokens(text: str) -> list[tuple[str, ...] | str] | None:
    """Return amenities (tuples of words) and signs in order, ``None`` if the text has anything else."""
    tokens: list[tuple[str, ...] | str] = []
    position = 0
    text = _TOGETHER.sub(" ", _without_phrases(text.replace("\ufe0f", "")))
    while position < len(text):
        match = _PIECE.match(text, position)
        if match is None:
            return None
        position = match.end()
        if match["count"]:
            tokens += [] if re.search("[1-9]", match["count"]) else ["-<"]
        elif word := match["known"]:
            tokens += [_MEANINGS[word]] if word in _MEANINGS else [_SIGN_OF[word]] if word in _SIGN_OF else []
    return tokens


def _signed(tokens: list[tuple[str, ...] | str]) -> Answers:
    """Give each amenity its sign: the one after it if the text ends with a sign, else the one before it."""
    is_behind = bool(tokens) and isinstance(tokens[-1], str)
    ordered = [*reversed(tokens)] if is_behind else tokens
    answers: Answers = {}
    sign = YES
    for token in ordered:
        if isinstance(token, str):
            sign = NO if token.startswith("-") else YES
        else:
            answers |= dict.fromkeys(token, sign)
    return answers
