"""A temporary folder where a model is made of something else; room on the disk is reserved for it beforehand."""

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
class BuildFolder:
    """A temporary folder, and what its user may do.

    Attributes:
        folder: where the model is made; what is complete in it can be installed from there.
        room: the reservation of disk for it.
        stack: closes, with the block, what the user enters into it.
        unlock: lets others change the store; it must be called before anything is installed.
    """

    folder: Path
    room: disk.Reservation
    stack: ExitStack
    unlock: Callable[[], None]


@contextmanager
def build_folder(config: Config, wanted_bytes: int, purpose: str) -> Iterator[BuildFolder]:
    """Make a build folder for the block; the store is locked until `unlock`.

    The folder is gone after the block, and after a kill with the next change of the store.

    Args:
        config: names the store and the budget.
        wanted_bytes: the most that will be written.
        purpose: what is done, for people, as "converting sambert".

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
        yield BuildFolder(folder, room, stack, lock.close)
