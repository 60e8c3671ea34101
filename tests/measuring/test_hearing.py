from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge_tts.measuring.comparison import hearing

for needed in ("faster_whisper", "opencc", "pypinyin"):
    pytest.importorskip(needed, reason="needs the extra intelligibility")

ROOT = Path(__file__).resolve().parents[2]

SENTENCES = ROOT / "tests/data/sentences.tsv"


def edits(meant: str, heard: str) -> tuple[int, int, int]:
    result = hearing.score(meant, heard)
    return result.characters.edits, result.toneless.edits, result.toned.edits


@pytest.mark.parametrize(
    ("meant", "heard"),
    [
        ("你好，世界！", "你好 世界"),
        ("这里的东西", "這裡的東西"),
        ("请打开WiFi。", "请打开 Wi-Fi"),
        ("用TTS朗读", "用T T S朗读"),
        ("用TTS朗读", "用 t.t.s. 朗读"),
        ("用Edge TTS", "用 edge tts"),
        ("ＡＢＣ公司", "ABC公司"),
        ("我在哪儿？", "我在哪"),
    ],
)
def test_writing_the_same_words_in_another_way_is_no_error(meant: str, heard: str) -> None:
    assert edits(meant, heard) == (0, 0, 0)


@pytest.mark.parametrize(
    ("meant", "heard", "expected"),
    [
        ("他在公园", "她再公园", (2, 0, 0)),
        ("天气真好", "天气真耗", (1, 0, 1)),
        ("天气真好", "天气真黑", (1, 1, 1)),
        ("天气真好", "天气好", (1, 1, 1)),
        ("天气真好", "今天天气真好", (2, 2, 2)),
        ("我的女儿", "我的女", (1, 1, 1)),
        ("去Google工作", "去谷歌工作", (2, 2, 2)),
        ("去Google工作", "去工作", (1, 1, 1)),
        ("十二点", "12点", (2, 2, 2)),
        ("你好", "", (2, 2, 2)),
    ],
)
def test_characters_syllables_and_tones_are_counted_apart(
    meant: str, heard: str, expected: tuple[int, int, int]
) -> None:
    assert edits(meant, heard) == expected


def test_scores_add_up_to_a_rate_over_all_units() -> None:
    both = hearing.score("天气真好", "天气真耗") + hearing.score("你好吗", "你好吗")
    assert (both.toned, both.toneless) == (hearing.Tally(1, 7), hearing.Tally(0, 7))
    assert both.toned.rate == pytest.approx(1 / 7)
    assert hearing.Score().characters.rate == 0.0


def test_the_list_has_enough_sentences_of_every_kind_and_spells_numbers_out() -> None:
    examples = hearing.read_sentences(SENTENCES)
    assert len(examples) >= 60
    assert len({example.text for example in examples}) == len(examples)
    kinds = {"news", "dialogue", "numbers", "mixed", "kiosk", "robot"}
    assert kinds <= {example.kind for example in examples}
    assert not [example.spoken for example in examples if re.search("[0-9%]", example.spoken)]


def test_a_line_of_the_list_with_too_many_columns_is_named(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    path.write_text("kind\ttext\tspoken\nnews\t你好\t\nnews\t一\t二\t三\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"list\.tsv:3: expected kind, text and spoken, got 4 columns"):
        hearing.read_sentences(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("围着火炉", ["wei2", "zhe5", "huo3", "lu2"]),
        ("数一数", ["shu3", "yi1", "shu3"]),
        ("银行行长", ["yin2", "hang2", "hang2", "zhang3"]),
        ("用app", ["yong4", "app"]),
    ],
)
def test_syllables_are_read_in_their_context(text: str, expected: list[str]) -> None:
    assert hearing.syllables(hearing.units(text)) == expected
