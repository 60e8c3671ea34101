"""Make what README.md lets people hear: docs/samples/*.mp3, and the page that says what each is.

    python -m scripts.build.make_samples

It speaks through `edge-tts say`, so the model kokoro has to be installed. Only voices whose licence asks nobody for an
agreement are published; the page has the licence of each.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from edge_tts import store
from edge_tts.config.loading import load as load_config

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "samples"
MOST_BYTES = 600_000
"""Most bytes of all samples together."""

SAMPLES = (
    (
        "chinese-male",
        "zm_yunjian",
        "您好，欢迎光临。今天是2026年3月5日，星期四，现在是上午9:30，室外温度-5℃，请注意保暖。",
    ),
    ("chinese-female", "zf_xiaobei", "重庆银行的行长说，他长大以后才学会行走江湖。银行的人行道上，行人不行。"),
    ("mixed", "zm_yunxi", "请打开WiFi，连接到USB打印机，然后把PPT发到我的email，文件不要超过20MB。"),
    ("notice", "zf_xiaoxiao", "各位旅客请注意，由北京南开往上海虹桥的G102次列车即将进站，请站在安全线以内。"),
    ("english", "af_heart", "Good morning. Your table for 4 is ready at 7:45 p.m., and dinner is $25 per person."),
)
"""Name, voice and text of each."""


def main() -> int:
    """Make all samples; return the exit status."""
    voices = {voice.name: model for model in store.installed(load_config().paths) for voice in model.manifest.voices}
    for _, voice, _ in SAMPLES:
        if voice not in voices:
            sys.exit(f"voice {voice} is not installed: edge-tts models install kokoro")
        if voices[voice].manifest.licences.accept:
            sys.exit(f"voice {voice} is not published: {voices[voice].manifest.licences.accept}")
    for name, voice, text in SAMPLES:
        command = ["-m", "edge_tts", "say", "--no-cache", "-v", voice, "-o", str(FOLDER / f"{name}.mp3"), text]
        subprocess.run([sys.executable, *command], check=True)
    if (size := sum(path.stat().st_size for path in FOLDER.glob("*.mp3"))) > MOST_BYTES:
        sys.exit(f"the samples have {size} bytes, at most {MOST_BYTES} are meant for them")
    (FOLDER / "README.md").write_text(page({voice: model.manifest for voice, model in voices.items()}), "utf-8")
    return 0


def page(manifests: dict[str, store.Manifest]) -> str:
    """Return the document that says what is heard in each sample, and under which licence."""
    rows = [
        f"| [{name}.mp3]({name}.mp3) | `{voice}` | {text} | {manifests[voice].licences.weights} |"
        for name, voice, text in SAMPLES
    ]
    models = {manifests[voice].description: manifests[voice].licences for _, voice, _ in SAMPLES}
    licences = [
        f"{what}. Weights {one.weights}, code {one.code}; training data: {one.data}." for what, one in models.items()
    ]
    return "\n".join([_HEAD, *rows, "", *licences, ""])


_HEAD = """# Samples

What the voices sound like, as `python -m scripts.build.make_samples` had them speak: nothing was chosen or edited. The
light voice `baker` is not among them, because its corpus is for non-commercial use only.

| sample | voice | text | licence |
|---|---|---|---|"""

if __name__ == "__main__":
    sys.exit(main())
