"""Measure where voices fall silent inside short texts, and how what they say ends.

    python -m scripts.evaluate.quality.endings [--model kokoro] [--voices zm_yunxi …] [--texts 是 请看第三页（左边） …]

Each text is spoken by every Chinese voice of the model, piece by piece; the first `UNKNOWN` texts before that as a
process does it that does not know the voice yet. Printed are, for each voice, over all texts: the longest silence
inside one that has no mark there, the shortest silence after it and what it should be, and the largest sample at the
end; then each text whose silence inside is longer than `HOLE`, or whose end is not what it should be. Exit status 1 if
there is one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_tts import store, text
from edge_tts.cancel import CancelToken
from edge_tts.config.loading import load as load_config
from edge_tts.engines import loading
from edge_tts.engines.engine import Engine, VoiceSettings
from edge_tts.text.prosody import pauses

ROOT = Path(__file__).resolve().parents[3]

SHORT = "是 四 十 百 去 不 好 三 10 7 404 A OK 对 吃 佛 热 日 您 一 请 注意 到了 开门 四十四 西四 实时 不是".split()
ENDS = (
    "请看第三页（左边） 请看第三页(左边) 请看第三页【左边】 他说“去左边” 他说“去左边。” 看《左边》 看『左边』 'left' "
    "请看左边😀 请看left 请看第3页 请看左边 请看左边， 请看左边… 请看左边—— 请看左边： 请看左边；请看左边？！ "
    "请看左边。。。 请看左边） 请看左边(B) 请看左边～ 左边) 左边”。 温度20℃"
).split()
HOLE = 0.2
"""Seconds of silence inside that are heard as a gap; a stop after a vowel has 0.1."""
STEP = 1e-3
"""Largest sample of the last 5 ms that is no click."""
SHORTER = 0.05
"""Seconds by which the silence after may be less than it should be."""
FRAME_SECONDS = 0.005
AUDIBLE = 10 ** (-45 / 20)
UNKNOWN = 5
"""Texts after which Kokoro has measured a voice."""


@dataclass(frozen=True, slots=True)
class Found:
    """How one text was spoken.

    Attributes:
        text: what was said.
        hole: seconds of the longest silence inside.
        step: largest sample of the last 5 ms.
        after: seconds after the last frame above -45 dB.
        wanted: seconds that there should be.
        marks: whether there are marks inside.
    """

    text: str
    hole: float
    step: float
    after: float
    wanted: float
    marks: bool

    @property
    def faults(self) -> list[str]:
        """What is wrong with it."""
        return [
            *([f"hole {self.hole:.2f} s"] if self.hole > HOLE and not self.marks else []),
            *([f"step {self.step:.4f}"] if self.step > STEP else []),
            *([f"after {self.after:.2f} of {self.wanted:.2f} s"] if self.after < self.wanted - SHORTER else []),
        ]


def spoken(engine: Engine, said: str, voice: str) -> Found:
    """Speak a text and measure it."""
    sentences = text.analyze(said)
    pieces = [
        piece
        for sentence in sentences
        for part in pauses.parts(sentence)
        for piece in engine.synthesize(part, VoiceSettings(voice), CancelToken())
    ]
    samples = np.concatenate(pieces)
    marks = any(word.punctuation for word in [word for sentence in sentences for word in sentence.words][:-1])
    return measured(said, samples, engine.info.sample_rate, pauses.AFTER_BREAK[-1], marks)


def measured(said: str, samples: NDArray[np.float32], rate: int, wanted: float, marks: bool) -> Found:
    """Return what is found in the samples of a text."""
    frame = int(FRAME_SECONDS * rate)
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame)
    loud = np.flatnonzero(np.sqrt(np.mean(np.square(frames), axis=1)) > AUDIBLE)
    hole = float(np.diff(loud).max(initial=1) - 1) * FRAME_SECONDS
    after = (len(frames) - 1 - loud[-1]) * FRAME_SECONDS if loud.size else 0.0
    return Found(said, hole, float(np.abs(samples[-frame:]).max()), after, wanted, marks)


def every(engine: Engine, voice: str, texts: Sequence[str]) -> Iterator[tuple[str, Found]]:
    """Yield each text as it is spoken, before and after the voice is known."""
    for said in texts[:UNKNOWN]:
        yield "whole", spoken(engine, said, voice)
    for _ in range(UNKNOWN - len(texts)):
        spoken(engine, "好。", voice)
    for said in texts:
        yield "streamed", spoken(engine, said, voice)


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m scripts.evaluate.quality.endings", description=__doc__)
    parser.add_argument("--model", default="kokoro", metavar="MODEL")
    parser.add_argument("--voices", nargs="+", default=[], metavar="VOICE", help="default: every Chinese one")
    parser.add_argument("--texts", nargs="+", default=[*SHORT, *ENDS], metavar="TEXT")
    options = parser.parse_args()
    config = load_config()
    model = store.find(config.paths, options.model).files_for_engine(config.paths.prepared)
    engine = loading.load(model, 0, config=config)
    voices = options.voices or [voice.name for voice in model.voices if voice.language == "zh"]
    faulty = 0
    print(f"{'voice':<16} {'way':<9} {'texts':>5}  hole    step    after − wanted")
    for voice in voices:
        found = list(every(engine, voice, options.texts))
        for way in ("whole", "streamed"):
            those = [one for at, one in found if at == way]
            hole = max((one.hole for one in those if not one.marks), default=0.0)
            short = min(one.after - one.wanted for one in those)
            step = max(one.step for one in those)
            print(f"{voice:<16} {way:<9} {len(those):>5}  {hole:.2f} s  {step:.4f}  {short:+.2f} s")
        for way, one in found:
            if one.faults:
                faulty += 1
                print(f"    {way:<9} {one.text}: {', '.join(one.faults)}")
        sys.stdout.flush()
    engine.close()
    return int(faulty > 0)


if __name__ == "__main__":
    sys.exit(main())
