"""Finds the voices in a downloaded ModelScope package of Sambert-HiFiGAN: checkpoints, settings, statistics."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from edge_tts.errors import ConversionError
from edge_tts.store.manifest import FILE_NAME as MANIFEST
from edge_tts.store.manifest import NAME

_CHECKPOINT = re.compile(r"checkpoint[^.]*_(\d+)\.(?:.*\.)?pth", re.ASCII)
_SHORTEST = 16  # characters of a checkpoint's name
_CUSTOM = ("voice_name", "am_ckpt", "voc_ckpt", "am_config", "voc_config")


@dataclass(frozen=True, slots=True)
class VoicePackage:
    """One voice of a package.

    Attributes:
        name: of the voice.
        acoustic: checkpoint of the acoustic model.
        vocoder: checkpoint of the vocoder.
        acoustic_config: settings of the acoustic model, `config.yaml`.
        vocoder_config: settings of the vocoder.
        audio_config: settings of the mel-spectrogram, may be empty.
        statistics: mean and deviation of the pitch, `mvn.npy`, where the vocoder needs it.
        embedding: the speaker's vector, `se.npy`, where the model takes one.
        sample_rate: that the package as a whole names, Hz; 0 for none.
    """

    name: str
    acoustic: Path
    vocoder: Path
    acoustic_config: Mapping[str, Any]
    vocoder_config: Mapping[str, Any]
    audio_config: Mapping[str, Any]
    statistics: Path
    embedding: Path
    sample_rate: int


def voices(package: Path, names: Sequence[str] = ()) -> list[VoicePackage]:
    """Return voices of a package; what is wrong with others does not matter.

    Args:
        package: the folder.
        names: of those wanted, in order; none for all, the default voice first.

    Raises:
        ConversionError: it is no package, an old one, has no such voice, or a file is missing or damaged.
    """
    configuration = _json(package / "configuration.json") if (package / "configuration.json").exists() else {}
    model = _mapping(configuration.get("model"))
    _refuse_old(package, configuration)
    sample_rate = model.get("sample_rate")
    rate = sample_rate if isinstance(sample_rate, int) else 0
    if custom := _mapping(model.get("custom_ckpt")):
        one = _custom(package, custom, rate)
        return [{one.name: one}[name] for name in _known(names, [one.name])]
    folders = _folders(package, names)
    wanted = _known(names, list(folders))
    found = []
    for name in wanted:
        with blamed(name, wanted):
            found.append(voice_at(folders[name], rate))
    return found


def _folders(package: Path, names: Sequence[str]) -> dict[str, Path]:
    """Return the folders of the voices that a package lists and has; names that are not wanted may be any."""
    listed = _json(package / "voices" / "voices.json").get("voices")
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise ConversionError(f"{package}/voices/voices.json has no list of names under 'voices'")
    found: dict[str, Path] = {}
    able = [name.lower() for name in listed if _is_name(name.lower()) and (package / "voices" / name).is_dir()]
    for name in dict.fromkeys(listed):
        if names and not _is_name(name.lower()):
            continue
        with blamed(repr(name[:60]), able):
            small = checked(name)
        if small in found and (not names or small in names):
            raise ConversionError(f"{package}/voices/voices.json has two voices that would be called {small!r}")
        if (package / "voices" / name).is_dir():
            found[small] = package / "voices" / name
    if not found:
        raise ConversionError(f"{package}/voices has none of the voices that it lists: {', '.join(listed) or 'none'}")
    return found


def _known(names: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    """Return the names, each once, or all that are known; raise ConversionError for one that is not known."""
    if missing := [name for name in names if name not in known]:
        raise ConversionError(f"the package has no voice {missing[0]!r}; it has: {', '.join(known)}")
    return list(dict.fromkeys(names)) or known


@contextmanager
def blamed(name: str, wanted: Sequence[str]) -> Iterator[None]:
    """Have a ConversionError of one voice say how the others can be had."""
    try:
        yield
    except ConversionError as error:
        others = " ".join(f"--voice {one}" for one in wanted if one != name)
        if not others:
            raise
        raise ConversionError(f"{error}; without voice {name} it goes on: {others}") from error


def _refuse_old(package: Path, configuration: Mapping[str, Any]) -> None:
    if not package.is_dir():
        raise ConversionError(f"{package} is no folder, expected a downloaded ModelScope package")
    if str(configuration.get("framework", "")).lower().startswith("tensorflow") or [*package.glob("**/*.pb")]:
        raise ConversionError(f"{package} holds TensorFlow graphs; only PyTorch packages of 2023 and later are read")
    if (package / "voices").is_dir():
        return
    if (package / "voices.zip").exists() or [*package.glob("**/pytorch_model.bin")]:
        raise ConversionError(
            f"{package} has the layout of early packages (voices.zip, pytorch_model.bin), whose vocoder is named "
            "differently; download its revision of 2023 or later, with voices/voices.json"
        )
    if not _mapping(_mapping(configuration.get("model")).get("custom_ckpt")):
        raise ConversionError(f"{package} has no voices/voices.json, it is no Sambert-HiFiGAN package")


def voice_at(folder: Path, sample_rate: int = 0) -> VoicePackage:
    """Return the voice in a folder `voices/NAME` of a package; errors as `voices`."""
    audio = folder / "audio_config.yaml"
    return VoicePackage(
        name=checked(folder.name),
        acoustic=_newest(folder / "am" / "ckpt"),
        vocoder=_newest(folder / "voc" / "ckpt"),
        acoustic_config=_yaml(folder / "am" / "config.yaml"),
        vocoder_config=_yaml(folder / "voc" / "config.yaml"),
        audio_config=_yaml(audio) if audio.exists() else {},
        statistics=folder / "am" / "mvn.npy",
        embedding=folder / "am" / "se.npy",
        sample_rate=sample_rate,
    )


def _custom(package: Path, custom: Mapping[str, Any], sample_rate: int) -> VoicePackage:
    """Return the one voice that the configuration names by its files, as fine-tuning leaves it."""
    missing = [key for key in _CUSTOM if not isinstance(custom.get(key), str)]
    if missing:
        raise ConversionError(f"configuration.json: model.custom_ckpt has no {', '.join(missing)}")
    acoustic, vocoder = _inside(package, custom["am_ckpt"]), _inside(package, custom["voc_ckpt"])
    audio = custom.get("audio_config")
    return VoicePackage(
        name=checked(custom["voice_name"]),
        acoustic=_newest(acoustic) if acoustic.is_dir() else acoustic,
        vocoder=_newest(vocoder) if vocoder.is_dir() else vocoder,
        acoustic_config=_yaml(_inside(package, custom["am_config"])),
        vocoder_config=_yaml(_inside(package, custom["voc_config"])),
        audio_config=_yaml(_inside(package, audio)) if isinstance(audio, str) else {},
        statistics=_inside(package, custom.get("mvn_file", "mvn.npy")),
        embedding=_inside(package, custom.get("se_file", "se.npy")),
        sample_rate=sample_rate,
    )


def checked(name: str) -> str:
    """Return the name of a voice, which becomes that of a folder, in small letters.

    Raises:
        ConversionError: it cannot be one.
    """
    small = name.lower()
    if not _is_name(small):
        why = "rename its folder and its entry in voices.json"
        raise ConversionError(f"expected the name of a voice, of a-z 0-9 . _ -, got {name[:60]!r}; {why}")
    return small


def _is_name(small: str) -> bool:
    return bool(re.fullmatch(NAME, small)) and small != MANIFEST


def _inside(package: Path, path: str) -> Path:
    found = (package / path).resolve()
    if not found.is_relative_to(package.resolve()):
        raise ConversionError(f"configuration.json names {path!r}, which is outside the package")
    return found


def _newest(folder: Path) -> Path:
    """Return the checkpoint with the largest number, as the original loader does."""
    found = {}
    for path in folder.glob("checkpoint*.pth"):
        match = _CHECKPOINT.fullmatch(path.name)
        if match and len(path.name) >= _SHORTEST:
            found[int(match[1])] = path
    if not found:
        raise ConversionError(f"{folder} has no checkpoint, expected checkpoint_NUMBER.pth")
    return found[max(found)]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _json(path: Path) -> Mapping[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConversionError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ConversionError(f"{path} is no JSON: {error}") from error
    return _mapping(value)


def _yaml(path: Path) -> Mapping[str, Any]:
    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConversionError(f"{path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConversionError(f"{path} is no YAML: {(str(error).splitlines() or [''])[0]}") from error
    if not isinstance(value, Mapping):
        raise ConversionError(f"{path} holds a {type(value).__name__}, expected settings by name")
    return value
