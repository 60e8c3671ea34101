"""Finds the mel-spectrograms that a package's vocoder takes, in all the places where a package may name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge_tts.convert.sambert.package import VoicePackage
from edge_tts.convert.sambert.settings_file import at
from edge_tts.engines.sambert.voice import MelFormat
from edge_tts.errors import ConversionError

_RATES = range(8000, 192_001)


def mel_format(package: VoicePackage, hop: int, mels: int) -> MelFormat:
    """Return the format of a package's mels; the vocoder's settings count before the voice's and the package's.

    Raises:
        ConversionError: no sample rate is given, or the frame is not as long as the vocoder makes it.
    """
    audio = _audio(package)
    loss = at(package.vocoder_config, "Loss", "mel_loss", "params")
    rate = audio.get("sampling_rate") or package.sample_rate or loss.get("fs")
    if not isinstance(rate, int) or rate not in _RATES:
        where = "audio_config.yaml nor configuration.json"
        raise ConversionError(f"voice {package.name}: neither {where} has a sample rate in Hz, got {rate!r}")
    given = audio.get("hop_length", hop)
    if given != hop:
        raise ConversionError(f"voice {package.name}: a frame has {given} samples, its vocoder makes {hop}")
    return MelFormat(
        sample_rate=rate,
        hop_length=hop,
        win_length=int(audio.get("win_length", 0)),
        n_fft=int(audio.get("n_fft", 0)),
        n_mels=mels,
        fmin=float(audio.get("fmin", 0.0)),
        fmax=float(audio.get("fmax", rate / 2)),
        norm_type=str(audio.get("norm_type", "mean_std")),
        max_norm=float(audio.get("max_norm", 1.0)),
        symmetric=bool(audio.get("symmetric", False)),
        min_level_db=float(audio.get("min_level_db", -100.0)),
        ref_level_db=float(audio.get("ref_level_db", 20.0)),
    )


def _audio(package: VoicePackage) -> Mapping[str, Any]:
    """Return the settings of the spectra; trainers put them into the settings of each model too."""
    acoustic, vocoder = (at(one, "audio_config") for one in (package.acoustic_config, package.vocoder_config))
    for key in ("sampling_rate", "hop_length"):
        if acoustic.get(key) and vocoder.get(key) and acoustic[key] != vocoder[key]:
            both = f"{acoustic[key]!r:.20} in that of the acoustic model, {vocoder[key]!r:.20} in that of the vocoder"
            raise ConversionError(f"voice {package.name}: {key} of config.yaml differs, {both}")
    return {**acoustic, **at(package.audio_config, "audio_config"), **vocoder}
