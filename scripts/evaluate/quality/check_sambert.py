"""Convert Sambert packages of every published configuration in every precision, and have a daemon speak with each.

Usage: python -m scripts.evaluate.quality.check_sambert [--seeds 77 4711] [--configurations 16k 48k …]
    [--precisions fp32 auto int8] [--json]

The weights are random, drawn from the seeds. Where PyTorch is, what is converted in float is compared with the original
flow in it (sambert_torch.py): durations, mels, and audio of the same mels and excitation; and that with what the
original implementation made, where shared/data has it. Needs pytest, and shared/ beside the repository. Exit status 1:
something failed, or is further off than LARGEST.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_tts import Client, store
from edge_tts.cancel import CancelToken
from edge_tts.cli.terminal import print_json, table
from edge_tts.config.loading import load as load_config
from edge_tts.convert.quantization import calibration
from edge_tts.convert.quantization.fidelity import Runner
from edge_tts.convert.sambert import conversion
from edge_tts.convert.sambert.package import voices
from edge_tts.daemon.starting import passing_daemon
from edge_tts.engines.sambert.acoustic import Conditions
from edge_tts.engines.sambert.harmonic_source import NOISE, HarmonicSource
from edge_tts.engines.sambert.symbols import tokens
from edge_tts.engines.sambert.vocoder import pitch_of
from edge_tts.engines.sambert.voice import SambertVoice
from edge_tts.text import analyze
from tests.support.sambert_configurations import PACKAGES
from tests.support.sambert_package import CASES, VARIANTS, make, reference

PYTORCH = find_spec("torch") is not None
if TYPE_CHECKING or PYTORCH:
    import torch

    from scripts.evaluate.quality import sambert_torch

ROOT = Path(__file__).resolve().parents[3]

SPOKEN = (
    ("北京今天天气怎么样？", "neutral"),
    ("你好，我们一起去学习语言。", "happy"),
    ("小花儿用GPS找Hello。", "angry"),
)
LARGEST = {"mels": 5e-4, "audio": 1e-3}
"""Differences that are allowed, of values of order one."""
COLUMNS = {
    "configuration": "CONFIGURATION", "seed": "SEED", "precision": "PRECISION", "megabytes": "MB",
    "mels": "MELS OFF BY", "audio": "AUDIO OFF BY", "vocoder_db": "VOCODER, dB", "others_db": "OTHERS, dB",
    "spoken_seconds": "SPOKEN, s",
}  # fmt: skip


def main() -> int:
    """Check, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[77, 4711])
    parser.add_argument("--configurations", nargs="+", default=list(PACKAGES), choices=PACKAGES, metavar="NAME")
    parser.add_argument("--precisions", nargs="+", default=["fp32", "auto", "int8"], metavar="PRECISION")
    parser.add_argument("--no-references", action="store_true", help="leave out what was stored of the original")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, redirect_stdout(sys.stderr):
        os.environ["EDGE_TTS_HOME"] = f"{scratch}/home"
        with passing_daemon(load_config()) as path, Client(path, timeout_seconds=120) as client:
            rows = [
                *([] if options.no_references or not PYTORCH else compared(Path(scratch))),
                *(
                    row
                    for name in options.configurations
                    for seed in options.seeds
                    for row in checked(name, seed, options.precisions, client, Path(scratch))
                ),
            ]
    print_json(rows) if options.json else print(table([shown(row) for row in rows], COLUMNS))
    return int(not all(map(is_good, rows)))


def is_good(row: dict[str, Any]) -> bool:
    """Return whether a row is as it should be."""
    return not row.get("error") and all(row.get(key, 0) <= most for key, most in LARGEST.items())


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row for people."""
    if row.get("error"):
        return {**row, "megabytes": f"failed: {row['error']}"}
    forms = {"megabytes": ".1f", "mels": ".1e", "audio": ".1e", "vocoder_db": ".1f", "others_db": ".1f",
             "spoken_seconds": ".1f"}  # fmt: skip
    left = " (float)" if row.get("vocoder_float") else ""
    cells = {key: format(row[key], form) for key, form in forms.items() if key in row}
    return {**row, **cells, "vocoder_db": cells.get("vocoder_db", "") + left}


def compared(scratch: Path) -> Iterator[dict[str, Any]]:
    """Yield a row for each variant of which is stored what the original made: how far the flow in PyTorch is off."""
    for variant, voice in VARIANTS.items():
        original = sambert_torch.read(voices(make(scratch / variant, variant, "--voices", voice))[0])
        found = {"mels": 0.0, "audio": 0.0}
        for case in CASES:
            given = reference(variant, case)
            who = given["spk_ids"][0]
            mel = said(original, given["ling_ids"], given["emo_ids"], who)
            found["mels"] = max(found["mels"], float(np.abs(mel - given["post_mel"]).max()))
            rate = 24000 if "24k" in variant else 16000
            pitch, voiced = given["voc_in"][:, -2], given["voc_in"][:, -1] > 0.5
            rows = None
            if "nsf_phase" in given:
                noise = (given["nsf_phase"].reshape(-1), given["nsf_noise"][0])
                rows = sambert_torch.excitation(*map(torch.from_numpy, (pitch, voiced, *noise)), sample_rate=rate)
            audio = sounded(original, given["voc_in"][:, :80], rows)
            found["audio"] = max(found["audio"], float(np.abs(audio - given["wav"]).max()))
        yield {"configuration": f"{variant}, as stored", "precision": "PyTorch", **found}


def checked(name: str, seed: int, precisions: list[str], client: Client, scratch: Path) -> Iterator[dict[str, Any]]:
    """Yield a row for each precision of a package."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        package = PACKAGES[name](Path(folder) / "package", seed)
        for precision in precisions:
            print(f"{name}, seed {seed}, {precision}", file=sys.stderr)
            row = {"configuration": name, "seed": seed, "precision": precision}
            try:
                yield {**row, **converted(package, Path(folder) / precision, precision, client)}
            except Exception as error:  # is the row's result, whatever it is
                yield {**row, "error": str(getattr(error, "stderr", "") or error).strip()}


