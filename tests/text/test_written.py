"""What people paste and type: Markdown, ligatures, dots of abbreviations, words in capitals, A as article or letter."""

from __future__ import annotations

import pytest

from edge_tts.text import analyze


def sentences(text: str) -> list[str]:
    """Return the normalized sentences."""
    return [sentence.text for sentence in analyze(text)]


def said(text: str) -> dict[str, str]:
    """Return the phonemes of each English word; letters that are spelled have a secondary stress each."""
    return {word.text: word.phonemes for sentence in analyze(text) for word in sentence.words if word.phonemes}


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("> 引用的一句话", "引用的一句话"), (">引用的话", "引用的话"), (">> 二级引用", "二级引用"),
        ("> - 列表", "列表"),
        ("- 苹果", "苹果"), ("* 香蕉", "香蕉"), ("+ 橘子", "橘子"), ("- [ ] 买菜", "买菜"), ("- [x] 洗碗", "洗碗"),
        ("# 标题", "标题"), ("### 第二节", "第二节"), ("1. 开机", "一，开机"), ("2) 联网", "二，联网"),
        ("**重要**通知", "重要通知"),
        ("`代码`", "代码"), ("> A quoted line", "A quoted line"), ("- 5个苹果", "五个苹果"),
        (">5公斤不行", "大于五公斤不行"), ("> 5%", "大于百分之五"), (">=3", "大于等于三"), ("x > 3", "x大于三"),
        ("-5度", "零下五度"),
        ("#话题#", "话题"), ("+5", "正五"),
    ],
)  # fmt: skip
def test_markdown_marks_before_a_line_are_not_read(line: str, read: str) -> None:
    assert sentences(line) == [read]


def test_a_pasted_page_is_read_as_text() -> None:
    page = "# 安装\n\n> 先看说明\n\n```python\n打印\n```\n---\n- 第一\n- 第二"
    assert sentences(page) == ["安装", "先看说明", "打印", "第一", "第二"]


def test_what_follows_a_mark_keeps_its_place() -> None:
    (sentence,) = analyze("> ﬁnd the **ﬂag**")
    assert [(word.text, word.span) for word in sentence.words] == [
        ("find", (2, 5)),
        ("the", (6, 9)),
        ("flag", (12, 15)),
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ﬁnd the ﬂag", "find the flag"), ("oﬀer eﬃcient", "offer efficient"), ("raﬄe", "raffle"),
        ("ﬅop ﬆop", "stop stop"),
        ("Straße", "Strasse"), ("café", "cafe"), ("Æon", "Aeon"), ("łódź", "lodz"), ("ＡＢＣ", "ABC"),
        ("ĳs", "ijs"), ("𝐁𝐨𝐥𝐝", "Bold"),
    ],
)  # fmt: skip
def test_a_character_that_stands_for_several_is_written_out(written: str, read: str) -> None:
    assert sentences(written) == [read]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("The author is J.K. Rowling.", ["The author is J K Rowling."]),
        ("作者是J.K. Rowling。", ["作者是J K Rowling."]),
        ("George W. Bush and J. R. R. Tolkien", ["George W Bush and J R R Tolkien"]),
        (
            "He works at Apple Inc. in the U.S. and lives there.",
            ["He works at Apple Incorporated in the U S and lives there."],
        ),
        ("I live in the U.S.A. It is big.", ["I live in the U S A.", "It is big."]),
        ("We have apples, pears, etc. They are cheap.", ["We have apples, pears, etc.", "They are cheap."]),
        ("apples, pears, etc.", ["apples, pears, etc."]),
        ("Mr. Smith met Dr. Jones at St. Mary's. He left.", ["Mr Smith met Dr Jones at Saint Mary's.", "He left."]),
        ("He lives on Main St., near the park.", ["He lives on Main Street, near the park."]),
        ("He has a Ph.D. in physics.", ["He has a Ph D in physics."]),
        ("It closes at 5 p.m. Come early.", ["It closes at five P M", "Come early."]),
        ("See No. 5 and Vol. 2, Fig. 3.", ["See number five and volume two, figure three."]),
        ("Plan A. The next step is here.", ["Plan A.", "The next step is here."]),
        ("The answer is B. Next question.", ["The answer is B.", "Next question."]),
        ("No. I will not.", ["No.", "I will not."]),
        ("Tom vs. Jerry, approx. five", ["Tom vs Jerry, approximately five"]),
        ("for fruit, e.g. apples, i.e. this", ["for fruit, for example apples, that is this"]),
        ("Sammy Davis Jr. sang.", ["Sammy Davis Junior sang."]),
        ("他是Dr. Wang的学生。", ["他是Dr Wang的学生。"]),
        ("Call me at work. OK.", ["Call me at work.", "OK."]),
        ("Wait... what?", ["Wait…", "what?"]),
        ("Visit example.com. Then go.", ["Visit example dot com.", "Then go."]),
        ("版本3.5.2发布", ["版本三点五点二发布"]),
    ],
)
def test_only_the_dot_of_a_sentence_ends_it(text: str, read: list[str]) -> None:
    assert sentences(text) == read


