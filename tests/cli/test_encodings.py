"""Texts in other encodings than UTF-8: read where a mark says which one it is, named where it can be guessed."""

from __future__ import annotations

import codecs

import pytest

from edge_tts.cli import encodings
from edge_tts.cli.phrases import parse
from edge_tts.wire import Speak

TEXTS = (
    "你好，世界。",
    "请各位乘客带好随身物品，从右侧车门有序下车。",
    "第1章\n我们去公园。",
    "OK，好的！",
    "重庆银行行长有2个WiFi",
)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(text: str, encoding: str) -> None:
    assert encodings.decoded(text.encode(encoding)) == text


def test_marks_of_either_byte_order_are_read() -> None:
    for mark, encoding in ((codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF32_BE, "utf-32-be")):
        assert encodings.decoded(mark + "你好".encode(encoding)) == "你好"


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    ("encoding", "named"),
    [("gbk", "GB18030"), ("gb18030", "GB18030"), ("utf-16-le", "UTF-16LE"), ("utf-16-be", "UTF-16BE")],
)
def test_an_encoding_without_a_byte_order_mark_is_guessed(text: str, encoding: str, named: str) -> None:
    assert f"iconv -f {named} -t UTF-8 'my file'" in encodings.advice(text.encode(encoding), "my file")


@pytest.mark.parametrize("text", ["繁體中文測試，請注意。", "列車即將到站，請勿靠近月台。"])
def test_traditional_characters_are_guessed(text: str) -> None:
    assert "BIG5" in encodings.advice(text.encode("big5"))


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        b"caf\xe9",
        "Un café déjà vu, s'il vous plaît".encode("latin-1"),
        b"\xc4\xd6\xdc",
        bytes(range(128, 256)),
        b"\x89PNG\r\n\x1a\n\0\0",
    ],
)
def test_nothing_is_guessed_of_what_is_no_chinese(data: bytes) -> None:
    assert encodings.advice(data) == ""


def test_phrases_are_read_from_a_file_with_a_mark_and_named_where_they_have_none() -> None:
    common = Speak(id=1, text="")
    phrases, problems = parse("你好\n# 注\n谢谢\n".encode("utf-16"), common)
    assert ([phrase.speak.text for phrase in phrases], problems) == (["你好", "谢谢"], [])
    phrases, problems = parse("你好\nok\n".encode("gbk"), common)
    assert [phrase.speak.text for phrase in phrases] == ["ok"]
    assert "iconv -f GB18030" in problems[0]
