"""Writes the manifest of a converted model."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from edge_tts.engines.model import Voice
from edge_tts.engines.sambert.acoustic import MOST_FRAMES
from edge_tts.engines.sambert.voice import FILE_NAME as VOICE
from edge_tts.engines.sambert.voice import read
from edge_tts.store.manifest import NAME, File, Licences, Manifest, Needs
from edge_tts.store.manifest_text import text_of
from edge_tts.store.published.pin import licence_name

LICENCE = "LICENCE.txt"
_ROLES = {VOICE: "voice", "vocoder.onnx": "vocoder", "speakers.npy": "table", "emotions.npy": "table"}
_PREPARED_SHARE = 2.3
"""Bytes of prepared graphs for each of the files at most: products are kept packed beside what they were, which makes
1.8, and constants of 16 bits become float again."""
_MEMORY_BASE = 140_000_000
"""Bytes that a worker takes without a model: Python, ONNX Runtime, the lexicon."""
_RESIDENT_SHARE = {"fp32": 1.6}
"""Bytes of weights for each of the files while they are loaded first, by precision; for others as many as are
prepared."""
_PER_SAMPLE = 256
"""Bytes that a vocoder's signals take for each sample of the longest piece."""
_GENDERS = {"zhitian": "female", "zhiyan": "female", "zhizhe": "male", "zhibei": "female"}
"""The genders of the published voices, by the beginning of their names."""


def describe(
    folder: Path,
    spoken: Mapping[str, Sequence[str]],
    precision: str,
    *,
    every_speaker: bool,
    name: str,
    version: str,
    vocoder: str,
) -> str:
    """Return the manifest of a folder with converted voices, the default voice first.

    Args:
        folder: has a subfolder for each voice, and LICENCE.
        spoken: the languages of each voice, its own first.
        precision: what the graphs were converted to.
        every_speaker: whether each speaker of a voice is listed.
        name: the model's name, "" for one made of its voices.
        version: the model's version, "" for one made of the precision.
        vocoder: the voice whose vocoder it speaks with, "" for its own.
    """
    voices = list(spoken)
    voice = read(folder / voices[0] / VOICE)
    rate = voice.mel.sample_rate
    name = name or (f"sambert-{voices[0]}" if len(voices) == 1 else f"sambert-{rate // 1000}k").lower()
    licence = licence_name((folder / LICENCE).read_text(encoding="utf-8")) or "unknown"
    many = f"{len(voices)} voices" if len(voices) > 1 else f"voice {voices[0]}"
    manifest = Manifest(
        name=name,
        version=version or f"1-{precision}",
        description=f"Sambert-HiFiGAN, {rate // 1000} kHz, {precision}: {many} with emotions",
        engine="sambert",
        sample_rate=rate,
        languages=tuple(dict.fromkeys(language for one in spoken.values() for language in one)),
        tones="surface",
        default_voice=voices[0],
        preference=0,
        licences=Licences("MIT (KAN-TTS)", licence, "unpublished recordings of Alibaba DAMO Academy"),
        needs=Needs(0, 0, 0, _memory_bytes(folder, spoken, precision)),
        voices=tuple(_voices(folder, spoken, every_speaker)),
        files=(),
        text="",
        vocoder=vocoder or name,
        mel=f"{voice.mel}{', with pitch' if voice.pitch_scale else ''}",
    )
    return with_files(manifest, folder)


def _memory_bytes(folder: Path, voices: Iterable[str], precision: str) -> int:
    """Return what a worker takes at most that has loaded all voices of a folder."""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    hop = max(read(folder / voice / VOICE).mel.hop_length for voice in voices)
    share = _RESIDENT_SHARE.get(precision, _PREPARED_SHARE)
    return int(_MEMORY_BASE + share * size + _PER_SAMPLE * MOST_FRAMES * hop)


def with_files(manifest: Manifest, folder: Path) -> str:
    """Return the text of a manifest with the files of a folder, and their sizes, in place of its own."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    size = sum(path.stat().st_size for path in found)
    needs = replace(manifest.needs, installed_bytes=size, prepared_bytes=int(size * _PREPARED_SHARE))
    return text_of(replace(manifest, files=tuple(_files(folder, found)), needs=needs))


def _voices(folder: Path, spoken: Mapping[str, Sequence[str]], every_speaker: bool) -> Iterator[Voice]:
    for name, languages in spoken.items():
        gender = next((gender for start, gender in _GENDERS.items() if name.startswith(start)), "")
        yield Voice(name, languages[0], gender)
        others = read(folder / name / VOICE).speakers if every_speaker else ()
        for speaker in dict.fromkeys(speaker.lower() for speaker in others[1:]):
            if re.fullmatch(NAME, speaker):
                yield Voice(f"{name}.{speaker}", languages[0])


def _files(folder: Path, files: Sequence[Path]) -> Iterator[File]:
    for path in files:
        role = "licence" if path.name == LICENCE else _ROLES.get(path.name, "graph")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        yield File(path.relative_to(folder).as_posix(), role, path.stat().st_size, digest, ())
