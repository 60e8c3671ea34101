"""What a benchmark measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured.

    Attributes:
        voices: their names, "" for the default voice.
        lengths: of the texts, in characters.
        clients: how many clients ask at once.
        rounds: readings of each text, and of each number of clients.
        starts: cold starts.
        whole_seconds: after so long with one text its readings end with the first sound, but for the first reading.
        clients_seconds: after so long with one number of clients there is no further round.
    """

    voices: tuple[str, ...]
    lengths: tuple[int, ...]
    clients: tuple[int, ...]
    rounds: int
    starts: int
    whole_seconds: float
    clients_seconds: float

    @property
    def steps(self) -> int:
        """How often progress is reported."""
        return len(self.voices) * (self.starts + self.rounds * (len(self.lengths) + len(self.clients)))
