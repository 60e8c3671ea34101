"""A temporary folder where a model is made of something else, with room that was promised beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge_tts import disk
from edge_tts.config.settings import Config
from edge_tts.store.installed import require_reachable
from edge_tts.store.lock import ended_by_sigterm, exclusive, scratch


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a maker of a model has.

    Attributes:
        folder: to write to; what is complete in it can be installed from there.
        room: that was promised.
        stack: of what ends with the block.
        unlock: lets others change the store; it must be called before anything is installed.
    """

    folder: Path
    room: disk.Reservation
    stack: ExitStack
    unlock: Callable[[], None]


@contextmanager
def workshop(config: Config, wanted_bytes: int, purpose: str) -> Iterator[Workshop]:
    """Open a workshop; the store is locked until `unlock`.

    The folder is gone after the block, and after a kill with the next change of the store.

    Args:
        config: where the store is, and the budget.
        wanted_bytes: most that will be written.
        purpose: as "converting sambert".

    Raises:
        BudgetExceeded: it would not fit into the budget.
        DiskFull: there is no room.
        StoreError: another installation is running.
    """
    paths = config.paths
    with ended_by_sigterm(), disk.writing(paths.state, 0, purpose), ExitStack() as stack:
        lock = stack.enter_context(ExitStack())
        lock.enter_context(exclusive(paths))
        require_reachable(paths)
        room = stack.enter_context(disk.reserve(config, paths.models, wanted_bytes, purpose))
        folder = stack.enter_context(scratch(paths, "convert-"))
        room.covers(folder)
        yield Workshop(folder, room, stack, lock.close)
