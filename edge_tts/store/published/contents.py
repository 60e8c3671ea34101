"""Which files of a published Sambert-HiFiGAN package a conversion reads; names only, nothing is opened.

A package keeps its voices in `voices/NAME`, names the files of its one voice in configuration.json (`custom_ckpt`), or
is a base model to tune, `basemodel_RATE`. Of several checkpoints in a folder the one with the largest number counts, as
in the original loader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

CONFIGURATION = "configuration.json"
VOICES = "voices/voices.json"
BASE = "basemodel_"
"""Begins the name of a folder with a base model."""
PAIRS = (("am", "voc"), ("sambert", "hifigan"), ("tmp_am", "tmp_voc"))
"""Folders of acoustic model and vocoder beside each other: of a voice, of a base model, of what fine-tuning leaves."""
CUSTOM = ("voice_name", "am_ckpt", "voc_ckpt", "am_config", "voc_config")
"""What `custom_ckpt` must name."""

_CHECKPOINT = re.compile(r"checkpoint[^.]*_(\d{1,18})\.(?:.*\.)?pth", re.ASCII)
_SHORTEST = 16  # characters of a checkpoint's name
_TOP = re.compile(r"configuration\.json|README\.md|LICENSE[\w.]*|voices/voices\.json", re.ASCII)
_OF_STAGE = ("config.yaml", "mvn.npy", "se.npy")
_MORE_CUSTOM = ("se_file", "audio_config", "mvn_file")


def number(name: str) -> int | None:
    """Return the number of a checkpoint by the name of its file, None if it is none."""
    match = _CHECKPOINT.fullmatch(name)
    return int(match[1]) if match and len(name) >= _SHORTEST else None


def newest(paths: Iterable[str]) -> str | None:
    """Return the checkpoint with the largest number among paths, None where there is none."""
    numbered = {path: number(path.rpartition("/")[2]) for path in paths}
    found = {path: one for path, one in numbered.items() if one is not None}
    return max(found, key=lambda path: found[path]) if found else None


def custom(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return which files a configuration names for its one voice, nothing where it names none."""
    model = configuration.get("model")
    found = model.get("custom_ckpt") if isinstance(model, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def listed(voices: Mapping[str, Any]) -> list[str]:
    """Return the names in a voices.json, as far as they are names."""
    names = voices.get("voices")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def needed(paths: Sequence[str], configuration: Mapping[str, Any], voices: Sequence[str]) -> set[str]:
    """Return what is read of a package.

    Args:
        paths: all its files.
        configuration: what configuration.json holds.
        voices: names in voices.json.
    """
    found = {path for path in paths if _TOP.fullmatch(path)}
    if named := custom(configuration):
        return found | {path for key in (*CUSTOM[1:], *_MORE_CUSTOM) for path in _named(paths, named.get(key))}
    folders = [f"voices/{name}" for name in dict.fromkeys(voices)]
    if not folders:
        folders = sorted({path.partition("/")[0] for path in paths if path.startswith(BASE) and "/" in path})
    return found.union(*(_of_folder(paths, folder) for folder in folders))


def of_voices(paths: Sequence[str], voices: Sequence[str]) -> set[str]:
    """Return the paths without those of other voices than the given ones, in small letters; none given means all."""
    match = re.compile(r"voices/([^/]+)/.*")
    whose = {path: found[1].lower() for path in paths if (found := match.fullmatch(path))}
    if not voices or not set(voices) <= set(whose.values()):
        return set(paths)
    return {path for path in paths if whose.get(path) in (None, *voices)}


def _named(paths: Sequence[str], name: Any) -> Iterator[str]:
    """Yield the file of that name, or the newest checkpoint of the folder."""
    plain = name.removeprefix("./").rstrip("/") if isinstance(name, str) else ""
    if plain in paths:
        yield plain
    elif plain and (found := newest(_inside(paths, plain))):
        yield found


def _of_folder(paths: Sequence[str], folder: str) -> Iterator[str]:
    yield from (path for path in paths if path == f"{folder}/audio_config.yaml")
    for part in (part for pair in PAIRS for part in pair):
        yield from (path for path in paths if path in {f"{folder}/{part}/{name}" for name in _OF_STAGE})
        if found := newest(_inside(paths, f"{folder}/{part}/ckpt")):
            yield found


def _inside(paths: Sequence[str], folder: str) -> list[str]:
    return [path for path in paths if path.rpartition("/")[0] == folder]
