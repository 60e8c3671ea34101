"""English words in Chinese and English text."""

from __future__ import annotations

import pytest

from edge_tts.text import analyze
from edge_tts.text.lexicon import lexicon
from edge_tts.text.reading.english import phonemes, syllable_count
from edge_tts.text.reading.letter_sounds import sound_out

KOKORO = set(" AIOQSTWYabcdefhijklmnopqrstuvwxyzæçðøŋœɐɑɒɔɕɖəɚɛɜɟɡɥɨɪɯɲɳɴɸɹɻɽɾʁʂʃʈʊʋʌʎʒʔʝʣʤʥʦʧʨθχᵊᵻˈˌː")

WORDS = {
    "hello": "həlˈO",
    "Hello": "həlˈO",
    "boxes": "bˈɑksᵻz",
    "OK": "ˌOkˈA",
    "iPhone": "ˈIfˌOn",
    "ChatGPT": "ʧˌætʤˌipˌitˈi",
    "TTS": "tˌitˌiˈɛs",
    "GPS": "ʤˌipˌiˈɛs",
    "PDFs": "pˌidˌiˈɛfs",
    "USB-C": "jˌuˌɛsbˈisˈi",
    "b": "bˈi",
    "John's": "ʤˈɑnz",
    "blorping": "blˈɔɹpɪŋ",
    "npm": "ˌɛnpˌiˈɛm",
    "NASA": "nˈæsə",
}


@pytest.mark.parametrize(("word", "ipa"), WORDS.items())
def test_a_word_is_said_like_this(word: str, ipa: str) -> None:
    assert phonemes(word, lexicon()) == ipa


def test_every_phoneme_is_in_the_vocabulary_of_kokoro() -> None:
    words = "xylophone Zhang rhythm myFunctionName HTTPServer strengths o'clock kubectl qqq aeiou yyy x'y-z Czech"
    for word in words.split():
        ipa = phonemes(word, lexicon())
        assert ipa
        assert set(ipa) <= KOKORO


def test_english_words_are_never_dropped_from_chinese_text() -> None:
    (sentence,) = analyze("我用Python写blorp和ABC。")
    assert [word.text for word in sentence.words if word.language == "en"] == ["Python", "blorp", "ABC"]


def test_english_and_chinese_words_carry_their_own_kind_of_pronunciation() -> None:
    (sentence,) = analyze("欢迎使用Edge TTS。")
    for word in sentence.words:
        assert bool(word.phonemes) == (word.language == "en")
        assert bool(word.syllables) == (word.language == "zh")


def test_syllables_are_counted_by_vowels() -> None:
    assert [syllable_count(phonemes(word, lexicon())) for word in ("cat", "hello", "banana")] == [1, 2, 3]


UNLISTED = {
    "blorp": "blˈɔɹp",
    "vercel": "vˈɜɹsəl",
    "numpy": "nˈʌmpi",
    "skibidi": "skɪbˈidi",
    "lilith": "lˈɪlɪθ",
    "wakanda": "wɑkˈɑndə",
    "plattered": "plˈæɾəɹd",
}


@pytest.mark.parametrize(("word", "ipa"), UNLISTED.items())
def test_an_unlisted_word_is_sounded_out(word: str, ipa: str) -> None:
    assert sound_out(word) == ipa


@pytest.mark.parametrize("word", ["a", "x" * 24, "aeiou" * 5, "qwertyuiopasdfghjklzxcvb", "yyyyyyyyyyyyyyyyyyyyyyyy"])
def test_whatever_letters_come_the_sounds_are_few_and_in_the_alphabet(word: str) -> None:
    ipa = sound_out(word) or ""
    assert set(ipa) <= KOKORO
    assert len(ipa) <= 8 * len(word)


def test_a_word_without_vowels_is_not_sounded_out() -> None:
    assert sound_out("npm") is None
