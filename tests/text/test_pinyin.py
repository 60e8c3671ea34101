"""Pinyin spelling, numerals and the compiled lexicon."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_tts.errors import StoreError
from edge_tts.text.lexicon import DATA, Lexicon, lexicon
from edge_tts.text.normalization.numerals import cardinal, number
from edge_tts.text.pinyin import decode, encode, parse, spell
from edge_tts.text.reading.segment import cut

SPELLINGS = """
yi1 - i 1
wu3 - u 3
yuan2 - van 2
you3 - iou 3
yun4 - vn 4
ye3 - ie 3
wen4 - uen 4
weng1 - ueng 1
yong4 - iong 4
jun1 j vn 1
ju2 j v 2
xue2 x ve 2
quan2 q van 2
lve4 l ve 4
lv4 l v 4
nv3 n v 3
zhi1 zh i 1
ri4 r i 4
er2 - er 2
gui4 g uei 4
dun4 d uen 4
liu2 l iou 2
a5 - a 5
zhuang4 zh uang 4
jiong3 j iong 3
"""


@pytest.mark.parametrize("line", SPELLINGS.strip().splitlines())
def test_a_spelling_is_parsed_and_spelled_back(line: str) -> None:
    syllable, initial, final, tone = line.replace("-", "").split(" ")
    assert parse(syllable) == (initial, final, int(tone))
    assert f"{spell(initial, final)}{tone}" == syllable
    assert decode(encode(syllable)) == parse(syllable)


@pytest.mark.parametrize(("other", "usual"), [("nü3", "nv3"), ("lue4", "lve4"), ("ng2", "en2"), ("de", "de5")])
def test_other_spellings_mean_the_usual_syllable(other: str, usual: str) -> None:
    assert parse(other) == parse(usual)


@pytest.mark.parametrize("wrong", ["", "5", "xx1", "hello", "ma6", "ma0", "bvan1x"])
def test_what_is_no_syllable_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="expected a pinyin syllable"):
        parse(wrong)


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ("0", "零"), ("10", "十"), ("15", "十五"), ("110", "一百一十"), ("1001", "一千零一"), ("2002", "两千零二"),
        ("10305", "一万零三百零五"), ("22000", "两万二千"), ("150000", "十五万"), ("200000000", "两亿"),
        ("1500000000000", "一万五千亿"), ("-0.50", "负零点五零"), ("1,234.5", "一千二百三十四点五"),
    ],
)  # fmt: skip
def test_numbers_are_read_in_chinese(figures: str, words: str) -> None:
    assert number(figures) == words


def test_numbers_too_long_to_grasp_are_read_digit_by_digit() -> None:
    assert cardinal("1" * 17) == "一" * 17


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("中国人民银行行长", "中国人民银行 行长"),
        ("我爱北京天安门", "我 爱 北京 天安门"),
        ("研究生命的起源", "研究 生命 的 起源"),
    ],
)
def test_text_is_cut_into_the_most_probable_words(text: str, words: str) -> None:
    assert " ".join(cut(text, lexicon())) == words


def test_the_lexicon_is_mapped_and_not_copied() -> None:
    lexicon().log_frequency("中国")
    mapped = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "/" in line}
    tables = {str(path.resolve()) for path in DATA.iterdir() if path.suffix in (".npy", ".marisa")}
    assert len(tables) == 7
    assert tables <= mapped


def test_a_missing_or_damaged_lexicon_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="expected the compiled lexicon"):
        Lexicon(tmp_path)
    for name in ("words.marisa", "english.marisa"):
        (tmp_path / name).write_bytes(b"not a trie")
    with pytest.raises(StoreError, match="expected the compiled lexicon"):
        Lexicon(tmp_path)
