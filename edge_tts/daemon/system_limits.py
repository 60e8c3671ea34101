"""What the system lets this process have open, and which signals it answers."""

from __future__ import annotations

import resource
import signal

from edge_tts.config.settings import Limits
from edge_tts.daemon.clients import Places

_OWN = 48
"""Files that a daemon has open besides its clients' and its cached audio: workers, watches, sound."""

ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""Signals that end the daemon as SIGTERM does: a terminal that closes is no reason to lose last replies."""

IGNORED = (
    signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGIO, signal.SIGPWR,
    *range(signal.SIGRTMIN, signal.SIGRTMAX + 1),
)  # fmt: skip
"""Signals that mean nothing here, and would end the process if nobody took them."""


def places(limits: Limits) -> Places:
    """Return how many clients may be connected; raises the soft limit of open files of the process for them."""
    places = Places(limits.connections)
    beside = _OWN + limits.queue  # each utterance may have a file of cached audio open
    files = _raise_files(beside + places.all)
    if files >= beside + places.all:
        return places
    room = max(0, files - _OWN)
    few = max(1, room // 8)
    return Places(max(1, min(limits.connections, room // 2)), guests=few, leaving=few, waiting=few)


def _raise_files(wanted: int) -> int:
    """Have so many files allowed, as far as the hard limit goes; return how many are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most
