from __future__ import annotations

import re
from itertools import pairwise

import pytest

from edge_tts.convert.sambert import vocabulary
from edge_tts.engines.sambert import symbols
from edge_tts.text import analyze
from edge_tts.text.lexicon import lexicon
from edge_tts.text.pinyin import decode
from tests.support.sambert_package import DATA

KNOWN = {*vocabulary.PHONES, *vocabulary.BREAKS}


def examples() -> list[tuple[str, str, str]]:
    path = DATA / "frontend_examples.tsv"
    lines = path.read_text("utf-8").splitlines()[1:] if path.is_file() else []
    return [(fields[1], fields[2], fields[3]) for fields in (line.split("\t") for line in lines)]


def arpabet(syllable: str) -> list[symbols.Sound]:
    phones = syllable.split()
    tone = "tone1" if "1" in syllable else "tone0"
    places = ["s_both"] if len(phones) == 1 else ["s_begin", *["s_middle"] * (len(phones) - 2), "s_end"]
    return [(re.sub(r"\d", "", phone).lower(), tone, place) for phone, place in zip(phones, places, strict=True)]


def sounds(word: str, pinyin: list[str]) -> list[symbols.Sound]:
    found: list[symbols.Sound] = []
    for _ in range(len(re.sub("儿$", "", word)) if not word.isascii() else 1):
        found += symbols.spelled(re.sub("([jqxy])v", r"\1u", pinyin.pop(0)))
    return found


@pytest.mark.parametrize(("marked", "pinyin", "expected"), examples())
def test_words_become_the_tokens_of_the_original_converter(marked: str, pinyin: str, expected: str) -> None:
    chinese, *english = re.split(" / ", pinyin)[0].split(), *re.split(" / ", pinyin)[1::2]
    later = [one for part in re.split(" / ", pinyin)[2::2] for one in part.split()]
    syllables = [*chinese, *later]
    found: list[symbols.Token] = []
    for word, strength in re.findall(r"([\u4e00-\u9fffA-Z]+)#(\d)", marked):
        if word.isascii():
            parts = [sound for one in english.pop(0).split(" . ") for sound in arpabet(one)]
        else:
            parts = sounds(word, syllables)
        found += [*symbols.word_tokens(parts), symbols.pause(int(strength))]
    wanted = [token.strip("{}").split("$")[:4] for token in expected.split()]
    assert [[one.symbol, one.tone, one.syllable, one.word] for one in found] == wanted


def test_every_syllable_of_the_lexicon_has_known_phones_with_er_hua_too() -> None:
    common = {decode(code)[:2] for char in map(chr, range(0x4E00, 0x9FFF)) for code in lexicon().character(char)}
    assert len(common) > 400
    for initial, final in common:
        for erhua in (False, True):
            for sound, *_ in symbols.syllable_sounds(initial, final, 1, erhua=erhua):
                assert sound in KNOWN, (initial, final, erhua)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("ɡˈuɡᵊl", "g uw1 / g0 ah0 l0"),
        ("ˈA", "ey1"),
        ("pˈIθˌɑn", "p1 ay1 / th0 aa0 n0"),
        ("ˈɛkstɹə", "eh1 k1 / s0 t0 r0 ah0"),
        ("bˈɜɹdi", "b1 er1 / d0 iy0"),
        ("kəmpjˈuTəɹ", "k0 ah0 m0 / p1 y1 uw1 / er0"),
        ("ʃ", "sh1"),
        ("", ""),
    ],
)
def test_english_is_parted_into_syllables_with_the_stress_as_the_tone(word: str, expected: str) -> None:
    found = symbols.english(word)
    wanted = [phone for syllable in expected.split("/") for phone in syllable.split()]
    assert [phone for phone, *_ in found] == [re.sub(r"\d", "", phone) for phone in wanted]
    assert [tone[-1] for _, tone, _ in found if wanted] == [
        re.findall(r"\d", phone)[0] if re.search(r"\d", phone) else "1" for phone in wanted
    ]


@pytest.mark.parametrize(
    "text",
    [
        "今天天气真好，我们去公园玩儿吧！",
        "GPS和iPhone都带上。",
        "女儿绿色的旅行箱，嗯，哦！",
        "Hello, world.",
        "ChatGPT 3.5",
    ],
)
def test_every_token_of_a_text_is_known_and_the_last_is_the_strongest_break(text: str) -> None:
    for sentence in analyze(text):
        found = symbols.tokens(sentence.words)
        assert {token.symbol for token in found} <= KNOWN
        assert {token.tone for token in found} <= set(vocabulary.TONES)
        assert found[-1].symbol == "#4"
        assert not any(one.is_break and other.is_break for one, other in pairwise(found))
