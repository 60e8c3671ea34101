"""What `edge-tts text` shows people: columns that line up, what was rewritten, what is passed over."""

from __future__ import annotations

import pytest

from edge_tts.cli.reading_view import accented, lines
from edge_tts.cli.terminal import width
from edge_tts.text import describe


def view(text: str, columns: int | None = None) -> list[str]:
    return list(lines(describe(text), columns))


def test_every_character_stands_above_its_pinyin() -> None:
    text, spoken = view("重庆银行")
    assert text == "重   庆   银 行"
    assert spoken == "chóngqìng yínháng"


def test_what_the_dictionary_has_is_shown_where_it_is_another_tone() -> None:
    assert view("你好")[-1] == "(nǐ)"


def test_breaks_are_drawn() -> None:
    (_, spoken) = view("今天下雨，他把书还了。")[:2]
    assert "xiàyǔ, ‖ " in spoken
    assert spoken.endswith("le.")


def test_a_number_stands_above_its_words() -> None:
    source, text, *_ = view("共￥1,234.56元")
    assert source.split() == ["￥1,234.56元"]
    assert text.index("一") == source.index("￥") or width(text[: text.index("一")]) == width(
        source[: source.index("￥")]
    )


def test_a_date_is_one_piece() -> None:
    assert view("今天是2026年3月5日")[0].split() == ["2026年3月5日"]


def test_english_is_shown_with_its_sounds() -> None:
    text, spoken = view("I have apples")
    assert text.split() == ["I", "have", "apples"]
    assert spoken.startswith("[ˈI]")


def test_what_cannot_be_read_is_marked_at_its_place() -> None:
    text, spoken, *_ = view("谢谢Привет大家")
    assert width(text[: text.index("П")]) == width(spoken[: spoken.index("✗")])
    assert text.index("谢") < text.index("П") < text.index("大")


def test_lines_are_no_wider_than_the_terminal() -> None:
    text = "今天是2026年3月5日，我们一起去公园散步，然后坐302路回家，晚上看iPhone 15的发布会😀。"
    for columns in (40, 60, 80):
        assert all(width(line) <= columns for line in view(text, columns))
    shown = "".join(view(text, 40)).replace(" ", "")
    assert all(word in shown for word in ("公园", "散步", "回家", "iPhone", "2026年3月5日", "302"))


def test_a_terminal_of_one_cell_still_shows_everything() -> None:
    assert "好" in "".join(view("你好。", 1))


def test_lines_of_a_long_text_are_apart() -> None:
    assert view("你。好。").count("") == 1


@pytest.mark.parametrize(
    ("pinyin", "marked"), [("lv4", "lǜ"), ("er2", "ér"), ("de5", "de"), ("dianr3", "diǎnr"), ("gui4", "guì")]
)
def test_a_tone_is_a_mark_on_its_vowel(pinyin: str, marked: str) -> None:
    assert accented(pinyin) == marked
