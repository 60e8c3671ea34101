"""Writes the manifest of a converted model."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from edge_tts.engines.sambert_voice import FILE_NAME as VOICE
from edge_tts.engines.sambert_voice import read

LICENCE = "LICENCE.txt"
_ROLES = {VOICE: "voice", "vocoder.onnx": "vocoder", "speakers.npy": "table", "emotions.npy": "table"}
_PREPARED_SHARE = 1.6
"""Bytes of prepared graphs for each of the graphs: 8-bit constants that become float again, packed weights."""
_MEMORY_BYTES = 250_000_000
_GENDERS = {"zhitian": "female", "zhiyan": "female", "zhizhe": "male", "zhibei": "female"}
"""Of the published voices, by how their names begin."""


def describe(folder: Path, voices: Sequence[str], precision: str, every_speaker: bool) -> str:
    """Return the manifest of a folder with converted voices, the default voice first.

    Args:
        folder: with a subfolder for each voice, and LICENCE.
        voices: their names.
        precision: what the graphs were converted to.
        every_speaker: whether each speaker of a voice is listed.
    """
    rate = read(folder / voices[0] / VOICE).mel.sample_rate
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    name = f"sambert-{voices[0]}" if len(voices) == 1 else f"sambert-{rate // 1000}k"
    licence = licence_name((folder / LICENCE).read_text(encoding="utf-8"))
    many = f"{len(voices)} voices" if len(voices) > 1 else f"voice {voices[0]}"
    top = {
        "name": name.lower(),
        "version": f"1-{precision}",
        "description": f"Sambert-HiFiGAN, {rate // 1000} kHz, {precision}: {many} with emotions",
        "engine": "sambert",
        "sample_rate": rate,
        "languages": ["zh", "en"],
        "tones": "surface",
        "default_voice": voices[0],
    }
    needs = {
        "download_bytes": 0,
        "installed_bytes": size,
        "prepared_bytes": int(size * _PREPARED_SHARE),
        "memory_bytes": _MEMORY_BYTES,
    }
    licences = {"code": "MIT (KAN-TTS)", "weights": licence, "data": "unpublished recordings of Alibaba DAMO Academy"}
    parts = [_table("", top), _table("[licences]", licences), _table("[needs]", needs)]
    parts += [_table("[[voices]]", voice) for voice in _voices(folder, voices, every_speaker)]
    parts += [_table("[[files]]", file) for file in _files(folder, files)]
    return "\n".join(parts)


def _voices(folder: Path, names: Sequence[str], every_speaker: bool) -> Iterator[dict[str, object]]:
    for name in names:
        gender = next((gender for start, gender in _GENDERS.items() if name.startswith(start)), "")
        yield {"name": name, "language": "zh", **({"gender": gender} if gender else {})}
        others = read(folder / name / VOICE).speakers if every_speaker else ()
        for speaker in others[1:]:
            yield {"name": f"{name}.{speaker.lower()}", "language": "zh"}


def _files(folder: Path, files: Sequence[Path]) -> Iterator[dict[str, object]]:
    for path in files:
        yield {
            "path": path.relative_to(folder).as_posix(),
            "role": "licence" if path.name == LICENCE else _ROLES.get(path.name, "graph"),
            "size": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }


def _table(head: str, entries: Mapping[str, object]) -> str:
    """Return a TOML table; strings, numbers and lists of strings are written as JSON writes them."""
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entries.items()]
    return "\n".join([*([head] if head else []), *lines, ""])


def licence_name(text: str) -> str:
    """Return the licence that a model card names in its head, "unknown" where it names none."""
    match = re.search(r"^license:\s*(.+)$", text, re.MULTILINE | re.IGNORECASE)
    return match[1].strip().strip("\"'") if match else "unknown"
