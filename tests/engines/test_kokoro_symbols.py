from __future__ import annotations

import pytest

from edge_tts.engines.kokoro.symbols import Tones, english_phonemes, sentence_phonemes, syllable_phonemes
from edge_tts.errors import EngineError
from edge_tts.text.sentence import Syllable, Word

VOCABULARY = frozenset(
    ';:,.!?—…"()“” \u0303ʣʥʦʨᵝꭧAIOQSTWYᵊabcdefhijklmnopqrstuvwxyz'
    "ɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ↓→↗↘ᵻ"
)

SYLLABLES = {
    "": "a ai an ang ao e ei en eng er o ou ê i ia ian iang iao ie in ing io iong iou "
    "u ua uai uan uang uei uen ueng uo v van ve vn m n ng",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iou o ou u",
    "f": "a an ang ei en eng o ou u",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iou ong ou u uan uei uen uo",
    "t": "a ai an ang ao e ei eng i ian iao ie ing ong ou u uan uei uen uo",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iou ong ou u uan uen uo v ve",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iou o ong ou u uan uen uo v ve",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang uei uen uo",
    "k": "a ai an ang ao e ei en eng ong ou u ua uai uan uang uei uen uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang uei uen uo m ng",
    "j": "i ia ian iang iao ie in ing iong iou v van ve vn",
    "q": "i ia ian iang iao ie in ing iong iou v van ve vn",
    "x": "i ia ian iang iao ie in ing iong iou v van ve vn",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang uei uen uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang uei uen uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang uei uen uo",
    "r": "an ang ao e en eng i ong ou u ua uan uei uen uo",
    "z": "a ai an ang ao e ei en eng i ong ou u uan uei uen uo",
    "c": "a ai an ang ao e en eng i ong ou u uan uei uen uo",
    "s": "a ai an ang ao e en eng i ong ou u uan uei uen uo",
}
ALL = [(initial, final) for initial, finals in SYLLABLES.items() for final in finals.split()]
ARROWS = {1: "→", 2: "↗", 3: "↓", 4: "↘"}


def word(text: str, *syllables: Syllable, mark: str = "") -> Word:
    return Word(text, "zh", syllables, "", 4 if mark else 1, mark, (0, len(text)))


def english(text: str, phonemes: str, mark: str = "") -> Word:
    return Word(text, "en", (), phonemes, 1, mark, (0, len(text)))


def test_the_table_of_syllables_is_the_standard_one() -> None:
    assert 405 <= len(ALL) == len(set(ALL)) <= 425


