"""Compare a converted Sambert voice with the original flow in PyTorch: time, first audio, memory.

Both speak the same tokens with the same number of threads, each run in a process of its own, in turn; medians. The
weights may be random, as speed does not depend on their values. Then a daemon speaks with CONVERTED: how much sooner
later requests are heard than first ones.
Usage: python -m scripts.evaluate.speed.sambert MODEL_DIR CONVERTED [--seconds 30] [--threads 2] [--runs 3] [--json]
MODEL_DIR is a package as `edge-tts convert sambert` reads it, CONVERTED what that made of it. Needs torch.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scripts.evaluate.speed import first_requests

ROOT = Path(__file__).resolve().parents[3]

SENTENCE = "今天天气真好，我们一起去公园散步吧。"


def peak_mb() -> float:
    """Return the most memory that this process has had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def spoken(package: Path) -> Any:
    """Return the first voice of a package and tokens of it."""
    from edge_tts.convert.sambert import conversion
    from edge_tts.convert.sambert.package import voices
    from edge_tts.engines.sambert.symbols import tokens
    from edge_tts.text import analyze

    (sentence,) = analyze(SENTENCE)
    return voices(package)[0], conversion, tokens(sentence.words)


def original(options: argparse.Namespace) -> dict[str, float]:
    """Speak with PyTorch."""
    import torch

    from scripts.evaluate.quality import sambert_torch

    torch.set_num_threads(options.threads)
    voice, sambert, symbols = spoken(options.package)
    model, built = sambert_torch.read(voice), sambert.voice(voice).without_graphs()
    ling, count = torch.from_numpy(built.settings.encode(symbols))[None], len(symbols)
    emotion, speaker = torch.ones(1, count, dtype=torch.long), torch.zeros(1, count, dtype=torch.long)
    if "spk_tokenizer.weight" not in model.acoustic:  # then each token has the speaker's vector
        speaker = torch.tensor(built.speakers)[None].repeat(1, count, 1)
    rate = built.settings.mel.sample_rate

    def speak(*given: torch.Tensor) -> int:
        """Return how many samples became of tokens, emotions and speakers."""
        with torch.inference_mode():
            return len(sounded(model, built.settings, model.mel(*given)))

    times = max(round(options.seconds * rate / speak(ling, emotion, speaker)), 1)  # also warms up
    start, count, first = time.perf_counter(), 0, 0.0
    for _ in range(times):
        count += speak(ling, emotion, speaker)
        first = first or time.perf_counter() - start
    found = {"audio_seconds": count / rate, "seconds": time.perf_counter() - start, "first_seconds": first,
             "peak_mb": peak_mb()}  # fmt: skip
    many = [one.repeat(1, times, *[1] * (one.dim() - 2)) for one in (ling, emotion, speaker)]
    start = time.perf_counter()
    whole = speak(*many) / rate
    took = time.perf_counter() - start
    return {**found, "whole_audio_seconds": whole, "whole_seconds": took, "whole_first_seconds": took,
            "whole_peak_mb": peak_mb()}  # fmt: skip


def sounded(model: Any, voice: Any, frames: Any) -> Any:
    """Return the audio of frames (1, F, values) of the original flow; behind the mels some have pitch and voicing."""
    import torch

    from edge_tts.engines.sambert.harmonic_source import NOISE
    from edge_tts.engines.sambert.vocoder import pitch_of
    from scripts.evaluate.quality import sambert_torch

    rows, harmonics = None, voice.vocoder.harmonics
    if harmonics:
        phases = 2 * torch.pi * torch.rand(harmonics)
        noise = NOISE * torch.randn(harmonics, frames.shape[1] * voice.mel.hop_length)
        pitch, voiced = map(torch.from_numpy, pitch_of(frames[0].numpy(), voice.pitch_scale, voice.pitch_offset))
        rows = sambert_torch.excitation(pitch, voiced, phases, noise, sample_rate=voice.mel.sample_rate)
    return model.audio(frames[:, :, : voice.mel.n_mels], rows)


