"""The output device, through PortAudio: open, write, flush, close, and every failure as one error.

sounddevice loads PortAudio when it is imported, so it is imported on first use: a machine without PortAudio
can still return audio. Every call may block for as long as the sound server likes.
"""

from __future__ import annotations

import atexit
import ctypes
import os
from types import ModuleType
from typing import Any

from edge_tts import offline
from edge_tts.config import places
from edge_tts.errors import SinkError
from edge_tts.sound import known_versions
from edge_tts.sound.card_form import BLOCKS_PER_SECOND, Conversion, Form, Search

SAMPLE_BYTES = 4
"""Bytes of one sample: float32, mono, native byte order."""

LATENCY_SECONDS = 0.03
"""Asked of the device, which makes a buffer of one block more; 0.02 already survived two cores under full load."""

_SETTLE_SECONDS = 0.03
_RESAMPLER_SECONDS = 0.05  # more than a resampler keeps back
_ADVICE = "connect one or start the sound server, or ask for the audio to be returned"


class Device:
    """One open output stream, fed by blocking writes of float32 mono samples.

    Blocking writes, because a Python callback missed its deadline under load where they did not. PortAudio's
    own way to drain is of no use: with ALSA's pulse plug-in it drops what is buffered. So the end of a sound is
    played by writing silence after it (`drain_frames`).

    Attributes:
        sample_rate: of what is written, in Hz.
        form: what the card takes; what is written becomes that.
        block_frames: samples that one `write` should have.
        drain_frames: silence to write after a sound until all of it was heard.
    """

    def __init__(self, name: str, sample_rate: int, *, latency: float = LATENCY_SECONDS) -> None:
        """Open the device and start it; no other may be open.

        Args:
            name: PortAudio's name of the device or a part of it, "" for the default.
            sample_rate: in Hz.
            latency: to ask for, in seconds; the device decides.

        Raises:
            SinkError: PortAudio or the device is missing, or it refuses.
        """
        self.sample_rate = sample_rate
        self.block_frames = sample_rate // BLOCKS_PER_SECOND
        self.form = wanted = Form(sample_rate, block_frames=self.block_frames)
        self._sounddevice = load()
        try:
            self._stream = self._open(name, latency)
        except SinkError:
            # PortAudio looks for devices once; this one may have come later.
            self._sounddevice = load(fresh=True)
            self.form = wanted
            self._stream = self._open(name, latency)
        self._conversion: Conversion | None = None
        if self.form != Form(sample_rate, block_frames=self.form.block_frames):
            self._conversion = Conversion(sample_rate, self.form)
        self._buffer_frames = self._ours(self._stream.write_available)
        settle = _SETTLE_SECONDS + (_RESAMPLER_SECONDS if self.form.sample_rate != sample_rate else 0.0)
        self.drain_frames: int = self._buffer_frames + round(settle * sample_rate)
        self._written_frames = 0

    @property
    def settling(self) -> bool:
        """Whether only silence should be written yet.

        A sound server that starts a stream takes back the silence it has rendered ahead, as much as the
        stream's buffer; a recorder of its monitor never sees what replaces it. Amplifiers wake up slowly, too.
        """
        return self._written_frames < self.drain_frames

    def write(self, block: bytes) -> bool:
        """Hand over samples, waiting for room; return whether the device ran dry before.

        Raises:
            SinkError: the device was lost.
        """
        data = self._conversion.convert(block) if self._conversion else block
        try:
            dry = bool(self._stream.write(data)) if data else False
        except self._sounddevice.PortAudioError as error:
            raise SinkError(f"sound device lost while playing: {error}; {_ADVICE}") from error
        self._written_frames += len(block) // SAMPLE_BYTES
        return dry

    def queued_frames(self) -> int:
        """Return how many samples the device has not played yet, about."""
        try:
            return max(0, self._buffer_frames - self._ours(self._stream.write_available))
        except self._sounddevice.PortAudioError as error:
            raise SinkError(f"sound device lost while playing: {error}; {_ADVICE}") from error

    def flush(self) -> None:
        """Drop what is buffered and start again with silence.

        Raises:
            SinkError: the device was lost.
        """
        try:
            self._stream.abort()
            self._stream.start()
        except self._sounddevice.PortAudioError as error:
            raise SinkError(f"sound device does not stop: {error}; {_ADVICE}") from error
        if self._conversion:
            self._conversion.clear()
        self._written_frames = 0

    def close(self) -> None:
        """Drop what is buffered and close; a lost device is closed without complaint."""
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)

    def _ours(self, frames: int) -> int:
        """Return as samples at our rate what the device counts at its own."""
        return round(int(frames) * self.sample_rate / self.form.sample_rate)

    def _open(self, name: str, latency: float) -> Any:
        """Open a stream in the form that is wanted, or in the next best that the card takes."""
        search: Search | None = None
        while True:
            try:
                return self._stream_of(name, latency)
            except ValueError as error:  # no device of that name, or several
                raise _no_device(self._sounddevice, name, error) from error
            except self._sounddevice.PortAudioError as error:
                code = error.args[1] if len(error.args) > 1 else 0
                search = search or Search(self.form, self._default_rate(name))
                if not search.refused(code):
                    raise _no_device(self._sounddevice, name, error) from error
                self.form = search.form

    def _stream_of(self, name: str, latency: float) -> Any:
        form = self.form
        stream = self._sounddevice.RawOutputStream(
            samplerate=form.sample_rate,
            blocksize=form.block_frames,
            device=name or None,
            channels=form.channels,
            dtype=form.dtype,
            latency=latency,
        )
        try:
            stream.start()
        except BaseException:
            stream.close(ignore_errors=True)
            raise
        return stream

    def _default_rate(self, name: str) -> int:
        """Return the rate that a device says it likes, 0 if it does not say."""
        try:
            return int(self._sounddevice.query_devices(name or None, kind="output")["default_samplerate"])
        except (self._sounddevice.PortAudioError, ValueError):
            return 0