@pytest.mark.parametrize("tone", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("erhua", [False, True])
def test_every_syllable_is_in_the_vocabulary_and_has_exactly_its_own_arrow(tone: int, erhua: bool) -> None:
    for initial, final in ALL:
        phonemes = syllable_phonemes(initial, final, tone, erhua=erhua)
        assert set(phonemes) <= VOCABULARY, (initial, final, phonemes)
        assert "".join(c for c in phonemes if c in "→↗↓↘") == ARROWS.get(tone, ""), (initial, final, phonemes)


def test_different_syllables_have_different_phonemes() -> None:
    seen: dict[str, tuple[str, str]] = {}
    for initial, final in ALL:
        phonemes = syllable_phonemes(initial, final, 1)
        if (initial, final) == ("l", "o"):  # 咯, which the scheme writes like luo
            continue
        assert phonemes not in seen, (initial, final, seen.get(phonemes))
        seen[phonemes] = (initial, final)


@pytest.mark.parametrize(
    ("initial", "final", "tone", "expected"),
    [
        ("h", "ao", 3, "xau↓"),
        ("zh", "ong", 1, "ꭧʊ→ŋ"),
        ("g", "uo", 2, "kwo↗"),
        ("j", "ian", 4, "ʨjɛ↘n"),
        ("q", "van", 2, "ʨʰɥɛ↗n"),
        ("x", "ve", 2, "ɕɥe↗"),
        ("j", "vn", 1, "ʨy→n"),
        ("n", "v", 3, "ny↓"),
        ("x", "iong", 1, "ɕjʊ→ŋ"),
        ("l", "iou", 4, "ljou↘"),
        ("sh", "uei", 3, "ʂwei↓"),
        ("ch", "uen", 1, "ꭧʰwə→n"),
        ("b", "o", 1, "pwo→"),
        ("", "o", 2, "ɔ↗"),
        ("", "iang", 2, "ja↗ŋ"),
        ("", "ueng", 1, "wə→ŋ"),
        ("", "er", 4, "ɚ↘"),
        ("zh", "i", 1, "ꭧɨ→"),
        ("s", "i", 4, "sɨ↘"),
        ("r", "i", 4, "ɻɨ↘"),
        ("q", "i", 1, "ʨʰi→"),
        ("d", "e", 5, "tɤ"),
        ("m", "en", 5, "mən"),
        ("", "ng", 4, "ŋ↘"),
        ("h", "ng", 5, "hŋ"),
    ],
)
def test_a_syllable_is_initial_vowels_arrow_coda(initial: str, final: str, tone: int, expected: str) -> None:
    assert syllable_phonemes(initial, final, tone) == expected


@pytest.mark.parametrize(
    ("pinyin", "initial", "final", "tone", "expected"),
    [
        ("huar1", "h", "ua", 1, "xwa→ɻ"),
        ("wanr2", "", "uan", 2, "wa↗ɻ"),
        ("dianr3", "d", "ian", 3, "tjɛ↓ɻ"),
        ("gair4", "g", "ai", 4, "kai↘ɻ"),
        ("huir4", "h", "uei", 4, "xwə↘ɻ"),
        ("menr2", "m", "en", 2, "mə↗ɻ"),
        ("jinr4", "j", "in", 4, "ʨjə↘ɻ"),
        ("yur2", "", "v", 2, "ɥə↗ɻ"),
        ("shir4", "sh", "i", 4, "ʂə↘ɻ"),
        ("kongr4", "k", "ong", 4, "kʰʊ↘ɻ"),
    ],
)
def test_er_hua_ends_in_r_without_a_nasal(pinyin: str, initial: str, final: str, tone: int, expected: str) -> None:
    assert syllable_phonemes(initial, final, tone, erhua=True) == expected, pinyin


@pytest.mark.parametrize(
    ("initial", "final", "tone", "message"),
    [
        ("y", "i", 1, "'y' is no pinyin initial"),
        ("l", "iu", 1, "'iu' is no pinyin final"),
        ("l", "iou", 0, "tone 0 of liou, expected 1 to 5"),
        ("l", "iou", 6, "tone 6 of liou, expected 1 to 5"),
    ],
)
def test_what_is_no_syllable_is_refused(initial: str, final: str, tone: int, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        syllable_phonemes(initial, final, tone)


def test_a_sentence_is_its_words_with_a_space_between_and_marks_after_words() -> None:
    hello = word("你好", Syllable("你", "n", "i", 3, 2), Syllable("好", "h", "ao", 3, 3), mark=",")
    world = word("世界", Syllable("世", "sh", "i", 4, 4), Syllable("界", "j", "ie", 4, 4), mark="!")
    assert sentence_phonemes([hello, world], "surface") == "ni↗xau↓, ʂɨ↘ʨje↘!"
    assert sentence_phonemes([hello, world], "lexical") == "ni↓xau↓, ʂɨ↘ʨje↘!"


@pytest.mark.parametrize("tones", ["lexical", "surface"])
def test_a_tone_that_only_sandhi_takes_away_is_kept(tones: Tones) -> None:
    can = Syllable("能", "n", "eng", 2, 2)
    asked = word("能不能", can, Syllable("不", "b", "u", 4, 5), can)
    assert sentence_phonemes([asked], tones) == "nə↗ŋpu↘nə↗ŋ"


@pytest.mark.parametrize("tones", ["lexical", "surface"])
def test_a_neutral_tone_of_the_dictionary_has_no_arrow(tones: Tones) -> None:
    mother = word("妈妈", Syllable("妈", "m", "a", 1, 1), Syllable("妈", "m", "a", 5, 5))
    assert sentence_phonemes([mother], tones) == "ma→ma"


def test_english_words_stand_among_the_chinese_ones() -> None:
    use = word("用", Syllable("用", "", "iong", 4, 4))
    mixed = [use, english("data", "dˈeɪtə", mark=".")]
    assert sentence_phonemes(mixed, "lexical", "zh") == "jʊ↘ŋ dˈeitʰə."
    assert sentence_phonemes(mixed, "lexical", "en") == "jʊ↘ŋ dˈAtə."


@pytest.mark.parametrize(
    ("ipa", "expected"),
    [
        ("ˈdʒɑː", "ˈʤɑ"),
        ("t͡ʃɪp", "ʧɪp"),
        ("oʊˈkeɪ", "OˈkA"),
        ("wˈaɪfaɪ", "wˈIfI"),
        ("saʊnd", "sWnd"),
        ("bɔɪ", "bY"),
        ("gɝl", "ɡɜɹl"),
        ("ˈsɜːvɚ", "ˈsɜɹvəɹ"),
        ("ˈʤʌmp", "ˈʤʌmp"),
        ("dˈATə", "dˈATə"),
    ],
)
def test_english_ipa_becomes_one_letter_a_diphthong_and_affricate(ipa: str, expected: str) -> None:
    assert english_phonemes(ipa) == expected
    assert set(expected) <= VOCABULARY


@pytest.mark.parametrize(
    ("ipa", "expected"),
    [
        ("pˌipˌitˈi", "pʰˌipʰˌitʰˈi"),
        ("spˈOkən", "spˈoukʰən"),
        ("ˌOkˈA", "ˌoukʰˈei"),
        ("wˈIfˌI", "wˈaifˌai"),
        ("sˈWnd", "sˈaund"),
        ("bˈY", "bˈɔi"),
        ("ʤˈɑɹvəs", "ꭧˈɑɻvəs"),
        ("ʧˈɛk", "ꭧʰˈɛkʰ"),
        ("pʰ", "pʰ"),
    ],
)
def test_a_mandarin_voice_gets_english_in_the_symbols_it_was_trained_on(ipa: str, expected: str) -> None:
    assert english_phonemes(ipa, "zh") == expected
    assert set(expected) <= VOCABULARY
