"""The command line in any locale, and texts that look like options."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running import Daemon, run

ENCODINGS = ("gbk", "ascii", "latin-1", "utf-8", "big5", "cp1252", "utf-16")
LOCALES: tuple[dict[str, str], ...] = (
    *({"PYTHONIOENCODING": encoding} for encoding in ENCODINGS),
    {"PYTHONIOENCODING": "ascii:strict", "LC_ALL": "C"},
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"LC_ALL": "zh_CN.GBK"},
    {"LC_ALL": "no_SUCH.locale"},
    {"LANG": "", "LC_ALL": ""},
)
COMMANDS = (
    ["disk"], ["disk", "plan", "kokoro"], ["voices"], ["status"], ["stop"], ["doctor"], ["models", "list"],
    ["models", "show", "kokoro"], ["models", "verify"], ["models", "show", "sambert-zhibei_emo"],
    ["text", "重庆银行行长有2个WiFi，é👍"], ["text", "Привет"],
    ["lexicon", "add", "单于", "chan2yu2", "--comment", "—→✗"],
    ["lexicon", "list"], ["lexicon", "export"], ["lexicon", "remove", "单于"], ["cache", "list"], ["cache", "stats"],
    ["say", "--no-play", "--json", "你好—…"], ["say", "-v", "没有", "--no-play", "好"], ["--help"], ["say", "--help"],
    ["models", "install", "没有→"], ["say", "-f", "没有—→.txt"], ["bench", "--help"], ["models", "prepare", "tone"],
)  # fmt: skip


EACH = """
import json, os, sys
from edge_tts.cli import main
for arguments in json.loads(sys.argv[1]):
    try:
        status = main([os.fsdecode(word.encode()) for word in arguments])  # as they come from a shell
    except SystemExit as end:
        status = end.code
    assert status in (0, 1, 4, 5), (arguments, status)
"""


@pytest.mark.parametrize("variables", LOCALES, ids=str)
def test_no_command_fails_over_what_it_prints(daemon: Daemon, variables: dict[str, str]) -> None:
    commands = [sys.executable, "-c", EACH, json.dumps(COMMANDS)]
    result = subprocess.run(commands, env={**daemon.environ, **variables}, capture_output=True, timeout=100)
    assert result.returncode == 0, result.stderr.decode(errors="replace")[-3000:]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_and_exported_words_lose_nothing(daemon: Daemon, encoding: str) -> None:
    environ = {**daemon.environ, "PYTHONIOENCODING": encoding}
    shown = run(environ, "text", "--json", "银行é👍", text=False).stdout
    assert json.loads(shown.decode(encoding))["text"] == "银行é👍"  # type: ignore[attr-defined]
    assert daemon.run("lexicon", "add", "单于", "chan2yu2", "--comment", "—✗").returncode == 0
    exported = run(environ, "lexicon", "export", text=False).stdout
    assert exported.decode() == "单于\tchan2yu2\t—✗\n"  # type: ignore[attr-defined]
    assert daemon.run("lexicon", "remove", "单于").stdout.startswith("单于 has its usual reading")


@pytest.mark.parametrize("text", ["-5度", "-5", "--5度", "-，好", "---", "-你好", "——你好", "−5度", "-5 度", "-.5"])
def test_a_text_may_begin_with_a_minus(daemon: Daemon, text: str) -> None:
    result = daemon.run("text", "--json", text)
    assert json.loads(result.stdout)["text"] == text, result.stderr
    spoken = [daemon.run("say", "--no-play", "--json", *words) for words in ([text + "好"], ["--", text + "好"])]
    lengths = {json.loads(result.stdout)["audio_seconds"] for result in spoken}
    assert len(lengths) == 1


def test_options_after_such_a_text_are_options(daemon: Daemon) -> None:
    result = daemon.run("say", "-5度", "--no-play", "--json", "-v", "beep")
    assert json.loads(result.stdout)["voice"] == "beep", result.stderr
    assert daemon.run("lexicon", "add", "单于", "chan2yu2", "--comment", "-5度").returncode == 0
    assert json.loads(daemon.run("lexicon", "list", "--json").stdout)["entries"][0]["comment"] == "-5度"
    assert daemon.run("lexicon", "remove", "单于").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["say", "-A计划"], 2, "say -- -A"),
        (["say", "--spede", "2", "你好"], 2, "goes after --"),
        (["say", "-v", "-x", "你好"], 2, "joined with ="),
        (["say", "-o", "-", "你好"], 4, "expected a file after -o, got -; --raw writes"),
        (["say", "--speed", "-1", "你好"], 4, "speed must be a number from 0.25 to 4"),
    ],
)
def test_a_word_that_is_taken_for_an_option_is_named(
    daemon: Daemon, arguments: list[str], status: int, message: str
) -> None:
    result = daemon.run(*arguments)
    assert result.returncode == status
    assert message in result.stderr


@pytest.mark.parametrize(("encoding", "read"), [("utf-8-sig", True), ("utf-16", True), ("gbk", False)])
def test_a_file_is_read_or_its_encoding_named(daemon: Daemon, tmp_path: Path, encoding: str, read: bool) -> None:
    file = tmp_path / "文 本.txt"
    file.write_bytes("第1章\n我们去公园。\n".encode(encoding))
    commands = (["say", "--no-play", "-f", str(file)], ["say", "--no-play", "-"], ["text", "-"])
    for arguments in commands:
        with file.open("rb") as stdin:
            result = daemon.run(*arguments, stdin=stdin)
        assert (result.returncode == 0) is read, result.stderr
        assert ("it seems to be GBK: iconv -f GB18030 -t UTF-8" in result.stderr) is not read


@pytest.mark.parametrize("encoding", ["utf-16", "gbk"])
def test_words_are_imported_from_a_file_or_its_encoding_is_named(daemon: Daemon, tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "words.tsv"
    file.write_bytes("单于\tchan2yu2\n".encode(encoding))
    result: subprocess.CompletedProcess[str] = daemon.run("lexicon", "import", str(file))
    if encoding == "gbk":
        assert result.returncode == 4
        assert "it seems to be GBK: iconv" in result.stderr
    else:
        assert result.stdout == f"1 words were read from {file}, the lexicon has 1\n"
        assert daemon.run("lexicon", "remove", "单于").returncode == 0


def test_stop_and_lexicon_say_what_they_did(daemon: Daemon) -> None:
    assert daemon.run("stop").stdout == "there was nothing to stop\n"
    assert daemon.run("lexicon", "add", "单于", "chan2yu2").stdout == "单于 is read chan2yu2\n"
    assert "单于" in daemon.run("lexicon", "remove", "单于").stdout
    assert "no words yet" in daemon.run("lexicon", "list").stdout
    with daemon.client() as client:
        stream = client.stream("今天天气很好，我们去公园散步。" * 600)
        next(stream)
        assert daemon.run("stop").stdout == "stopped: 1 utterance\n"
        stream.close()  # type: ignore[attr-defined]