def converted(options: argparse.Namespace) -> dict[str, float]:
    """Speak with the engine."""
    from edge_tts.cancel import CancelToken
    from edge_tts.config.loading import load as load_config
    from edge_tts.engines import loading
    from edge_tts.engines.engine import VoiceSettings
    from edge_tts.engines.sambert.engine import Sambert
    from edge_tts.engines.sambert.symbols import tokens
    from edge_tts.store.catalog import read
    from edge_tts.store.installed import Installed
    from edge_tts.text import analyze

    manifest = read(options.converted)
    prepared = options.converted.parent / f"{options.converted.name}-prepared"
    start = time.perf_counter()
    files = Installed(manifest, options.converted).files_for_engine(prepared)
    engine = loading.load(files, options.threads, config=load_config())
    loaded = time.perf_counter() - start
    assert isinstance(engine, Sambert)
    settings, cancel = VoiceSettings(manifest.default_voice), CancelToken()

    def say(text: str) -> tuple[float, float, float]:
        """Return seconds from a text to its first samples and to its last, as a worker makes them, and of audio."""
        return heard(samples for one in analyze(text) for samples in engine.synthesize(one, settings, cancel))

    def heard(pieces: Iterable[Any]) -> tuple[float, float, float]:
        start, count, first = time.perf_counter(), 0, 0.0
        for samples in pieces:
            first = first or time.perf_counter() - start
            count += len(samples)
        return first, time.perf_counter() - start, count / manifest.sample_rate

    after_load = say(first_requests.TEXTS[0])[0]
    later = statistics.median(say(text)[0] for text in first_requests.TEXTS[1:])
    times = max(round(options.seconds / say(SENTENCE)[2]), 1)
    first, took, audio = say(SENTENCE * times)
    found = {"audio_seconds": audio, "seconds": took, "first_seconds": first, "peak_mb": peak_mb(),
             "load_seconds": loaded, "after_load_seconds": after_load, "later_seconds": later}  # fmt: skip
    symbols = [token for one in analyze(SENTENCE) for token in tokens(one.words)]
    first, took, audio = heard(engine.speak(symbols * times, settings, cancel))
    return {**found, "whole_audio_seconds": audio, "whole_seconds": took, "whole_first_seconds": first,
            "whole_peak_mb": peak_mb()}  # fmt: skip


def measured(options: argparse.Namespace, which: str) -> dict[str, float]:
    """Return the figures of one run in a fresh process."""
    command = [sys.executable, __file__, str(options.package), str(options.converted), "--only", which]
    command += ["--seconds", str(options.seconds), "--threads", str(options.threads)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(result.stdout))


def main() -> None:
    """Measure both in turn, print the medians and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path)
    parser.add_argument("converted", type=Path)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=("original", "converted"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        print(json.dumps({"original": original, "converted": converted}[options.only](options)))
        return
    measured(options, "converted")  # prepares the graphs
    runs = [(measured(options, "original"), measured(options, "converted")) for _ in range(options.runs)]
    theirs, ours = (
        {key: statistics.median(run[side][key] for run in runs) for key in runs[0][side]} for side in (0, 1)
    )
    daemon = first_requests.measured(options.converted, options.runs)
    if options.json:
        print(json.dumps({"original": theirs, "converted": ours, "daemon": daemon}, indent=1))
        return
    for side in (theirs, ours):
        side |= {f"{prefix}rtf": side[f"{prefix}seconds"] / side[f"{prefix}audio_seconds"] for prefix in ("", "whole_")}
    rows = (("seconds of speech", "audio_seconds"), ("seconds to make it", "seconds"), ("for one of speech", "rtf"),
            ("first audio, seconds", "first_seconds"), ("peak memory, MB", "peak_mb"))  # fmt: skip
    for title, prefix in (("sentence by sentence", ""), ("in one piece", "whole_")):
        print(f"{title:24}{'PyTorch':>10}{'converted':>11}{'ratio':>8}")
        for label, key in rows:
            one, other = theirs[prefix + key], ours[prefix + key]
            print(f"{label:24}{one:10.3f}{other:11.3f}{one / other:8.1f}")
    cold, after, later = (ours[f"{key}_seconds"] for key in ("load", "after_load", "later"))
    print(f"first sound of a sentence, ms: {(cold + after) * 1e3:.0f} with loading, {after * 1e3:.0f} after it, "
          f"{later * 1e3:.0f} later; {1 - later / (cold + after):.0%} and {1 - later / after:.0%} sooner")  # fmt: skip
    print(*first_requests.shown(daemon), sep="\n")


if __name__ == "__main__":
    main()
