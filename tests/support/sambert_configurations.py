"""Packages with random weights of every configuration that is published, those without references included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from tests.support.sambert_package import DATA, make, tool

VOICE = "v1"
THREE, FOUR = (1, 3, 5), (1, 3, 5, 7)


@dataclass(frozen=True, slots=True)
class Configuration:
    """One that no variant of the tool has.

    Attributes:
        vocoder: list of the vocoder's tensors, `keys_hifigan_NAME.txt`.
        sample_rate: Hz.
        scales: of the vocoder.
        dilations: of each of its residual blocks.
        causal: whether the vocoder hears nothing ahead.
        source: whether it takes a harmonic source.
        acoustic: list of the acoustic model's tensors, `keys_sambert_NAME.txt`.
        mels: bands.
        norm: of the pitch, for a source.
    """

    vocoder: str
    sample_rate: int
    scales: tuple[int, ...]
    dilations: tuple[int, ...]
    causal: bool = True
    source: bool = False
    acoustic: str = "16k"
    mels: int = 80
    norm: str = "mean_std"

    @property
    def hop(self) -> int:
        """Samples in a frame."""
        return int(np.prod(self.scales))


CONFIGURATIONS = {
    one.vocoder: one
    for one in (
        Configuration("v1_8k", 8000, (5, 5, 2, 2), FOUR),
        Configuration("v1_16k", 16000, (10, 5, 2, 2), FOUR),
        Configuration("v1_24k", 24000, (8, 5, 3, 2), THREE),
        Configuration("v1_48k", 48000, (10, 5, 3, 2, 2), FOUR, acoustic="48k", mels=128),
        Configuration("noncausal_v1_16k", 16000, (10, 5, 2, 2), FOUR, causal=False),
        Configuration(
            "noncausal_nsf_v1_16k", 16000, (10, 5, 2, 2), FOUR,
            causal=False, source=True, acoustic="nsf_24k",
        ),
        Configuration(
            "noncausal_nsf_global_v1_16k", 16000, (10, 5, 2, 2), FOUR,
            causal=False, source=True, acoustic="nsf_24k", norm="global",
        ),
        Configuration("v1_nsf_24k", 24000, (8, 5, 3, 2), THREE, source=True, acoustic="nsf_24k"),
    )
}  # fmt: skip
"""By the vocoder's name."""

PACKAGES: dict[str, Callable[[Path, int], Path]] = {
    "8k": lambda out, seed: write(out, CONFIGURATIONS["v1_8k"], seed),
    "16k": lambda out, seed: make(out, "16k", "--voices", "zhibei_emo", "--seed", str(seed)),
    "16k, no mask": lambda out, seed: make(out, "16k", "--voices", "zhibei_emo", "--no-mask", "--seed", str(seed)),
    "16k, not causal": lambda out, seed: write(out, CONFIGURATIONS["noncausal_v1_16k"], seed),
    "16k, not causal, source": lambda out, seed: write(out, CONFIGURATIONS["noncausal_nsf_v1_16k"], seed),
    "16k, not causal, source, global": lambda out, seed: write(
        out, CONFIGURATIONS["noncausal_nsf_global_v1_16k"], seed
    ),
    "16k, not causal, source, speaker's vector": lambda out, seed: make(out, "se_nsf_global_16k", "--seed", str(seed)),
    "24k": lambda out, seed: write(out, CONFIGURATIONS["v1_24k"], seed),
    "24k, source": lambda out, seed: make(out, "nsf_24k", "--seed", str(seed)),
    "48k": lambda out, seed: write(out, CONFIGURATIONS["v1_48k"], seed),
}
"""How to write a package of one voice into a new folder, with weights of a seed."""


def write(out: Path, configuration: Configuration, seed: int) -> Path:
    """Write a package of one voice and return its folder."""
    program, base = tool(), DATA / ("nsf_24k" if configuration.source else "16k")
    program.write_package(out, base, [VOICE], False)
    acoustic = program.read_shapes(DATA / f"keys_sambert_{configuration.acoustic}.txt")
    vocoder = program.read_shapes(DATA / f"keys_hifigan_{configuration.vocoder}.txt")
    folder = out / "voices" / VOICE
    program.write_voice(
        folder,
        base,
        program.acoustic_model(acoustic, seed, program.DEFAULT_DURATION_BIAS),
        program.random_tensors(vocoder, seed + program.VOCODER_SEED_OFFSET, program.VOCODER_GAINS),
    )
    rate, bands = configuration.sample_rate, configuration.mels
    audio = {"sampling_rate": rate, "hop_length": configuration.hop, "n_mels": bands}
    _change(folder / "audio_config.yaml", ("audio_config",), audio)
    frames = {"num_mels": bands + 2 * configuration.source, "nsf_norm_type": configuration.norm}
    params = _change(folder / "am" / "config.yaml", ("Model", "KanTtsSAMBERT", "params"), frames)
    generator: dict[str, Any] = {
        "in_channels": bands,
        "causal": configuration.causal,
        "upsample_scales": list(configuration.scales),
        "resblock_dilations": [list(configuration.dilations)] * 3,
    }
    if configuration.source:
        generator["nsf_params"] = {"nb_harmonics": 7, "sampling_rate": rate}
    _change(folder / "voc" / "config.yaml", ("Model", "Generator", "params"), generator)
    program.write_statistics(folder, params, seed, 0)
    return out


def _change(path: Path, keys: tuple[str, ...], values: dict[str, Any]) -> dict[str, Any]:
    """Set values in a part of a file of settings, and return the part."""
    whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    part = whole
    for key in keys:
        part = part[key]
    part.update(values)
    path.write_text(yaml.safe_dump(whole), encoding="utf-8")
    return dict(part)
