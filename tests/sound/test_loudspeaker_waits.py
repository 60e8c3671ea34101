"""When a loudspeaker asks for more: whatever the sizes of what comes, of what waits and of what the device takes."""

from __future__ import annotations

import queue
import time
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from edge_tts.config.settings import Sound
from edge_tts.errors import SinkError
from edge_tts.sound import loudspeaker as sink
from edge_tts.sound.loudspeaker import Began, Broken, Finished, Loudspeaker, Low, SinkEvent

RATE = 8000
PATIENCE = 10  # seconds


class Device:
    """Takes blocks of a size of its own, at once; the first of them must be silent."""

    block_frames: ClassVar[int] = 80
    settling_blocks: ClassVar[int] = 0
    broken: ClassVar[Exception | None] = None

    def __init__(self, name: str, sample_rate: int, *, latency: float) -> None:
        self.sample_rate = sample_rate
        self.drain_frames = self.block_frames
        self._blocks = 0

    @property
    def settling(self) -> bool:
        return self._blocks < self.settling_blocks

    def write(self, block: bytes) -> bool:
        if type(self).broken:
            raise type(self).broken
        assert len(block) == self.block_frames * sink.SAMPLE_BYTES
        self._blocks += 1
        time.sleep(1e-5)  # a device without any time of its own would never let the test's thread run
        return False

    def queued_frames(self) -> int:
        return 0

    def flush(self) -> None:
        self._blocks = 0

    def close(self) -> None:
        if type(self).broken:
            raise type(self).broken


def loudspeaker(ahead_seconds: float, **device: Any) -> tuple[Loudspeaker, queue.SimpleQueue[SinkEvent]]:
    events: queue.SimpleQueue[SinkEvent] = queue.SimpleQueue()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sink, "Device", type("Device", (Device,), device))
        speaker = Loudspeaker(Sound(ahead_seconds=ahead_seconds, idle_seconds=1e9), events.put)
        speaker.begin(0, RATE)  # opens the device
        speaker.end(0)
        assert events.get(timeout=PATIENCE) in (Finished(0, 0.0, 0), Began(0)) or device.get("broken")
    return speaker, events


def feed(speaker: Loudspeaker, events: queue.SimpleQueue[SinkEvent], pieces: list[int]) -> SinkEvent:
    """Give a piece whenever more is wanted, as the daemon does; return the last event."""
    speaker.begin(1, RATE)
    waiting = list(pieces)
    while True:
        while waiting and speaker.low(1):
            speaker.write(1, bytes(waiting.pop(0) * sink.SAMPLE_BYTES))
        if not waiting:
            speaker.end(1)
        event = events.get(timeout=PATIENCE)
        if not isinstance(event, Began | Low):
            return event


@settings(max_examples=60, deadline=None)
@given(
    pieces=some.lists(some.integers(0, 4000), max_size=40),
    ahead=some.sampled_from([0, 1, 79, 80, 81, 800, 4000, 32000, 80000]) | some.integers(0, 9000),
    block=some.sampled_from([1, 64, 80, 441, 1024]),
    settling=some.integers(0, 3),
)
def test_all_that_comes_is_played_whatever_the_sizes(pieces: list[int], ahead: int, block: int, settling: int) -> None:
    speaker, events = loudspeaker(ahead / RATE, block_frames=block, settling_blocks=settling)
    try:
        last = feed(speaker, events, pieces)
    finally:
        speaker.close()
    assert isinstance(last, Finished)
    assert last.played_seconds == pytest.approx(sum(pieces) / RATE)


@pytest.mark.parametrize("pieces", [[800] * 50, [80] * 400, [801, 799] * 20])
@pytest.mark.parametrize("ahead", [0.1, 0.2, 0.5, 4.0, 10.0])
def test_exactly_so_much_as_is_wanted_ahead_is_enough_and_not_for_ever(pieces: list[int], ahead: float) -> None:
    speaker, events = loudspeaker(ahead, settling_blocks=3)
    try:
        assert isinstance(feed(speaker, events, pieces), Finished)
    finally:
        speaker.close()


@pytest.mark.parametrize("error", [MemoryError("no memory"), OSError(24, "too many files"), AttributeError("x")])
def test_whatever_a_device_raises_breaks_the_utterance_and_not_the_loudspeaker(error: Exception) -> None:
    speaker, events = loudspeaker(1.0, broken=error)
    try:
        for id in (1, 2):
            speaker.begin(id, RATE)
            speaker.write(id, bytes(4000))
            last = events.get(timeout=PATIENCE)
            assert isinstance(last, Broken)
            assert last.id == id
            assert isinstance(last.error, SinkError)
    finally:
        speaker.close()
