"""Kokoro with the times of its syllables, for measurements."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge_tts import store  # before onnxruntime, whose telemetry it switches off
from edge_tts.config.loading import load as load_config

# isort: split
import numpy as np
import onnx
import onnxruntime

from edge_tts.engines.kokoro.symbols import MARKS, Tones, sentence_phonemes, syllable_phonemes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_tts.text.sentence import Sentence, Syllable

RATE = 24_000


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence as it was synthesized.

    Attributes:
        samples: float32, shape (n,).
        times: begin and end of each syllable in seconds.
        syllables: the syllables, in order.
    """

    samples: NDArray[np.float32]
    times: list[tuple[float, float]]
    syllables: list[Syllable]


class TimedKokoro:
    """Kokoro's graph with its durations as a second output.

    Args:
        cache: folder for that graph and for audio.
    """

    def __init__(self, cache: Path) -> None:
        """Load the installed model."""
        cache.mkdir(parents=True, exist_ok=True)
        self._cache = cache
        paths = load_config().paths
        model = store.find(paths, "kokoro").files_for_engine(paths.prepared)
        vocabulary = json.loads(model.files["vocabulary"][0].read_text("utf-8"))["vocab"]
        self._vocabulary: dict[str, int] = vocabulary
        self._voices = {path.stem: path for path in model.files["voice"]}
        graph = cache / f"{model.digest[:16]}.onnx"
        if not graph.exists():
            _with_durations(model.files["graph"][0], graph)
        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # it may run beside other work
        self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])

    def say(self, sentence: Sentence, voice: str, tones: Tones) -> Spoken:
        """Synthesize a sentence of Chinese words, or take what was kept."""
        syllables = [syllable for word in sentence.words for syllable in word.syllables]
        symbols, places = _symbols(sentence, tones)
        name = hashlib.sha256(f"{voice} {symbols}".encode()).hexdigest()[:24]
        file = self._cache / f"{name}.npz"
        if not file.exists():
            self._synthesize(symbols, voice, file)
        kept = np.load(file)
        ends = np.cumsum(kept["durations"]) / kept["durations"].sum() * len(kept["samples"]) / RATE
        times = [(float(ends[begin]), float(ends[end])) for begin, end in places]  # token 0 is the start mark
        return Spoken(kept["samples"].astype(np.float32) / 32767, times, syllables)

    def _synthesize(self, symbols: str, voice: str, file: Path) -> None:
        tokens = [self._vocabulary[symbol] for symbol in symbols]
        style = np.fromfile(self._voices[voice], "<f4").reshape(510, 256)[len(tokens)]
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": style[np.newaxis],
            "speed": np.ones(1, np.float32),
        }
        audio, durations = self._session.run(None, inputs)
        samples = (np.clip(audio.reshape(-1), -1, 1) * 32767).astype(np.int16)
        np.savez(file, samples=samples, durations=durations.reshape(-1))


def _with_durations(source: Path, target: Path) -> None:
    model = onnx.load(str(source))
    rounded = {name for node in model.graph.node if node.op_type == "Round" for name in node.output}
    (clip,) = (node for node in model.graph.node if node.op_type == "Clip" and node.input[0] in rounded)
    model.graph.output.append(onnx.helper.make_tensor_value_info(clip.output[0], onnx.TensorProto.FLOAT, None))
    onnx.save(model, str(target))


def _symbols(sentence: Sentence, tones: Tones) -> tuple[str, list[tuple[int, int]]]:
    """Return the phoneme string, and where in it each syllable begins and ends."""
    symbols, places = "", []
    for word in sentence.words:
        symbols += " " if symbols else ""
        for syllable in word.syllables:
            spoken = syllable.surface_tone if tones == "surface" and syllable.surface_tone < 5 else None
            tone = spoken or syllable.lexical_tone
            sounds = syllable_phonemes(syllable.initial, syllable.final, tone, erhua=syllable.erhua)
            places.append((len(symbols), len(symbols) + len(sounds)))
            symbols += sounds
        symbols += word.punctuation.translate(MARKS)
    if symbols != sentence_phonemes(sentence.words, tones):
        raise ValueError(f"expected {sentence_phonemes(sentence.words, tones)!r}, got {symbols!r}")
    return symbols, places