def load(*, fresh: bool = False) -> ModuleType:
    """Return the module sounddevice, with PortAudio initialised.

    Args:
        fresh: make PortAudio look for devices again, which it otherwise does once; no stream may be open.

    Raises:
        SinkError: PortAudio is not installed or does not start.
    """
    offline.tell_sound(os.environ, places.socket(os.environ).parent)
    try:
        import sounddevice
    except OSError as error:
        raise SinkError(f"no sound device: {error}; install it (Debian: apt install libportaudio2)") from error
    try:
        _initialise(sounddevice, fresh=fresh)
    except AttributeError as error:
        raise SinkError(f"no sound device: {known_versions.unknown(sounddevice, error)}") from error
    except sounddevice.PortAudioError as error:
        raise SinkError(f"no sound device: PortAudio does not start: {error}") from error
    module: ModuleType = sounddevice
    return module


def _initialise(sounddevice: ModuleType, *, fresh: bool) -> None:
    """Start PortAudio, or start it again; nothing else uses private attributes of sounddevice.

    PortAudio stays as it is until the process is gone, for a thread that plays or hangs to its end. Otherwise Python
    would end it, then unmap its code, under the feet of that thread: a crash.
    """
    atexit.unregister(sounddevice._exit_handler)
    ctypes.CDLL(sounddevice._libname)  # counts one more user, for ever
    while fresh and sounddevice._initialized:
        sounddevice._terminate()
    if not sounddevice._initialized:
        sounddevice._initialize()


def probe(name: str = "") -> str:
    """Return the full name of an output device, of the default one for "".

    Raises:
        SinkError: PortAudio or the device is missing.
    """
    sounddevice = load()
    try:
        return str(sounddevice.query_devices(name or None, kind="output")["name"])
    except (sounddevice.PortAudioError, ValueError) as error:
        raise _no_device(sounddevice, name, error) from error


def described(name: str, sample_rate: int) -> str:
    """Return the full name of an output device and in which form it takes samples of a rate; opens it to see.

    Raises:
        SinkError: PortAudio or the device is missing, or it refuses.
    """
    device = Device(name, sample_rate)
    device.close()
    form = device.form
    return f"{probe(name)}, {form.sample_rate} Hz, {form.channels} channel{'s'[: form.channels - 1]}, {form.dtype}"


def _no_device(sounddevice: ModuleType, name: str, error: Exception) -> SinkError:
    names = [device["name"] for device in sounddevice.query_devices() if device["max_output_channels"] > 0]
    if not names:
        return SinkError(f"no sound device: PortAudio finds none; {_ADVICE}")
    wanted = repr(name) if name else "the default device"
    return SinkError(f"no sound device: {wanted} cannot be opened: {error}; there are: {', '.join(names)}")
