"""The user's own words: what a line may say, what becomes of a file, and how texts are read with them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts import lexicon_file
from edge_tts.errors import RequestError, StoreError
from edge_tts.lexicon_file import LexiconFile, perform
from edge_tts.text import analyze, version
from edge_tts.text.reading.user_lexicon import (
    EMPTY,
    MOST_BYTES,
    MOST_ENTRIES,
    count,
    entry,
    parse,
    phonemes,
    sounds,
    with_entries,
    without,
)
from edge_tts.wire import Lexicon

READINGS = """
重庆 | chong2qing4 | chong2qing4
重庆 | Chong2 Qing4 | chong2qing4
绿色 | lü4se4 | lv4se4
绿色 | lu:4 se4 | lv4se4
妈妈 | ma1ma5 | ma1ma5
一点儿 | yi4dianr3 | yi4dianr3
小孩 | xiao3hair2 | xiao3hair2
女儿 | nv3er2 | nv3er2
西安 | xi1'an1 | xi1an1
"""

REFUSED = """
重庆 | chong2 | 重庆: expected 2 syllables, got 1 in 'chong2'
重庆 | chong2qing4shi4 | 重庆: expected 2 syllables, got 3 in 'chong2qing4shi4'
一点儿 | yi4dianr3er2 | 一点儿: expected 2 syllables, got 3 in 'yi4dianr3er2'
重庆 | chongqing | expected pinyin with tone digits such as 'chong2qing4', got 'chongqing'
重庆 | chong2qing6 | expected pinyin with tone digits such as 'chong2qing4', got 'chong2qing6'
重庆 | chong2qxng4 | 重庆: expected a pinyin syllable such as 'lv4', got 'qxng4'
重庆 | [ipa:a] | expected pinyin with tone digits such as 'chong2qing4', got '[ipa:a]'
Nginx | en1jin1 | expected a reading such as '[ipa:ˈɛkstɹə]' for an English word, got 'en1jin1'
Nginx | [ipa:ɛ木] | expected the sounds of English in IPA, got '木' in '[ipa:ɛ木]'
Nginx | [ipa:nks] | expected at least one vowel, got none in '[ipa:nks]'
GPT4 | [ipa:a] | expected a word of up to 20 Chinese characters or one English word of letters, got 'GPT4'
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def read_as(text: str, words: str) -> str:
    lexicon = parse(words)
    assert not lexicon.problems
    return " ".join(
        " ".join(syllable.lexical for syllable in word.syllables) or f"[{word.phonemes}]"
        for sentence in analyze(text, lexicon=lexicon)
        for word in sentence.words
    )


@pytest.mark.parametrize(("word", "reading", "kept"), rows(READINGS))
def test_a_reading_is_kept_in_one_spelling(word: str, reading: str, kept: str) -> None:
    assert entry(word, reading).reading == kept
    assert "".join(one.text for one in sounds(word, reading)) == word


@pytest.mark.parametrize(("word", "reading", "message"), rows(REFUSED))
def test_what_cannot_be_used_is_refused_with_what_was_expected(word: str, reading: str, message: str) -> None:
    with pytest.raises(RequestError) as refused:
        entry(word, reading)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("ipa", "own"),
    [("ˈeɪndʒəl", "ˈAnʤəl"), ("ˈɛnʤɪnɛks", "ˈɛnʤɪnɛks"), ("ɡoʊ", "ɡO"), ("red", "ɹɛd"), ("tʃɝtʃ", "ʧɜɹʧ")],
)
def test_common_ipa_is_understood(ipa: str, own: str) -> None:
    assert phonemes(f"[ipa:{ipa}]") == own


def test_a_broken_line_is_named_by_its_number_and_the_rest_loads() -> None:
    text = (
        "\ufeff# my words\n\n重庆\tchong2qing4\tthe city\r\n行长\thang2\nno tabs here\n玩儿\twanr2\n重庆\tzhong4qing4\n"
    )
    lexicon = parse(text)
    assert [(one.word, one.reading) for one in lexicon.entries] == [("玩儿", "wanr2"), ("重庆", "zhong4qing4")]
    assert lexicon.problems == (
        "line 4: 行长: expected 2 syllables, got 1 in 'hang2'",
        "line 5: expected word, reading and perhaps a comment with tabs between, got 'no tabs here'",
    )


def test_changes_leave_all_other_lines_alone() -> None:
    text = "# my words\n重庆\tzhong4qing4\nbroken\nNginx\t[ipa:ɛn]\n"
    changed = with_entries(text, [entry("重庆", "chong2qing4"), entry("nginx", "[ipa:ɛks]", "a server")])
    assert changed == "# my words\nbroken\n重庆\tchong2qing4\nnginx\t[ipa:ɛks]\ta server\n"
    assert without(changed, "NGINX") == "# my words\nbroken\n重庆\tchong2qing4\n"
    with pytest.raises(RequestError, match="'银行' is not in the lexicon"):
        without(changed, "银行")


