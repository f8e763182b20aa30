"""Names in pinyin without tones, and in initials, as people type them on phones."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from threading import Lock
from typing import Final

# Readings usual in place names where pypinyin prefers another one.
_CHARACTERS: Final = {"长": "chang", "什": "shi", "佛": "fo", "都": "du"}

# Names with irregular readings, most of them in Beijing.
_PHRASES: Final = {
    "朝阳": "chao yang",
    "什刹海": "shi cha hai",
    "大栅栏": "da shi lan",
    "马家堡": "ma jia pu",
    "长子营": "zhang zi ying",
    "柏林寺": "bai lin si",
    "乐家园": "yue jia yuan",
    "演乐": "yan yue",
    "劲松": "jin song",
    "单店": "shan dian",
    "重兴园": "chong xing yuan",
    "孛罗营": "bo luo ying",
    "支行": "zhi hang",
}

_LOADING: Final = Lock()


def pinyin(name: str) -> str:
    """Spell a name as people type it on a phone.

    Parameters
    ----------
    name
        A name in Chinese characters, Latin letters and digits, in any mixture and width.

    Returns
    -------
    str
        Syllables without tones in lower case, one space between them; Latin words and numbers stay whole.
        The vowel of 女 is written ``v``, as on keyboards. Punctuation is left out, so a name of punctuation
        alone gives ``""``. A character without a known reading stays as it is.
    """
    return " ".join(" ".join(_reader()(unicodedata.normalize("NFKC", name))).split())


def initials(pinyin: str) -> str:
    """Shorten pinyin to the first letter of each syllable: ``"dong hua men"`` gives ``"dhm"``.

    Parameters
    ----------
    pinyin
        Syllables separated by spaces, as from the function `pinyin`. Numbers stay whole: ``"13 hao"`` gives
        ``"13h"``.
    """
    return "".join(part if part.isdigit() else part[0] for part in pinyin.split())


def _reader() -> Callable[[str], list[str]]:
    # pypinyin keeps these readings in global state, which two threads must not change at once.
    with _LOADING:
        return _loaded_reader()


@functools.cache
def _loaded_reader() -> Callable[[str], list[str]]:
    # Imported late: it takes a third of a second, and few commands need pinyin.
    from pypinyin import lazy_pinyin, load_phrases_dict, load_single_dict

    load_single_dict({ord(character): syllable for character, syllable in _CHARACTERS.items()})
    load_phrases_dict({name: [[part] for part in reading.split()] for name, reading in _PHRASES.items()})
    return functools.partial(lazy_pinyin, errors=_words)


def _words(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.lower())
