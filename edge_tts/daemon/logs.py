"""The log of a daemon that nobody else keeps a log for: a few files that never outgrow their share of the disk."""

from __future__ import annotations

import errno
import logging
import os
import stat
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from edge_tts.printable import printable

FILES = 4
"""The newest, and older ones beside it with .1, .2, … at the end of their names."""

_LONGEST = 8192  # characters of a record; what a client or a library says must not fill a file by itself
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

    def _redirect(self) -> None:
        if self.stream is not None:
            for descriptor in (1, 2):
                os.dup2(self.stream.fileno(), descriptor)


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
    handler = RotatingLog(path, share_bytes) if path else logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=level, handlers=[handler])


def tend() -> None:
    """Keep the log inside its share; call it from time to time."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, RotatingLog):
            handler.tend()
