"""An installed model as an engine sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Voice:
    """What a user names when asking for speech.

    Attributes:
        name: unique among installed models, as `zf_xiaoxiao`.
        language: the language it speaks best, "zh" or "en".
        gender: "female", "male" or "".
    """

    name: str
    language: str
    gender: str = ""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """An installed model as an engine sees it.

    Attributes:
        name: model name.
        engine: which engine reads it, as `kokoro`.
        digest: identifies the exact bytes of the model, hexadecimal.
        sample_rate: of its audio, Hz.
        voices: what it can speak with, the default one first.
        tones: which tones of a syllable it was trained on, "lexical" or "surface".
        folder: where it is installed.
        files: installed files by role; for a role with several files, all of them in manifest order.
        prepared: folder for graphs prepared from it on this machine; may not exist yet.
        memory_bytes: most that it takes when it speaks, mapped files included; 0 if that is not known.
    """

    name: str
    engine: str
    digest: str
    sample_rate: int
    voices: tuple[Voice, ...]
    tones: Literal["lexical", "surface"]
    folder: Path
    files: Mapping[str, tuple[Path, ...]]
    prepared: Path
    memory_bytes: int = 0

    def as_message(self) -> dict[str, Any]:
        """Return the fields as plain values, for a worker process."""
        files = {role: [str(path) for path in paths] for role, paths in self.files.items()}
        return {**asdict(self), "files": files, "folder": str(self.folder), "prepared": str(self.prepared)}

    @classmethod
    def from_message(cls, fields: Mapping[str, Any]) -> ModelFiles:
        """Return what `as_message` was made from."""
        files = {role: tuple(Path(path) for path in paths) for role, paths in fields["files"].items()}
        voices = tuple(Voice(**voice) for voice in fields["voices"])
        folders = {name: Path(fields[name]) for name in ("folder", "prepared")}
        return cls(**{**fields, **folders, "files": files, "voices": voices})
