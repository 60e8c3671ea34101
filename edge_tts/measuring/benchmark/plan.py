"""What a benchmark measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured.

    Attributes:
        voices: the names of the voices, "" for the default voice.
        lengths: how long the texts are, in characters.
        clients: how many clients ask at once.
        rounds: how often each text is read, and by each number of clients.
        starts: how many cold starts are measured.
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
        """How many steps progress reports."""
        return len(self.voices) * (self.starts + self.rounds * (len(self.lengths) + len(self.clients)))
