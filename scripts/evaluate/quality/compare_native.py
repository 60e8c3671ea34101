"""Compare Kokoro's native decoder with ONNX Runtime's graph: log-spectral distance and level, in dB.

    python -m scripts.evaluate.quality.compare_native [--home .cache/home]

Also what it does to leave the middle of the last silence out, counted in the statistics or not. Speech only; means.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts import store, text
from edge_tts.cancel import CancelToken
from edge_tts.config.loading import load as load_config
from edge_tts.engines.kokoro import prosody
from edge_tts.engines.kokoro.native import NativeGraph, derived
from edge_tts.engines.kokoro.symbols import sentence_phonemes
from edge_tts.graphs.parts import Part
from edge_tts.graphs.prepared import prepare
from edge_tts.graphs.session import Session

ROOT = Path(__file__).resolve().parents[3]

VOICES = ("zm_yunjian", "zf_xiaobei", "zf_xiaoxiao")
TEXTS = ("请稍等。", "请在三号窗口取您的快递。", "今天天气真好。", "您的余额是三百二十五元。")
FRAME, HOP = 1024, 256

Samples = NDArray[np.float32]
Condense = Callable[[Samples], tuple[NDArray[np.intp], Samples]]


def whole(energy: Samples) -> tuple[NDArray[np.intp], Samples]:
    """Keep every row."""
    return np.arange(len(energy) // 2), np.ones(len(energy) // 2, np.float32)


def uncounted(energy: Samples) -> tuple[NDArray[np.intp], Samples]:
    """Leave rows out that do not count either."""
    kept, counts = CONDENSE(energy)
    return kept, np.ones_like(counts)


CONDENSE: Condense = prosody.condense
WAYS: dict[str, Condense] = {"all rows": whole, "silence counted": CONDENSE, "silence left out": uncounted}


def spectra(samples: Samples) -> NDArray[np.float64]:
    """Return the log magnitudes of windows, in dB."""
    windows = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP] * np.hanning(FRAME)
    return 20 * np.log10(np.maximum(np.abs(np.fft.rfft(windows)), 1e-3))


def differences(one: Samples, other: Samples) -> tuple[float, float]:
    """Return log-spectral distance and level of the other over the one, where the one speaks."""
    audible = np.flatnonzero(np.abs(one) > 0.01)
    speech = slice(int(audible[0]), min(int(audible[-1]), len(other)))
    a, b = one[speech], other[speech]
    distance = np.sqrt(np.square(spectra(a) - spectra(b)).mean(axis=1)).mean()
    return float(distance), float(20 * np.log10(b.std() / a.std()))


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--home", type=Path, default=ROOT / ".cache" / "home", help="where the model is installed")
    options = parser.parse_args()
    config = load_config({**os.environ, "EDGE_TTS_HOME": str(options.home)})
    paths = config.paths
    model = store.find(paths, "kokoro").files_for_engine(paths.prepared)
    graph, vocabulary = model.files["graph"][0], json.loads(model.files["vocabulary"][0].read_text())["vocab"]
    tables = {path.stem: np.fromfile(path, "<f4").reshape(510, 256) for path in model.files["voice"]}
    reference = Session(prepare(Part(graph, model.prepared / "onnx"), config))
    front = prepare(Part(derived(graph), model.prepared / "native"), config)
    native = NativeGraph(front, front.arrays())
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    for voice, written in ((voice, written) for voice in VOICES for written in TEXTS):
        phonemes = sentence_phonemes(text.analyze(written)[0].words, model.tones, "zh")
        tokens = [vocabulary[symbol] for symbol in phonemes if symbol in vocabulary]
        style = tables[voice][len(tokens)][np.newaxis]
        inputs: dict[str, Any] = {
            "tokens": np.array([[0, *tokens, 0]]),
            "style": style,
            "speed": np.ones(1, np.float32),
        }
        expected = reference.run(inputs, CancelToken()).reshape(-1)
        for name, condense in WAYS.items():
            prosody.condense = condense  # type: ignore[assignment]
            found[name].append(differences(expected, native.run(inputs, CancelToken())))
    native.close()
    for name, values in found.items():
        distance, level = np.mean(values, axis=0)
        print(f"{name:<18} log-spectral distance {distance:.2f} dB, level {level:+.2f} dB")


if __name__ == "__main__":
    main()
