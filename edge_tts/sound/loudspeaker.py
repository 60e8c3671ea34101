"""The loudspeaker: utterances one after another on one device, driven by a thread of its own.

    begin(id) → write(id) … → end(id)   gives  Began, Low …, then Finished | Broken
    … stop(id)                          gives  Stopped | Broken

One thread owns the device, because PortAudio may block. It writes 10 ms blocks: audio where there is some,
else silence, until the device has been silent for `idle_seconds` and is closed. A second thread watches the
first, so that an utterance also gets its last event when the sound server hangs.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable

from edge_tts.config.settings import Sound
from edge_tts.errors import SinkError
from edge_tts.sound import portaudio
from edge_tts.sound.playback import Began, Broken, Finished, Low, Playback, SinkEvent, Stopped
from edge_tts.sound.portaudio import SAMPLE_BYTES, Device, described, probe

__all__ = ["Began", "Broken", "Finished", "Loudspeaker", "Low", "SinkEvent", "Stopped", "described", "probe"]

log = logging.getLogger(__name__)

_CLOSE_SECONDS = 0.5


class Loudspeaker:
    """Plays utterances. Methods return at once and may be called from any thread."""

    def __init__(
        self,
        sound: Sound,
        on_event: Callable[[SinkEvent], None],
        *,
        latency_seconds: float = portaudio.LATENCY_SECONDS,
        hang_seconds: float = 5.0,
    ) -> None:
        """Start the threads; the device is opened by the first utterance.

        Args:
            sound: which device, and how long to keep it open.
            on_event: called from the threads of the loudspeaker; must return soon and not raise.
            latency_seconds: buffer to ask of the device.
            hang_seconds: how long the device may block before its utterances are broken.
        """
        self._sound = sound
        self._on_event = on_event
        self._latency = latency_seconds
        self._hang = hang_seconds
        self._changed = threading.Condition()
        self._utterances: dict[int, Playback] = {}
        self._closing = False
        self._device: Device | None = None
        self._using = False  # whether the first thread is at the device
        self._beats = 0  # how often it came back from it
        self._hangs = False
        self._idle_frames = 0
        self._threads = [
            threading.Thread(target=run, name=f"sink {run.__name__[1:]}", daemon=True)
            for run in (self._play, self._watch)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def buffered_seconds(self) -> float:
        """Audio that was given but not yet handed to the device."""
        with self._changed:
            return sum(len(one.waiting) / SAMPLE_BYTES / one.sample_rate for one in self._utterances.values())

    def low(self, id: int) -> bool:
        """Return whether less than `ahead_seconds` of an utterance wait; `Low` follows when that becomes true."""
        with self._changed:
            return (utterance := self._utterances.get(id)) is not None and utterance.low

    def idle(self) -> bool:
        """Return whether no utterance is being played or waits."""
        with self._changed:
            return not self._utterances

    def begin(self, id: int, sample_rate: int) -> None:
        """Queue an utterance and open the device; call it early, opening hides behind synthesis.

        Args:
            id: of the utterance; may be used again after its last event.
            sample_rate: in Hz.

        Raises:
            SinkError: that utterance is there already, or the rate is below 1000 Hz.
        """
        if sample_rate < 1000:
            raise SinkError(f"sample rate must be at least 1000 Hz, is {sample_rate}")
        with self._changed:
            if id in self._utterances:
                raise SinkError(f"utterance {id} is being played already")
            low_bytes = round(self._sound.ahead_seconds * sample_rate) * SAMPLE_BYTES
            self._utterances[id] = Playback(id, sample_rate, max(low_bytes, 1))
            self._changed.notify_all()

    def write(self, id: int, data: bytes) -> None:
        """Add audio to an utterance; ignored after its last event.

        Args:
            id: of the utterance.
            data: float32 samples, mono, native byte order.

        Raises:
            SinkError: the data are not whole samples.
        """
        if len(data) % SAMPLE_BYTES:
            raise SinkError(f"expected float32 samples of {SAMPLE_BYTES} bytes each, got {len(data)} bytes")
        with self._changed:
            if (utterance := self._utterances.get(id)) and not utterance.ended:
                utterance.waiting += data

    def end(self, id: int) -> None:
        """Say that nothing follows; `Finished` comes when all of it was heard."""
        with self._changed:
            if utterance := self._utterances.get(id):
                utterance.ended = True

    def stop(self, id: int) -> None:
        """Drop what was not heard yet; `Stopped` follows. Ignored after the last event."""
        with self._changed:
            if utterance := self._utterances.get(id):
                utterance.stopped = True
                utterance.waiting.clear()

    def close(self) -> None:
        """Close the device and end the threads, within half a second; no event follows."""
        with self._changed:
            self._closing = True
            self._utterances.clear()
            self._changed.notify_all()
        self._threads[0].join(_CLOSE_SECONDS)

    def _play(self) -> None:
        while self._wait():
            try:
                if not self._settle_stopped():
                    self._step()
            except Exception as error:  # this thread must outlive whatever a sound library raises
                self._close_device()
                self._break(_as_sink_error(error), first_only=True)
        self._close_device()

    def _wait(self) -> bool:
        """Wait until there is something to do; return False to end."""
        with self._changed:
            if self._device is None:
                self._using = False
                self._changed.wait_for(lambda: self._closing or self._utterances)
                self._using = True
                self._changed.notify_all()
            self._beats += 1
            return not self._closing

    def _settle_stopped(self) -> bool:
        """Remove the utterances that were stopped; return whether there were any."""
        with self._changed:
            stopped = [one for one in self._utterances.values() if one.stopped]
        if not stopped:
            return False
        unheard = 0
        if self._device and any(one.handed_frames for one in stopped):
            unheard = self._device.queued_frames()
            self._device.flush()
        for one in stopped:
            self._last(one, Stopped(one.id, one.seconds(unheard)))
        return True

    def _step(self) -> None:
        """Write one block of the first utterance, or silence."""
        with self._changed:
            head = next(iter(self._utterances.values()), None)
        device = self._open(head)
        if device is None:
            return
        block = b"" if head is None or device.settling else self._take(head, device.block_frames)
        silence = device.block_frames - len(block) // SAMPLE_BYTES
        dry = device.write(block + bytes(silence * SAMPLE_BYTES))
        if self._hangs:
            self._hangs = False
            self._close_device()
        elif head is None:
            self._rest(device)
        else:
            self._advance(head, device, len(block) // SAMPLE_BYTES, silence, dry=dry)

    def _take(self, head: Playback, frames: int) -> bytes:
        """Return the next block of an utterance, b"" if there is none; tell when too little is left."""
        with self._changed:
            before = head.low
            block = b"" if head.stopped else head.take(frames)
            falls = head.low and not before
        if falls:
            self._tell(head, Low(head.id))
        return block

    def _open(self, head: Playback | None) -> Device | None:
        if head and self._device and self._device.sample_rate != head.sample_rate:
            self._close_device()
        if head and self._device is None:
            self._device = Device(self._sound.device, head.sample_rate, latency=self._latency)
        return self._device

    def _close_device(self) -> None:
        device, self._device = self._device, None
        self._idle_frames = 0
        if device:
            with contextlib.suppress(Exception):  # it may be lost; there is no more that can be done to it
                device.close()

    def _rest(self, device: Device) -> None:
        """Close the device when it has been silent for long enough."""
        self._idle_frames += device.block_frames
        if self._idle_frames >= self._sound.idle_seconds * device.sample_rate:
            self._close_device()

    def _advance(self, head: Playback, device: Device, frames: int, silence: int, *, dry: bool) -> None:
        """Note what was written of an utterance and tell its beginning and its end."""
        self._idle_frames = 0
        with self._changed:
            begins = frames > 0 and head.handed_frames == 0
            head.count(frames, silence, dry=dry)
            heard = head.silent_frames >= device.drain_frames or head.handed_frames == 0
            finished = head.ended and not head.waiting and heard and not head.stopped
        if begins:
            self._tell(head, Began(head.id))
        if finished:
            self._last(head, Finished(head.id, head.seconds(), head.underruns))

    def _tell(self, utterance: Playback, event: SinkEvent) -> None:
        with self._changed:
            known = self._utterances.get(utterance.id) is utterance
        if known:
            self._on_event(event)

    def _last(self, utterance: Playback, event: SinkEvent) -> None:
        """Forget an utterance and tell its last event, unless it had one."""
        with self._changed:
            known = self._utterances.get(utterance.id) is utterance
            if known:
                del self._utterances[utterance.id]
        if known:
            self._on_event(event)

    def _break(self, error: SinkError, *, first_only: bool = False) -> None:
        with self._changed:
            broken = list(self._utterances.values())[: 1 if first_only else None]
        for one in broken:
            self._last(one, Broken(one.id, error))

    def _watch(self) -> None:
        """Break all utterances whenever the device has blocked for too long."""
        while not self._closing:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._using)
                beats = self._beats
                self._changed.wait_for(lambda: self._closing, timeout=self._hang)
                self._hangs = self._using and self._beats == beats
            if self._hangs:
                advice = "restart the sound server"
                self._break(SinkError(f"sound device does not answer for {self._hang:g} s; {advice}"))


def _as_sink_error(error: Exception) -> SinkError:
    if isinstance(error, SinkError):
        return error
    log.error("the sound device failed", exc_info=error)
    return SinkError(f"sound device failed: {type(error).__name__}: {error}")
