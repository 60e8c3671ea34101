"""The user's own words through the command line and the socket, applied at once and kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_tts.errors import RequestError
from tests.support.running import Daemon, environment, run

SYLLABLE = 2400
"""Samples; the tone engine makes a little more of each syllable."""


def reading(environ: dict[str, str], text: str) -> str:
    (sentence,) = json.loads(run(environ, "text", "--json", text).stdout)["sentences"]
    return " ".join(syllable["lexical"] for word in sentence["words"] for syllable in word["syllables"])


def test_words_are_added_listed_and_removed_without_a_daemon(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    assert run(environ, "lexicon", "add", "重庆", "zhong4 qing4", "--comment", "a test").returncode == 0
    assert "重庆  zhong4qing4  a test" in run(environ, "lexicon", "list").stdout
    assert reading(environ, "重庆") == "zhong4 qing4"
    assert run(environ, "lexicon", "remove", "重庆").returncode == 0
    assert json.loads(run(environ, "lexicon", "list", "--json").stdout)["entries"] == []
    assert reading(environ, "重庆") == "chong2 qing4"


def test_a_wrong_reading_is_one_line_and_exit_status_4(tmp_path: Path) -> None:
    result = run(environment(tmp_path), "lexicon", "add", "重庆", "chong2")
    assert result.returncode == 4
    assert result.stderr == "edge-tts: 重庆: expected 2 syllables, got 1 in 'chong2'\n"


@pytest.mark.parametrize("with_daemon", [False, True])
def test_an_exported_file_is_imported_and_broken_lines_are_named(
    tmp_path: Path, start: Callable[..., Daemon], with_daemon: bool
) -> None:
    environ = start().environ if with_daemon else environment(tmp_path / "home")
    (tmp_path / "words.tsv").write_text("重庆\tzhong4qing4\nbroken\nNginx\t[ipa:ˈɛnʤɪnɛks]\tserver\n", encoding="utf-8")
    result = run(environ, "lexicon", "import", str(tmp_path / "words.tsv"))
    assert result.returncode == 4
    assert "words.tsv line 2: expected word, reading" in result.stderr
    assert run(environ, "lexicon", "export").stdout == "重庆\tzhong4qing4\nNginx\t[ipa:ˈɛnʤɪnɛks]\tserver\n"
    assert run(environ, "lexicon", "export", str(tmp_path / "out.tsv")).returncode == 0
    assert run(environ, "lexicon", "import", "-", input=(tmp_path / "out.tsv").read_text("utf-8")).returncode == 0


def test_a_word_counts_for_the_next_text_and_after_a_restart(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client:
        before = client.synthesize("去玩儿").samples
        answer = client.lexicon("add", word="玩儿", reading="wan2er2")
        assert [row["reading"] for row in answer.entries] == ["wan2er2"]
        after = client.synthesize("去玩儿").samples
        assert len(after) > len(before) + SYLLABLE
    daemon.terminate()
    again = start()
    with again.client() as client:
        assert client.lexicon().digest == answer.digest
        assert len(client.synthesize("去玩儿").samples) == len(after)
        client.lexicon("remove", word="玩儿")
        assert len(client.synthesize("去玩儿").samples) == len(before)


def test_a_file_that_people_edit_counts_at_once(start: Callable[..., Daemon]) -> None:
    daemon = start()
    with daemon.client() as client:
        before = client.synthesize("去玩儿").samples
        (daemon.home / "state" / "lexicon.tsv").write_text("oops\n玩儿\twan2er2\n", encoding="utf-8")
        assert len(client.synthesize("去玩儿").samples) > len(before) + SYLLABLE
        assert client.lexicon().problems == [
            "lexicon.tsv line 1: expected word, reading and perhaps a comment with tabs between, got 'oops'"
        ]


def test_a_refusal_does_not_cost_the_connection(daemon: Daemon) -> None:
    with daemon.client() as client:
        with pytest.raises(RequestError, match="expected 2 syllables, got 1"):
            client.lexicon("add", word="重庆", reading="chong2")
        with pytest.raises(RequestError, match="is not in the lexicon"):
            client.lexicon("remove", word="重庆")
        assert client.lexicon().entries == []
