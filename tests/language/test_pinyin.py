"""Pinyin and initials of names, against readings looked up by hand (the names on Beijing's metro signs)."""

from __future__ import annotations

import subprocess
import sys

import pytest

from locator.language.pinyin import initials, pinyin


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("东华门", "dong hua men"),
        ("朝阳门", "chao yang men"),
        ("朝阳门街道暖心驿站", "chao yang men jie dao nuan xin yi zhan"),
        ("北京市朝阳区", "bei jing shi chao yang qu"),
        ("朝外", "chao wai"),
        ("虎坊路", "hu fang lu"),
        ("广安门", "guang an men"),
        ("什刹海", "shi cha hai"),
        ("西城区什刹海街道", "xi cheng qu shi cha hai jie dao"),
        ("什坊院", "shi fang yuan"),
        ("大栅栏", "da shi lan"),
        ("十里堡", "shi li pu"),
        ("马家堡", "ma jia pu"),
        ("八里庄", "ba li zhuang"),
        ("八宝山", "ba bao shan"),
        ("吴家场", "wu jia chang"),
        ("马驹桥", "ma ju qiao"),
        ("潭柘寺", "tan zhe si"),
        ("长辛店", "chang xin dian"),
        ("长阳", "chang yang"),
        ("长椿街", "chang chun jie"),
        ("长哨营", "chang shao ying"),
        ("长子营", "zhang zi ying"),
        ("佛子庄", "fo zi zhuang"),
        ("石佛营", "shi fo ying"),
        ("首都机场", "shou du ji chang"),
        ("柏林寺", "bai lin si"),
        ("乐家园", "yue jia yuan"),
        ("单店", "shan dian"),
        ("西单", "xi dan"),
        ("劲松", "jin song"),
        ("蒲黄榆", "pu huang yu"),
        ("车公庄", "che gong zhuang"),
        ("回龙观", "hui long guan"),
        ("垡头", "fa tou"),
        ("漷县", "huo xian"),
        ("台湖", "tai hu"),
        ("莘庄", "xin zhuang"),
        ("番禺", "pan yu"),
        ("厦门", "xia men"),
        ("某某大厦", "mou mou da sha"),
    ],
)
def test_places_are_spelt_as_their_people_call_them(name: str, expected: str) -> None:
    """Places whose characters have several readings."""
    assert pinyin(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("银行支行", "yin hang zhi hang"),
        ("行宫", "xing gong"),
        ("校长", "xiao zhang"),
        ("长城", "chang cheng"),
        ("什么", "shen me"),
        ("母婴关爱室", "mu ying guan ai shi"),
        ("女工绿地", "nv gong lv di"),
    ],
)
def test_common_words_keep_their_reading(name: str, expected: str) -> None:
    """The readings for places do not spoil other words."""
    assert pinyin(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("暖·空间", "nuan kong jian"),
        ("“暖·空间”, 南锣鼓巷13号", "nuan kong jian nan luo gu xiang 13 hao"),
        ("\uff17号店\uff37\uff29\uff26\uff29", "7 hao dian wifi"),
        ("CBD 核心区_B2", "cbd he xin qu b2"),
        ("  \u3000 ", ""),
        ("——·!", ""),
        ("", ""),
        ("\U00020bb7野家", "\U00020bb7 ye jia"),
    ],
)
def test_latin_and_digits_stay_and_punctuation_goes(name: str, expected: str) -> None:
    """Mixed names; full-width letters are folded; a character without a reading stays."""
    assert pinyin(name) == expected


@pytest.mark.parametrize(
    ("spelt", "expected"),
    [("dong hua men", "dhm"), ("nan luo gu xiang 13 hao", "nlgx13h"), ("cbd", "c"), ("", "")],
)
def test_initials_take_the_first_letter_and_whole_numbers(spelt: str, expected: str) -> None:
    """What somebody types who is in a hurry."""
    assert initials(spelt) == expected


def test_importing_the_module_does_not_import_pypinyin() -> None:
    """Starting the service does not wait for a dictionary that only names need."""
    code = "import sys, locator.language.pinyin; sys.exit('pypinyin' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_many_may_ask_at_once_from_the_start() -> None:
    """In a new process eight threads spell a name at the same moment, and all have the same answer."""
    program = (
        "import threading; from locator.language.pinyin import pinyin; said = []; gate = threading.Barrier(8)\n"
        "def ask():\n    gate.wait(); said.append(pinyin('东华门'))\n"
        "threads = [threading.Thread(target=ask) for _ in range(8)]\n"
        "[thread.start() for thread in threads]; [thread.join() for thread in threads]; print(said)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == repr(["dong hua men"] * 8)
    assert found.stderr == ""