@given(st.text())
def test_any_text_is_parsed_and_what_it_says_survives_writing(text: str) -> None:
    lexicon = parse(text)
    again = parse(with_entries("", lexicon.entries))
    assert again.entries == lexicon.entries
    assert not again.problems


def test_more_entries_than_the_limit_are_left() -> None:
    words = [f"{chr(0x4E00 + number // 200)}{chr(0x4E00 + number % 200)}" for number in range(MOST_ENTRIES + 5)]
    text = "".join(f"{word}\tyi1yi1\n" for word in words)
    lexicon = parse(text)
    assert len(lexicon.entries) == MOST_ENTRIES
    assert [problem.split(":")[0] for problem in lexicon.problems] == [f"line {MOST_ENTRIES + 1}"]
    assert count(text) == MOST_ENTRIES + 5


def test_the_digest_changes_with_readings_and_nothing_else() -> None:
    first = parse("重庆\tchong2qing4\n玩儿\twanr2\n")
    same = parse("# note\n玩儿\twanr2\ta comment\n重庆\tchong2 qing4\n")
    other = parse("重庆\tzhong4qing4\n玩儿\twanr2\n")
    assert first.digest == same.digest != other.digest
    assert EMPTY.digest == ""
    assert version(first.digest) == f"{version()}-{first.digest}"


# how texts are read


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("去重庆玩", "重庆\tzhong4qing4\n", "qu4 zhong4 qing4 wan2"),
        ("中国人民银行", "国人\tguo4ren4\n", "zhong1 guo4 ren4 min2 yin2 hang2"),
        ("银行行长", "行长\txing2chang2\n银行\tyin1hang1\n", "yin1 hang1 xing2 chang2"),
        ("银行行长", "银行\tyin1hang1\n银行行\tyin3hang3xing3\n", "yin3 hang3 xing3 zhang3"),
        ("去玩儿了", "玩儿\twanr4\n", "qu4 wanr4 le5"),
        ("用NGINX", "Nginx\t[ipa:ˈɛks]\n", "yong4 [ˈɛks]"),
        ("用ｎｇｉｎｘ", "Nginx\t[ipa:ˈɛks]\n", "yong4 [ˈɛks]"),
    ],
)
def test_the_users_words_win(text: str, words: str, expected: str) -> None:
    assert read_as(text, words) == expected


def test_sandhi_is_applied_to_the_users_readings() -> None:
    (sentence,) = analyze("雅雨", lexicon=parse("雅雨\tya3yu3\n"))
    assert [syllable.surface for syllable in sentence.words[0].syllables] == ["ya2", "yu3"]


def test_spans_point_at_the_word() -> None:
    text = "我们去重庆吧"
    (sentence,) = analyze(text, lexicon=parse("重庆\tchong2qing4\n"))
    assert [text[slice(*word.span)] for word in sentence.words if word.text == "重庆"] == ["重庆"]


@given(st.text("重庆行长银玩儿一不 abN，。1", min_size=1, max_size=40))
def test_every_syllable_is_still_there(text: str) -> None:
    lexicon = parse("重庆\tzhong4qing4\n行\thang2\n行长银\thang2zhang3yin2\n儿\ter2\n")
    if not any(char.isalnum() for char in text):
        return
    plain, own = (
        "".join(word.text for sentence in analyze(text, lexicon=words) for word in sentence.words)
        for words in (EMPTY, lexicon)
    )
    assert plain == own


# the file


def test_a_change_is_seen_and_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    file = LexiconFile(tmp_path / "lexicon.tsv")
    assert file.current() is EMPTY
    perform(file.path, Lexicon(action="add", word="重庆", reading="chong2qing4"), wait=True)
    first = file.current()
    assert [one.word for one in first.entries] == ["重庆"]
    assert file.current() is first
    perform(file.path, Lexicon(action="remove", word="重庆"), wait=True)
    assert file.current().entries == ()
    os.unlink(file.path)
    assert file.current().problems == ()


def test_after_a_change_of_one_word_no_other_reading_is_checked_again(tmp_path: Path) -> None:
    file = LexiconFile(tmp_path / "lexicon.tsv")
    words = [{"word": chr(0x4E00 + number) * 2, "reading": "yi1 er4"} for number in range(2000)]
    perform(file.path, Lexicon(action="import", entries=words), wait=True)
    analyze("请取走您的票据。", lexicon=file.current())
    parsed = 0

    def note(frame: FrameType, event: str, _: object) -> None:
        nonlocal parsed
        parsed += event == "call" and frame.f_code is sounds.__code__

    sys.setprofile(note)
    try:
        perform(file.path, Lexicon(action="add", word="票据", reading="piao4 ju5"), wait=True)
        (sentence,) = analyze("请取走您的票据。", lexicon=file.current())
        assert [word.syllables[-1].lexical for word in sentence.words][-1] == "ju5"
    finally:
        sys.setprofile(None)
    assert 1 <= parsed <= 4, "a lexicon of ten thousand words must not make speaking late"