def converted(package: Path, out: Path, precision: str, client: Client) -> dict[str, Any]:
    """Convert a package with the command line, speak, and return the figures."""
    command = [sys.executable, "-m", "edge_tts", "convert", "sambert", str(package), "-o", str(out)]
    command += ["--precision", precision, "--json"]
    summary = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)
    (voice,) = summary["voices"]
    found = {"megabytes": summary["bytes"] / 1e6, "spoken_seconds": spoken(out, voice, client)}
    if precision == "fp32":
        return {**found, **(differences(package, out / voice) if PYTORCH else {})}
    graphs = summary["graphs"][voice]
    ratios = {graph: one["fidelity"]["decibels"] for graph, one in graphs.items()}
    vocoder = ratios.pop("vocoder")
    return {
        **found,
        "vocoder_db": vocoder,
        "vocoder_float": graphs["vocoder"]["form"] is None,
        "others_db": min(ratios.values()),
    }


def spoken(folder: Path, voice: str, client: Client) -> float:
    """Install a model, have the daemon speak with it, remove it; return the seconds of audio."""
    settings = load_config()
    model = store.install(settings, folder).model
    total = 0.0
    for text, style in SPOKEN:
        sound = client.synthesize(text, voice=voice, style=style, seed=1)
        if not np.isfinite(sound.samples).all() or not 0 < np.abs(sound.samples).max() <= 1:
            raise ValueError(f"{text} as {style}: that is no audio")
        total += len(sound.samples) / sound.sample_rate
    store.remove(settings.paths, model.name)
    return total


def differences(package: Path, folder: Path) -> dict[str, float]:
    """Return the largest differences of a voice in float from the original flow."""
    original = sambert_torch.read(voices(package)[0])
    built = conversion.voice(voices(package)[0])
    voice, model = built.settings, calibration.acoustic_model(built.settings, folder)
    vocoder = Runner.load(folder / voice.vocoder.graph)
    found = {"mels": 0.0, "audio": 0.0}
    for number, (text, style) in enumerate(SPOKEN):
        symbols = [token for sentence in analyze(text) for token in tokens(sentence.words)]
        emotions = np.array([voice.emotion("none" if token.is_break else style) for token in symbols])
        who = number % len(built.speakers)
        ids, cancel = voice.encode(symbols), CancelToken()
        plan = model.plan(ids, Conditions(built.speakers[who], built.emotions[emotions]), cancel)
        mel = np.concatenate(list(model.mel(plan, cancel)))
        frames = said(
            original, ids, emotions, who if "spk_tokenizer.weight" in original.acoustic else built.speakers[0]
        )
        if frames.shape != mel.shape:
            raise ValueError(f"{text}: {len(mel)} frames, the original flow has {len(frames)}")
        found["mels"] = max(found["mels"], float(np.abs(mel - frames).max()))
        found["audio"] = max(found["audio"], far(voice, vocoder, original, frames, number))
    return found


def said(original: sambert_torch.Original, ids: Any, emotions: Any, who: Any) -> Any:
    """Return the frames of the original flow, shape (F, values)."""
    speaker = torch.as_tensor(np.broadcast_to(who, (1, len(ids), *np.shape(who))).copy())
    with torch.inference_mode():
        return original.mel(torch.from_numpy(ids)[None], torch.from_numpy(emotions)[None], speaker)[0].numpy()


def far(voice: SambertVoice, vocoder: Runner, original: sambert_torch.Original, frames: Any, seed: int) -> float:
    """Return the largest difference of the audio of the same frames, and of the same phases and noise."""
    feed, rows = {"mel": np.ascontiguousarray(frames[:, : voice.mel.n_mels].T[np.newaxis])}, None
    if count := voice.vocoder.harmonics:
        random, samples = np.random.default_rng(seed), len(frames) * voice.mel.hop_length
        phases, noise = random.uniform(-np.pi, np.pi, count), NOISE * random.standard_normal((count, samples))
        pitch, voiced = pitch_of(frames, voice.pitch_scale, voice.pitch_offset)
        rate, hop = voice.mel.sample_rate, voice.mel.hop_length
        feed["source"] = HarmonicSource(rate, hop, count, 0, phases)(pitch, voiced, noise)[np.newaxis]
        rows = sambert_torch.excitation(*map(torch.from_numpy, (pitch, voiced, phases, noise)), sample_rate=rate)
    (audio,) = vocoder.run_all(feed)
    expected = sounded(original, frames[:, : voice.mel.n_mels], rows)
    return float(np.abs(audio[0] - expected).max())


def sounded(original: sambert_torch.Original, mel: Any, rows: torch.Tensor | None) -> Any:
    """Return the audio of mels, shape (F, bands), with the rows of a source."""
    with torch.inference_mode():
        return original.audio(torch.from_numpy(mel)[None], rows).numpy()


if __name__ == "__main__":
    sys.exit(main())
