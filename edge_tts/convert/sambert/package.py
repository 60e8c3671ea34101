"""Finds the voices in a folder with Sambert-HiFiGAN checkpoints: checkpoints, settings, statistics.

The folder is a downloaded ModelScope package (`voices/NAME`), one voice of it, a base model, or what fine-tuning left:
see store/published/contents.py and stages.py for their parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge_tts.convert.sambert.settings_file import read_json, read_yaml
from edge_tts.convert.sambert.stages import checkpoint, first, old, pair, stage
from edge_tts.errors import ConversionError
from edge_tts.store.manifest import FILE_NAME as MANIFEST
from edge_tts.store.manifest import NAME
from edge_tts.store.published import contents


@dataclass(frozen=True, slots=True)
class VoicePackage:
    """One voice of a package.

    Attributes:
        name: the voice's name.
        acoustic: checkpoint of the acoustic model.
        vocoder: checkpoint of the vocoder.
        acoustic_config: settings of the acoustic model, `config.yaml`.
        vocoder_config: settings of the vocoder.
        audio_config: settings of the mel-spectrogram, may be empty.
        statistics: mean and deviation of the pitch, `mvn.npy`, where the vocoder needs it.
        embedding: the speaker's vector, `se.npy`, where the model takes one.
        sample_rate: the sample rate that the package as a whole names, Hz; 0 for none.
        language: the language that it names, "" for none.
    """

    name: str
    acoustic: Path
    vocoder: Path
    acoustic_config: Mapping[str, Any]
    vocoder_config: Mapping[str, Any]
    audio_config: Mapping[str, Any]
    statistics: Path
    embedding: Path
    sample_rate: int = 0
    language: str = ""


def voices(
    package: Path, names: Sequence[str] = (), acoustic: Path | None = None, vocoder: Path | None = None
) -> list[VoicePackage]:
    """Return voices of a package; what is wrong with others does not matter.

    Args:
        package: the folder.
        names: the wanted voices, in order; none for all, the default voice first.
        acoustic: checkpoint to take instead, settings two levels above it; for one voice.
        vocoder: likewise.

    Raises:
        ConversionError: it is no package, an old one, has no such voice, or a file is missing or damaged.
    """
    if not package.is_dir():
        raise ConversionError(f"{package} is no folder, expected a downloaded ModelScope package")
    place = package / contents.CONFIGURATION
    configuration = read_json(place) if place.exists() else {}
    if acoustic and vocoder:
        found = [_of_stages(_called(package), stage(acoustic).parent, acoustic, vocoder)]
        _known(names, [found[0].name])
    else:
        found = [_with(one, acoustic, vocoder) for one in _voices(package, names, configuration)]
    if (acoustic or vocoder) and len(found) > 1:
        raise ConversionError(f"a checkpoint is for one voice; name it, of: {', '.join(one.name for one in found)}")
    model = configuration.get("model")
    model = model if isinstance(model, Mapping) else {}
    rate, language = model.get("sample_rate"), model.get("lang_type")
    rate = rate if isinstance(rate, int) else 0
    return [replace(one, sample_rate=rate, language=str(language or "")) for one in found]


def _voices(package: Path, names: Sequence[str], configuration: Mapping[str, Any]) -> list[VoicePackage]:
    if custom := contents.custom(configuration):
        one = _custom(package, custom)
        return [{one.name: one}[name] for name in _known(names, [one.name])]
    folders = _folders(package, names) if (package / "voices").is_dir() else _single(package)
    wanted = _known(names, list(folders))
    found = []
    for name in wanted:
        with blamed(name, wanted):
            found.append(replace(voice_at(folders[name]), name=name))
    return found


def _single(package: Path) -> dict[str, Path]:
    """Return the folder itself if it has a voice, else those of its base models."""
    if pair(package):
        return {_called(package): package}
    base = [path for path in sorted(package.glob(f"{contents.BASE}*")) if path.is_dir() and pair(path)]
    if not base:
        raise _foreign(package)
    return {_called(path): path for path in base}


def _folders(package: Path, names: Sequence[str]) -> dict[str, Path]:
    """Return the folders of the voices that a package lists and has; names that are not wanted may be any."""
    listed = read_json(package / contents.VOICES).get("voices")
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


def _foreign(package: Path) -> ConversionError:
    """Return what is said of a folder without voices: what it is instead, as far as that can be seen."""
    if why := old(package):
        return ConversionError(why)
    pairs = ", ".join("/ and ".join(pair) + "/" for pair in contents.PAIRS)
    return ConversionError(
        f"{package} has no {contents.VOICES}, nor {pairs} with checkpoints in ckpt/: it is no Sambert-HiFiGAN "
        "package; expected one, or a folder of fine-tuning, or --am-ckpt and --voc-ckpt"
    )


def voice_at(folder: Path) -> VoicePackage:
    """Return the voice in a folder with stages, as `voices/NAME` of a package; errors as `voices`."""
    try:
        return _of_stages(_called(folder), folder, *(pair(folder) or (folder / "am", folder / "voc")))
    except ConversionError as error:
        if why := old(folder):
            raise ConversionError(why) from error
        raise


def _of_stages(name: str, folder: Path, acoustic: Path, vocoder: Path) -> VoicePackage:
    """Return a voice by its stages, or checkpoints in them; what belongs to neither is in the folder."""
    audio = first(folder / "audio_config.yaml", folder / "data" / "audio_config.yaml")
    return VoicePackage(
        name=name,
        acoustic=checkpoint(acoustic),
        vocoder=checkpoint(vocoder),
        acoustic_config=read_yaml(stage(acoustic) / "config.yaml"),
        vocoder_config=read_yaml(stage(vocoder) / "config.yaml"),
        audio_config=read_yaml(audio) if audio.exists() else {},
        statistics=first(stage(acoustic) / "mvn.npy", folder / "data" / "mvn.npy"),
        embedding=first(stage(acoustic) / "se.npy", folder / "data" / "se" / "se.npy", folder / "se.npy"),
    )


def _with(one: VoicePackage, acoustic: Path | None, vocoder: Path | None) -> VoicePackage:
    """Return a voice with another checkpoint, and what belongs to it."""
    if acoustic:
        place = stage(acoustic)
        return replace(
            one,
            acoustic=checkpoint(acoustic),
            acoustic_config=read_yaml(place / "config.yaml"),
            statistics=first(place / "mvn.npy", place.parent / "data" / "mvn.npy", one.statistics),
            embedding=first(place / "se.npy", place.parent / "data" / "se" / "se.npy", one.embedding),
        )
    if vocoder:
        return replace(one, vocoder=checkpoint(vocoder), vocoder_config=read_yaml(stage(vocoder) / "config.yaml"))
    return one


def _custom(package: Path, custom: Mapping[str, Any]) -> VoicePackage:
    """Return the one voice that the configuration names by its files, as fine-tuning leaves it."""
    missing = [key for key in contents.CUSTOM if not isinstance(custom.get(key), str)]
    if missing:
        raise ConversionError(f"configuration.json: model.custom_ckpt has no {', '.join(missing)}")
    audio = custom.get("audio_config")
    return VoicePackage(
        name=checked(custom["voice_name"]),
        acoustic=checkpoint(_inside(package, custom["am_ckpt"])),
        vocoder=checkpoint(_inside(package, custom["voc_ckpt"])),
        acoustic_config=read_yaml(_inside(package, custom["am_config"])),
        vocoder_config=read_yaml(_inside(package, custom["voc_config"])),
        audio_config=read_yaml(_inside(package, audio)) if isinstance(audio, str) else {},
        statistics=_inside(package, custom.get("mvn_file", "mvn.npy")),
        embedding=_inside(package, custom.get("se_file", "se.npy")),
    )


def _called(folder: Path) -> str:
    """Return what a voice is called whose name is that of its folder."""
    small = re.sub(r"[^a-z0-9._-]+", "-", folder.resolve().name.lower()).strip("-._")
    return small if _is_name(small) else "voice"


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
