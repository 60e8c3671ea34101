"""The command line as people and programs use it: output, files, exit statuses, one line for each mistake."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from edge_tts import store
from edge_tts.config.loading import load as load_config
from tests.support.running import Daemon, environment, run
from tests.support.store_model import make_folder, manifest, mounted


def test_say_json_has_the_figures(daemon: Daemon) -> None:
    result = daemon.run("say", "--no-play", "--json", "你好，世界。")
    assert result.returncode == 0, result.stderr
    stats = json.loads(result.stdout)
    assert stats.keys() >= {
        "voice", "model", "sample_rate", "audio_seconds", "ttfa_seconds", "synthesis_seconds", "rtf", "cached"
    }  # fmt: skip
    assert stats["voice"] == "beep"
    assert stats["audio_seconds"] > 0.4


@pytest.mark.parametrize("ending", [".wav", ".flac", ".ogg", ".mp3", ".WAV"])
def test_say_writes_the_kind_of_file_that_its_name_tells(daemon: Daemon, tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"hello{ending}"
    result = daemon.run("say", "-o", str(target), "--json", "你好，世界。")
    assert result.returncode == 0, result.stderr
    info = soundfile.info(target)
    assert info.format == {".flac": "FLAC", ".ogg": "OGG", ".mp3": "MP3"}.get(ending, "WAV")
    assert info.duration == pytest.approx(json.loads(result.stdout)["audio_seconds"], abs=0.1)
    assert os.listdir(tmp_path) == [target.name]


def test_say_raw_is_pcm_on_standard_output(daemon: Daemon) -> None:
    result = daemon.run("say", "--raw", "你好", text=False)
    assert result.returncode == 0
    assert len(result.stdout) % 2 == 0
    assert len(result.stdout) > 10_000


def test_say_reads_a_file_and_standard_input(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("你好，世界。", encoding="utf-8")
    from_words = daemon.run("say", "--no-play", "--json", "你好，世界。")
    from_file = daemon.run("say", "--no-play", "--json", "-f", str(tmp_path / "text.txt"))
    from_stdin = daemon.run("say", "--no-play", "--json", "-", input="你好，世界。")
    lengths = {json.loads(result.stdout)["audio_seconds"] for result in (from_words, from_file, from_stdin)}
    assert len(lengths) == 1


def test_say_starts_a_daemon_if_none_runs_and_the_next_say_uses_it(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    store.install(load_config(environ), "tone")
    first = run(environ, "say", "--no-play", "--json", "你好")
    assert first.returncode == 0, first.stderr
    status = json.loads(run(environ, "status", "--json").stdout)
    try:
        assert run(environ, "say", "--no-play", "你好").returncode == 0
        assert json.loads(run(environ, "status", "--json").stdout)["pid"] == status["pid"]
    finally:
        os.kill(status["pid"], signal.SIGTERM)


def test_status_json_has_what_programs_need(daemon: Daemon) -> None:
    with daemon.client() as client:
        client.synthesize("你好")
    status = json.loads(daemon.run("status", "--json").stdout)
    assert status.keys() >= {"version", "uptime_seconds", "models", "queue", "pid"}
    (model,) = status["models"]
    assert model.keys() >= {"name", "state", "pid", "memory"}
    assert model["state"] == "ready"
    assert model["memory"] > 1_000_000


def test_status_tells_own_memory_from_pages_of_files(daemon: Daemon) -> None:
    with daemon.client() as client:
        client.synthesize("你好")
        report = client.status()
    (model,) = report["models"]
    assert 1_000_000 < model["private_memory"] < model["memory"]
    assert 1_000_000 < report["private_memory"] < report["memory"]
    lines = daemon.run("status").stdout.splitlines()
    (memory,) = (line for line in lines if line.startswith("memory"))
    assert re.fullmatch(r"memory +[\d.]+ [kM]B of its own and [\d.]+ [kM]B of files", memory)
    heading, row = lines[-2:]
    assert re.split("  +", heading)[3:5] == ["OWN MEMORY", "+ FILES"]
    assert all(re.fullmatch(r"[\d.]+ [kM]B", cell) for cell in re.split("  +", row)[3:5])


def test_voices_are_a_table_and_json(daemon: Daemon) -> None:
    table = daemon.run("voices").stdout.splitlines()
    assert table[0].split() == ["NAME", "LANGUAGE", "GENDER", "ENGINE", "MODEL", "LICENSE", "DEFAULT"]
    assert table[1].split()[0] == "beep"
    (voice,) = json.loads(daemon.run("voices", "--json").stdout)
    assert voice == {
        "name": "beep", "language": "zh", "gender": "", "model": "tone", "engine": "tone", "license": "none",
        "default": True,
    }  # fmt: skip


def test_voices_need_no_daemon(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    assert run(environ, "models", "install", "tone").returncode == 0
    assert "beep" in run(environ, "voices").stdout
    assert not (tmp_path / "run" / "edge-tts.sock").exists()


def test_stop_stops(daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.stream("今天天气很好，我们去公园散步。" * 600)
        next(stream)
        assert json.loads(daemon.run("stop", "--json").stdout) == {"stopped": 1}
        stream.close()  # type: ignore[attr-defined]


def test_models_can_be_listed_shown_verified_and_removed(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    rows = json.loads(run(environ, "models", "list", "--json").stdout)
    assert {row["name"]: row["installed"] for row in rows} == dict.fromkeys(store.catalog(), False)
    assert run(environ, "models", "install", "tone").returncode == 0
    assert "licence" in run(environ, "models", "show", "kokoro").stdout
    assert run(environ, "models", "verify", "tone").returncode == 0
    assert json.loads(run(environ, "models", "remove", "tone", "--json").stdout)["name"] == "tone"
    assert run(environ, "models", "verify", "tone").returncode == 5


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 5), ("", 5)])
def test_an_agreement_is_asked_for_on_a_terminal(tmp_path: Path, answer: str, status: int) -> None:
    folder = make_folder(tmp_path / "model", manifest({}, accept="for research only"), {})
    ours, theirs = os.openpty()
    os.write(ours, f"{answer}\n".encode())
    command = [sys.executable, "-m", "edge_tts", "models", "install", str(folder)]
    streams = {"stdin": theirs, "stdout": subprocess.PIPE, "stderr": theirs}
    result = subprocess.run(command, env=environment(tmp_path), text=True, **streams)  # type: ignore[call-overload]
    assert result.returncode == status
    assert "agreement   for research only" in result.stdout
    assert b"do you agree? [y/N]" in os.read(ours, 10_000)
    os.close(ours)
    os.close(theirs)


def test_text_json_is_one_object_for_each_line(tmp_path: Path) -> None:
    result = run(environment(tmp_path), "text", "-", "--json", input="银行行长\nUse USB-C，好吗？\nあж\n")
    documents = [json.loads(line) for line in result.stdout.splitlines()]
    assert [document["text"] for document in documents] == ["银行行长", "Use USB-C，好吗？", "あж"]
    words = documents[0]["sentences"][0]["words"]
    assert [s["surface"] for word in words for s in word["syllables"]] == ["yin2", "hang2", "hang2", "zhang3"]
    languages = {word["language"] for sentence in documents[1]["sentences"] for word in sentence["words"]}
    assert languages == {"zh", "en"}
    assert "error" in documents[2]
    assert result.returncode == 4


def test_text_for_people_aligns_characters_and_readings(tmp_path: Path) -> None:
    shown = run(environment(tmp_path), "text", "绿色，你好").stdout.splitlines()
    assert shown == ["绿色    你  好", "lǜsè, ‖ ní  hǎo", "        (nǐ)"]


def test_text_for_people_shows_what_was_rewritten_and_what_cannot_be_read(tmp_path: Path) -> None:
    shown = run(environment(tmp_path), "text", "3月，你好Привет👍", "--emoji", "drop").stdout.splitlines()
    assert shown == ["3月", "三 月     你  好 Привет", "sānyuè, ‖ ní  hǎo✗", "          (nǐ)"]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["say", "--no-play", "-v", "bepe", "你好"], 4, "the nearest: beep"),
        (["say", "--no-play", ""], 4, "text is empty"),
        (["say", "--no-play", "あж"], 4, "あж"),
        (["say", "--no-play", "--emoji", "drop", "😀"], 4, "😀"),
        (["say", "--no-play", "\udcff"], 4, "text must be UTF-8"),
        (["text", "好\udcff"], 4, "text must be UTF-8"),
        (["say", "--no-play", "--speed", "0", "你好"], 4, "speed must be a number from 0.25 to 4"),
        (["say", "--no-play", "字" * 20_000], 4, "20000 characters, limit is 10000"),
        (["say"], 4, "expected TEXT"),
        (["say", "-f", "/nonexistent", "--no-play"], 4, "cannot read /nonexistent"),
        (["say", "-o", "hello.aac", "你好"], 4, "must end in .wav, .flac, .ogg, .mp3"),
        (["say", "-o", "/nonexistent/hello.wav", "你好"], 4, "cannot write /nonexistent/hello.wav"),
        (["say", "你好"], 7, "no sound device"),
        (["models", "install", "kokro"], 5, "kokoro"),
        (["models", "remove", "../../etc"], 5, "is not installed"),
        (["models", "verify", "nothing"], 5, "is not installed"),
    ],
)
def test_a_mistake_is_answered_with_one_clear_line(
    daemon: Daemon, arguments: list[str], status: int, message: str
) -> None:
    result = daemon.run(*arguments)
    assert result.returncode == status, result.stderr
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("edge-tts: ")


def test_status_without_a_daemon_says_how_to_start_one(tmp_path: Path) -> None:
    result = run(environment(tmp_path), "status")
    assert result.returncode == 8
    assert "edge-tts serve" in result.stderr


def test_a_wrong_configuration_is_named(tmp_path: Path) -> None:
    result = run(environment(tmp_path, EDGE_TTS_CONFIG=str(tmp_path / "missing.toml")), "voices")
    assert result.returncode == 9
    assert "missing.toml" in result.stderr


def test_a_megabyte_of_text_is_refused(daemon: Daemon) -> None:
    result = daemon.run("say", "--no-play", "-", input="字" * 400_000)
    assert result.returncode == 3
    assert re.search(r"frame of \d+ bytes, limit is 1048576", result.stderr)


def test_ctrl_c_stops_the_speech(daemon: Daemon) -> None:
    command = [sys.executable, "-m", "edge_tts", "say", "--raw", "今天天气很好。" * 1000]
    process = subprocess.Popen(command, env=daemon.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    with process:
        process.stdout.read(1000)
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.wait(10) == 130
    with daemon.client() as client:
        while client.status()["queue"]["waiting"]:
            pass


def test_a_reader_that_goes_away_is_no_traceback(daemon: Daemon) -> None:
    command = [sys.executable, "-m", "edge_tts", "say", "--raw", "今天天气很好。" * 1000]
    process = subprocess.Popen(command, env=daemon.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        process.stdout.read(1000)
        process.stdout.close()
        assert process.stderr.read() == b""


def test_doctor_checks_everything_and_says_how_to_mend(daemon: Daemon) -> None:
    result = daemon.run("doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(result.stdout)}
    assert findings.keys() == {
        "environment",
        "onnxruntime",
        "native code",
        "gpu",
        "sound",
        "daemon",
        "models",
        "default voice",
        "folders",
        "disk",
    }
    assert not findings["sound"]["ok"]
    assert "libportaudio2" in findings["sound"]["mend"]
    assert result.returncode == 1
    assert daemon.run("doctor").stdout.count("\n") >= 7


def test_doctor_finds_the_clash_with_the_other_edge_tts(daemon: Daemon, tmp_path: Path) -> None:
    other = tmp_path / "edge_tts-7.2.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: edge-tts\nVersion: 7.2.0\n")
    path = os.pathsep.join([str(tmp_path), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    result = run({**daemon.environ, "PYTHONPATH": path.rstrip(os.pathsep)}, "doctor", "--json")
    (finding,) = [finding for finding in json.loads(result.stdout) if finding["name"] == "environment"]
    assert not finding["ok"]
    assert "pip uninstall edge-tts" in finding["mend"]


LOADED_BY_SAY = (
    "cli cli.arguments cli.audio_file cli.encodings cli.input_text cli.models cli.models.arguments "
    "cli.parser cli.say cli.streams client client.blocking client.connecting client.conversation config "
    "config.places errors offline sound sound.wav system system.private system.replacing system.values "
    "version wire"
).split()
TAKING_LONG = {
    *("numpy", "onnxruntime", "soundfile", "sounddevice", "asyncio", "dataclasses", "inspect", "json", "logging"),
    *("shlex", "shutil", "signal", "subprocess", "tempfile", "tomllib", "unicodedata", "wave"),
}


def test_say_loads_what_a_client_needs_and_nothing_heavy(daemon: Daemon, tmp_path: Path) -> None:
    program = (
        "import sys; from edge_tts.cli import main; assert main(['say', *sys.argv[1:], '你好']) == 0; "
        "print(*sys.modules)"
    )
    command = [sys.executable, "-c", program, "-o", str(tmp_path / "hello.wav")]
    result = subprocess.run(command, env=daemon.environ, capture_output=True, text=True, timeout=60)
    loaded = set(result.stdout.split())
    ours = {name for name in loaded if name.startswith("edge_tts.") and not name.startswith("edge_tts.wire.")}
    assert ours == {f"edge_tts.{name}" for name in LOADED_BY_SAY}, result.stderr
    assert not loaded & TAKING_LONG


def test_importing_the_clients_imports_nothing_heavy() -> None:
    program = (
        "import sys; from edge_tts import AsyncClient, Client; "
        "print(sorted({'numpy', 'onnxruntime', 'soundfile', 'sounddevice'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert result.stdout.strip() == "[]", result.stderr


def test_a_folder_in_place_of_the_file_is_named(daemon: Daemon, tmp_path: Path) -> None:
    folder = tmp_path / "folder.wav"
    folder.mkdir()
    result = daemon.run("say", "-o", str(folder), "你好")
    assert (result.returncode, result.stderr) == (4, f"edge-tts: cannot write {folder}: it is a folder\n")
    assert list(tmp_path.glob(".new-*")) == []


def test_a_full_disk_while_writing_the_file_is_said(daemon: Daemon, tmp_path: Path) -> None:
    with mounted(tmp_path / "small", size_bytes=65_536) as folder:
        result = daemon.run("say", "-o", str(folder / "long.wav"), "今天天气很好。" * 100)
        assert result.returncode == 5
        assert "No space left" in result.stderr
        assert list(folder.iterdir()) == []
