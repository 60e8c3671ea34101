"""Writes an audio file in the format that its name ends in; it appears when it is complete, or not at all."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from edge_tts.errors import DiskFull, RequestError
from edge_tts.sound import wav
from edge_tts.system.replacing import replacing

_KINDS = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".ogg": ("OGG", "OPUS"),
    ".mp3": ("MP3", None),
}


class _Writer(Protocol):
    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class AudioFile:
    """A context that makes an audio file out of pcm_s16le.

    Args:
        path: ends in .wav, .flac, .ogg or .mp3; replaced when the context ends without an error.

    Raises:
        RequestError: another ending, or the file cannot be written there.
    """

    def __init__(self, path: Path) -> None:
        """Check the name before anything is synthesized."""
        self._path = path
        self._kind = path.suffix.lower()
        if self._kind not in _KINDS:
            raise RequestError(f"{path} must end in {', '.join(_KINDS)}")
        self._writer: _Writer | None = None

    def __enter__(self) -> AudioFile:
        """Reserve a temporary name beside the target."""
        if self._path.is_dir():  # else it would be noticed when all is spoken
            raise RequestError(f"cannot write {self._path}: it is a folder")
        self._replacing = replacing(self._path, durable=False)
        try:
            self._temporary = self._replacing.__enter__()
        except OSError as error:
            raise RequestError(f"cannot write {self._path}: {error.strerror}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file and give it its name, or remove what there is."""
        try:
            if self._writer is not None:
                self._guard(self._writer.close)
            if error is not None or self._writer is None:
                self._temporary.unlink(missing_ok=True)
        except BaseException:
            self._temporary.unlink(missing_ok=True)
            raise
        finally:
            self._replacing.__exit__(None, None, None)

    def begin(self, sample_rate: int) -> None:
        """Write the header."""
        opener = _Wave if self._kind == ".wav" else _Encoded
        self._writer = opener(self._temporary, self._kind, sample_rate)

    def write(self, data: bytes) -> None:
        """Append samples."""
        if self._writer is not None:
            writer = self._writer
            self._guard(lambda: writer.write(data))

    def flush(self) -> None:
        """Do nothing; nobody reads the file before it is complete."""

    def _guard(self, action: Any) -> None:
        try:
            action()
        except OSError as error:
            raise DiskFull(f"cannot write {self._path}: {error.strerror}") from error


class _Wave:
    def __init__(self, path: Path, kind: str, sample_rate: int) -> None:
        self._rate = sample_rate
        self._file = path.open("wb")
        self._file.write(wav.header(sample_rate, None))

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def close(self) -> None:
        with self._file:
            size = self._file.tell() - wav.BYTES
            self._file.seek(0)
            self._file.write(wav.header(self._rate, size))


class _Encoded:
    def __init__(self, path: Path, kind: str, sample_rate: int) -> None:
        import soundfile  # only here: it is not worth its start-up time for a .wav

        container, subtype = _KINDS[kind]
        self._file = soundfile.SoundFile(path, "w", sample_rate, 1, subtype, format=container)

    def write(self, data: bytes) -> None:
        self._file.buffer_write(data, dtype="int16")

    def close(self) -> None:
        self._file.close()