def test_letters_of_an_abbreviation_keep_their_places() -> None:
    (sentence,) = analyze("in the U.S. today")
    assert [(word.text, word.span) for word in sentence.words][2:] == [
        ("U", (7, 8)),
        ("S", (9, 10)),
        ("today", (12, 17)),
    ]


WORDS = (
    "OUT OF ORDER|DO NOT TURN OFF|BATTERY LOW|KEEP OFF THE GRASS|NO ENTRY|DOORS CLOSING|CAR PARK FULL|WET FLOOR"
    "|LEAVE IT ON|CONTACT US|I AM HERE|WHO IS THERE|PUSH TO OPEN|ERROR LOADING FILE|MIND THE GAP|ADD OIL|SOLD OUT|HOT"
)


@pytest.mark.parametrize("sign", WORDS.split("|"))
def test_words_in_capitals_are_words(sign: str) -> None:
    assert said(sign) == {word.upper(): ipa for word, ipa in said(sign.lower().replace("i am", "I am")).items()}


@pytest.mark.parametrize("text", ["请按 YES 或 NO", "按OFF关机", "显示LOW", "点ADD", "写着HOT"])
def test_words_in_capitals_between_chinese_are_words_too(text: str) -> None:
    for word, ipa in said(text).items():
        assert said(f"a {word.lower()} a")[word.lower()] == ipa


@pytest.mark.parametrize(
    "name",
    "GPS USB ATM SOS FAQ VIP LED CEO DNA ICU IBM UFO HTML MRI KTV NBA PC TV CD DVD PDF CPU IT US AM EU ICBC".split(),
)
def test_customary_abbreviations_are_spelled(name: str) -> None:
    spelled = "".join(said(" ".join(letter for letter in f"{name}x"))[letter].lstrip() for letter in name)
    assert said(f"这是{name}公司")[name].replace("ˌ", "ˈ").replace("ˈ", "") == spelled.replace("ˈ", "")


@pytest.mark.parametrize(("name", "ipa"), [("NASA", "nˈæsə"), ("WIFI", "wˈIfˌI")])
def test_some_abbreviations_are_said_as_words(name: str, ipa: str) -> None:
    assert said(f"the {name} team")[name] == ipa


def test_a_formula_is_spelled() -> None:
    assert said("NaOH是碱")["NaOH"] == "ˌɛnˌAˌOˈAʧ"
    assert said("加HCl")["HCl"] == "ˌAʧsˌiˈɛl"


ARTICLE = (
    "A dog barked.|“A man,” he said.|A 5-star hotel|THIS IS A TEST|Once Upon A Time"
    "|他说A dog barked|this is a dog|A Chinese man"
)
LETTER = "Plan A|Vitamin A is good.|A and B|Grade A|A班|He got an A in math.|a加b|a²+b²|A, B and C|选A"


@pytest.mark.parametrize("text", ARTICLE.split("|"))
def test_a_capital_a_before_a_noun_is_the_article(text: str) -> None:
    assert "ɐ" in said(text).values()


@pytest.mark.parametrize("text", LETTER.split("|"))
def test_a_capital_a_that_is_a_name_is_read_as_the_letter(text: str) -> None:
    found = said(text)
    assert "ˈA" in found.values()
    assert "ɐ" not in found.values()