def test_an_import_names_what_is_broken_and_adds_the_rest(tmp_path: Path) -> None:
    entries = [{"word": "重庆", "reading": "chong2"}, {"word": "玩儿", "reading": "wanr2"}, "rubbish", {"word": 3}]
    answer = perform(tmp_path / "lexicon.tsv", Lexicon(id=4, action="import", entries=entries), wait=True)
    assert answer.id == 4
    assert [row["word"] for row in answer.entries] == ["玩儿"]
    assert [problem.split(":")[0] for problem in answer.problems] == ["entry 1", "entry 3", "entry 4"]


def test_a_refused_change_leaves_the_file(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.tsv"
    path.write_text("重庆\tchong2qing4\n", encoding="utf-8")
    with pytest.raises(RequestError):
        perform(path, Lexicon(action="add", word="行长", reading="hang2"), wait=True)
    assert path.read_text(encoding="utf-8") == "重庆\tchong2qing4\n"
    assert sorted(os.listdir(tmp_path)) == ["lexicon.tsv"]


def test_a_file_that_is_too_long_is_reported_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.tsv"
    path.write_bytes(b"#" * (MOST_BYTES + 1))
    assert lexicon_file.read(path).entries == ()
    assert "nothing of it is used" in lexicon_file.read(path).problems[0]
    with pytest.raises(StoreError, match="nothing of it is used"):
        perform(path, Lexicon(action="add", word="重庆", reading="chong2qing4"), wait=True)
    path.write_bytes(b"#" * MOST_BYTES)
    with pytest.raises(RequestError, match=f"limit is {MOST_BYTES}"):
        perform(path, Lexicon(action="add", word="重庆", reading="chong2qing4"), wait=True)
    assert path.read_bytes() == b"#" * MOST_BYTES


def test_bytes_that_are_not_utf8_are_named_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.tsv"
    path.write_bytes(b"\xff\xfe\tma1\n")
    answer = perform(path, Lexicon(action="add", word="重庆", reading="chong2qing4"), wait=True)
    assert answer.problems == ["lexicon.tsv line 1: expected UTF-8, got other bytes"]
    assert path.read_bytes() == b"\xff\xfe\tma1\n" + "重庆\tchong2qing4\n".encode()


def test_a_change_that_may_not_wait_is_refused_during_another_one(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.tsv"
    request = Lexicon(action="add", word="重庆", reading="chong2qing4")
    with lexicon_file._locked(path, wait=True), pytest.raises(StoreError, match="somebody else is changing"):
        perform(path, request, wait=False)
    perform(path, request, wait=False)


def test_changes_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.tsv"

    def add(start: int) -> None:
        for number in range(start, start + 10):
            perform(path, Lexicon(action="add", word=chr(0x4E00 + number), reading="yi1"), wait=True)

    threads = [threading.Thread(target=add, args=(start,)) for start in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lexicon_file.read(path).entries) == 30


def test_a_symbolic_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "kiosk.tsv").write_text("# ours\n")
    path = tmp_path / "lexicon.tsv"
    path.symlink_to("kiosk.tsv")
    perform(path, Lexicon(action="add", word="重庆", reading="chong2qing4"), wait=True)
    assert path.is_symlink()
    assert (tmp_path / "kiosk.tsv").read_text(encoding="utf-8") == "# ours\n重庆\tchong2qing4\n"


def test_the_daemon_checks_words_without_numpy() -> None:
    code = "import sys, edge_tts.daemon.service, edge_tts.text.reading.user_lexicon; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_killed_changes_have_left_goes_with_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.tsv"
    left, others = tmp_path / ".new-0123456789abcdef-lexicon.tsv", tmp_path / ".new-of_mine-lexicon.tsv"
    for file in (left, others):
        file.write_text("x")
    (tmp_path / (linked := ".new-fedcba9876543210-lexicon.tsv")).symlink_to(others)
    before = os.umask(0)
    try:
        perform(path, Lexicon(id=1, action="add", word="你好", reading="ni2hao3"), wait=True)
    finally:
        os.umask(before)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(
        ["lexicon.tsv", "lexicon.tsv.lock", others.name, linked]
    )
    assert [entry.stat().st_mode & 0o777 for entry in (path, tmp_path / "lexicon.tsv.lock", tmp_path)] == [
        0o600,
        0o600,
        0o700,
    ]


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir])
def test_a_lexicon_that_is_no_regular_file_is_reported_at_once(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "lexicon.tsv"
    make(path)
    assert "cannot read" in lexicon_file.read(path).problems[0]
    with pytest.raises(StoreError, match="cannot read"):
        perform(path, Lexicon(id=1, action="add", word="你好", reading="ni2hao3"), wait=True)
