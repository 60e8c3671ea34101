"""The log of a daemon that nobody else keeps a log for: a few files that never outgrow their share of the disk."""

from __future__ import annotations

import atexit
import errno
import io
import logging
import os
import stat
import sys
import threading
from collections.abc import Callable
from functools import partial
from logging.handlers import QueueHandler, RotatingFileHandler
from pathlib import Path
from queue import Full, Queue

from edge_tts.printable import printable

FILES = 4
"""The newest, and older ones beside it with .1, .2, … at the end of their names."""

_LONGEST = 8192  # characters of a record; what a client or a library says must not fill a file by itself
_MOST_WAITING = 4096  # records
_END_SECONDS = 1.0
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class Lines(logging.Formatter):
    """Writes records so that what a client, a model or a library says in them is only shown, not obeyed or laid out."""

    def __init__(self) -> None:
        """Take the usual form."""
        super().__init__(_FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text, escaped but for line ends, and cut where it is longer than anybody reads."""
        text = super().format(record)
        cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"
        return "\n".join(map(printable, cut.split("\n")))


class RotatingLog(RotatingFileHandler):
    """Writes records, and whatever this process prints, to a file that is put aside when it is full.

    Args:
        path: of the newest file; its folder is made, for the user alone.
        share_bytes: most that all files take.
    """

    def __init__(self, path: Path, share_bytes: int) -> None:
        """Take over standard output and standard error, where native libraries complain."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(open_file(path))
        most = max(1, share_bytes // FILES)
        super().__init__(path, maxBytes=most, backupCount=FILES - 1, encoding="utf-8", errors="backslashreplace")
        self._redirect()

    def doRollover(self) -> None:
        """Put the file aside and begin a new one."""
        super().doRollover()
        self._redirect()

    def tend(self) -> None:
        """Put the file aside if what was printed has filled it; records look after themselves."""
        self.acquire()
        try:
            if self.stream is not None and os.fstat(self.stream.fileno()).st_size >= self.maxBytes:
                self.doRollover()
        except OSError:  # a full or broken disk; a record that comes later tries again
            pass
        finally:
            self.release()

    def _open(self) -> io.TextIOWrapper:
        return _unbuffered(io.FileIO(self.baseFilename, "a"))

    def _redirect(self) -> None:
        if self.stream is not None:
            for descriptor in (1, 2):
                os.dup2(self.stream.fileno(), descriptor)


class InThread(QueueHandler):
    """Has another handler write in a thread, for it may wait: for a disk, or for who reads standard error.

    What comes while too many records wait is left out, and counted.

    Args:
        target: the handler that writes.
    """

    def __init__(self, target: logging.Handler) -> None:
        """Start the thread; it ends with the process, or a second later if it hangs."""
        self._works: Queue[Callable[[], object]] = Queue(_MOST_WAITING)
        super().__init__(self._works)
        self.setFormatter(logging.Formatter())
        self._target = target
        self._lost = 0
        threading.Thread(target=self._run, name="log", daemon=True).start()
        atexit.register(self._end)

    def enqueue(self, record: logging.LogRecord) -> None:
        """Have a record written."""
        self._later(partial(self._target.handle, record))

    def tend(self) -> None:
        """Have the target tend its file."""
        if isinstance(self._target, RotatingLog):
            self._later(self._target.tend)

    def settle(self, seconds: float) -> bool:
        """Wait until all is written that was logged before; return whether it was, in that time."""
        written = threading.Event()
        self._later(written.set)
        return written.wait(seconds)

    def _later(self, work: Callable[[], object]) -> None:
        try:
            self._works.put_nowait(work)
        except Full:
            self._lost += 1

    def _run(self) -> None:
        while True:
            self._works.get()()
            if self._lost:
                lost, self._lost = self._lost, 0
                text = f"{lost} records are missing here: the log could not be written"
                self._target.handle(logging.LogRecord(__name__, logging.WARNING, "", 0, text, None, None))

    def _end(self) -> None:
        if not self.settle(_END_SECONDS):
            self._target.createLock()  # the thread holds the old one, and logging would wait for it at the end


def _unbuffered(file: io.FileIO) -> io.TextIOWrapper:
    """Return a text file that writes at once, and so holds no lock at the end of the process when its disk hangs."""
    return io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", write_through=True)


def open_file(path: Path) -> int:
    """Open a log to append to and to read, made for the user alone if it is not there; return its descriptor.

    Raises:
        OSError: it cannot be opened, or is no regular file.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return descriptor


def start(level: int, path: Path | None, share_bytes: int) -> None:
    """Log from now on.

    Args:
        level: of the logging module; what is less is left out.
        path: of a file to write to, None for standard error.
        share_bytes: most that the file and its older ones take.
    """
    target: logging.Handler
    if path:
        target = RotatingLog(path, share_bytes)
    elif sys.stderr is None:  # it was closed by whoever started us
        target = logging.NullHandler()
    else:
        target = logging.StreamHandler(_unbuffered(io.FileIO(sys.stderr.fileno(), "w", closefd=False)))
    target.setFormatter(Lines())
    logging.basicConfig(level=level, handlers=[InThread(target)])


def tend() -> None:
    """Keep the log inside its share; call it from time to time."""
    for handler in _handlers():
        handler.tend()


def settle(seconds: float = 10.0) -> bool:
    """Wait until all is written that was logged before; return whether it was, in that time."""
    return all([handler.settle(seconds) for handler in _handlers()])


def _handlers() -> list[InThread]:
    return [handler for handler in logging.getLogger().handlers if isinstance(handler, InThread)]
