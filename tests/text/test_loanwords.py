"""English words in Mandarin syllables, for voices without English sounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts.text import analyze
from edge_tts.text.lexicon import lexicon
from edge_tts.text.pinyin import decode, spell
from edge_tts.text.reading.loanwords import LETTERS, in_mandarin
from edge_tts.text.reading.mandarin_sounds import pieces
from edge_tts.text.sentence import Word

WORDS = """
iPhone      ai4 feng1                    | as it is said in Chinese
WiFi        wai1 fa4 yi4
ChatGPT     qie4 te5 ji4 pi4 ti4         | a listed part and letters
USB-C       you1 ai1 si5 bi4 sei1        | letters
GPS         ji4 pi4 ai1 si5
PDFs        pi4 di4 ai2 fu5
iOS         ai4 ou1 ai1 si5
Q           kou1
W           da2 bu5 liu5
OpenAI      ou1 pen5 ei1 ai4
DeepSeek    di4 pu5 xi4 ke5
App         ei1 pi4 pi4
OK          ou1 kei4
Huawei      hua2 wei2                    | Chinese names
Google      gu3 ge1
Honda       ben3 tian2
XIAOMI      xiao2 mi3                    | the third tone before another one
Claude      ke5 luo4 de5                 | by rule from here
Docker      da1 ke5
React       rui3 ai4 ke5 te5
free        fu5 rui4
data        dei1 ta5
print       pu5 lin4 te5
drive       de5 lai4 fu5
menu        mai1 niu5
cute        qiu4 te5
video       wei1 di5 ou5
table       tai1 bo5
station     si5 tai1 shen5
world       wo4 er5 de5
good        gu4 de5
love        la4 fu5
quick       ke5 wei4 ke5
dog         duo4 ge5
GitHub      ji1 te5 ha1 bu5
Trump       te5 ran4 pu5
camera      kai1 mo5 la5
phone       feng4
own         ou4 en5
rain        rui4 en5
time        tai4 mu5
town        tang4
coin        kuo4 yin5
moon        mu4 en5
bank        bang4 ke5
length      leng4 si5
watch       wa4 qi5
page        pei4 zhi5
next        nai4 ke5 si5 te5
check       qie4 ke5
red         rui4 de5
five        fa4 yi5 fu5
near        ni5 er5
NASA        nai1 sa5
Netflix     nai1 te5 fu5 li5 ke5 si5
router      rao1 te5
fiber       fa1 yi5 bo5
model       mo2 te4
computer    ken3 pi1 you5 te5
"""
TABLE = [line.partition("|")[0].split(maxsplit=1) for line in WORDS.strip().splitlines()]
"""Syllables that characters have, and the name of the letter C."""
MANDARIN = {spell(*decode(code)[:2]) for point in range(0x4E00, 0xA000) for code in lexicon().character(chr(point))} | {
    "sei"
}


def english(text: str, phonemes: str = "") -> Word:
    return Word(text, "en", (), phonemes, 1, "", (0, len(text)))


def said(word: Word) -> str:
    return " ".join(syllable.surface for syllable in in_mandarin(word))


@pytest.mark.parametrize(("text", "pinyin"), TABLE)
def test_a_word_is_said_like_this_by_a_voice_without_english(text: str, pinyin: str) -> None:
    ((word,),) = (sentence.words for sentence in analyze(text))
    assert said(word) == pinyin.strip()


def test_sounds_that_the_user_gives_win_over_the_list() -> None:
    assert said(english("iPhone", "nˈoʊkiə")) == "nuo1 qi5 a5"


def test_each_letter_keeps_its_place() -> None:
    assert [syllable.text for syllable in in_mandarin(english("GPS"))] == ["G", "P", "S", "S"]


def test_every_letter_has_a_name() -> None:
    assert "".join(LETTERS) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for letter in LETTERS:
        assert {syllable.lexical[:-1] for syllable in in_mandarin(english(letter))} <= MANDARIN


def test_ordinary_ipa_is_understood_too() -> None:
    assert said(english("xx", "ˈtʃeɪndʒ")) == said(english("xx", "ʧˈAnʤ"))


def test_only_syllables_of_mandarin_come_out_for_common_words() -> None:
    sample = "a about Xerox yacht view huge vow boy join join young union beige fjord schwa queue rhythm zoo vision"
    words = [english(text) for text in sample.split()]
    made = {syllable.lexical[:-1] for word in words for syllable in in_mandarin(word)}
    assert made <= MANDARIN, made - MANDARIN


@given(st.text("pbtdkɡfvθðszʃʒʧʤhmnŋlɹwjɾAIOWYiuæɑɔəɛɜɪʊʌɐᵊᵻˈˌ", max_size=24))
def test_any_sounds_become_syllables_of_mandarin(phonemes: str) -> None:
    made = {piece.sound for piece in pieces(phonemes)}
    assert made <= MANDARIN, made - MANDARIN
