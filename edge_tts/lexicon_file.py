"""The file of the user's own words: read when it has changed, changed by one at a time, complete or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge_tts.disk import require_room, writing
from edge_tts.errors import RequestError, StoreError
from edge_tts.system import locks
from edge_tts.system.private import make_root
from edge_tts.system.replacing import write_whole
from edge_tts.system.values import shown
from edge_tts.text.reading import user_lexicon
from edge_tts.text.reading.user_lexicon import EMPTY, MOST_BYTES, MOST_ENTRIES, Entry, UserLexicon
from edge_tts.wire import Lexicon, LexiconList

_PURPOSE = "changing the lexicon"
_WAIT_SECONDS = 10.0


class LexiconFile:
    """The lexicon in a file, read again when the file has changed.

    Args:
        path: may not exist.
    """

    def __init__(self, path: Path) -> None:
        """Read nothing yet."""
        self.path = path
        self._seen: tuple[int, ...] = ()
        self._current = EMPTY
        self._digest: str | None = None  # not known yet

    def current(self) -> UserLexicon:
        """Return what the file says now; a file that cannot be read says nothing but a problem."""
        seen = self._signature()
        if seen != self._seen:
            self._current, self._digest, self._seen = read(self.path), None, seen
        return self._current

    def digest(self) -> str:
        """Return the digest of what the file says now; it costs a look at the file's stamps while nothing changes."""
        current = self.current()
        if self._digest is None:
            self._digest = current.digest
        return self._digest

    def _signature(self) -> tuple[int, ...]:
        try:
            found = os.stat(self.path)
        except OSError:
            return ()
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def read(path: Path) -> UserLexicon:
    """Return what a file says; one that cannot be read, or is too long, says nothing but a problem."""
    try:
        return user_lexicon.parse(_text(path))
    except StoreError as error:
        return UserLexicon((), (str(error),))


def perform(path: Path, request: Lexicon, *, wait: bool) -> LexiconList:
    """Do what a request asks with the lexicon in a file, and return all of it.

    Args:
        path: of the file; need not exist.
        request: see wire.Lexicon.
        wait: for a change by somebody else to end, else be refused.

    Raises:
        RequestError: an entry cannot be used, or the word is not listed.
        StoreError: the file cannot be read or written, or somebody else changes it.
    """
    problems: list[str] = []
    match request.action:
        case "add":
            new = user_lexicon.entry(request.word, request.reading, request.comment)
            _change(path, lambda text: user_lexicon.with_entries(text, [new]), wait)
        case "remove":
            _change(path, lambda text: user_lexicon.without(text, request.word), wait)
        case "import":
            entries = list(_imported(request.entries, problems))
            _change(path, lambda text: user_lexicon.with_entries(text, entries), wait)
    return listing(path, read(path), problems).changed(id=request.id)


def listing(path: Path, lexicon: UserLexicon, problems: Iterable[str] = ()) -> LexiconList:
    """Return what a file says as a reply, after other problems."""
    rows = [{"word": entry.word, "reading": entry.reading, "comment": entry.comment} for entry in lexicon.entries]
    found = [*problems, *(f"{path.name} {problem}" for problem in lexicon.problems)]
    return LexiconList(entries=rows, problems=found, digest=lexicon.digest)


def _imported(rows: Any, problems: list[str]) -> Iterator[Entry]:
    """Yield the entries that can be used; of the others say what is wrong."""
    for number, row in enumerate(rows, 1):
        try:
            yield _entry(row)
        except RequestError as error:
            problems.append(f"entry {number}: {error}")


def _entry(row: Any) -> Entry:
    values = [row.get(name, "") for name in ("word", "reading", "comment")] if isinstance(row, dict) else []
    if not values or not all(isinstance(value, str) for value in values):
        raise RequestError(f"expected a map of the strings word, reading and comment, got {shown(row)}")
    return user_lexicon.entry(*values)


def _change(path: Path, edit: Callable[[str], str], wait: bool) -> None:
    with _locked(path, wait):
        before = _text(path)
        after = edit(before)
        if after != before:
            _check_limits(after)
            _write(path, after.encode("utf-8", "surrogateescape"))


def _check_limits(text: str) -> None:
    size, count = len(text.encode("utf-8", "surrogateescape")), user_lexicon.count(text)
    if size > MOST_BYTES:
        raise RequestError(f"the lexicon would have {size} bytes, limit is {MOST_BYTES}")
    if count > MOST_ENTRIES:
        raise RequestError(f"the lexicon would have {count} entries, limit is {MOST_ENTRIES}")


def _text(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not keep us waiting
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise StoreError(f"cannot read {path}: it is no regular file")
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error
    if len(data) > MOST_BYTES:
        raise StoreError(f"{path} has more than {MOST_BYTES} bytes; nothing of it is used")
    return data.decode("utf-8", "surrogateescape")


@contextmanager
def _locked(path: Path, wait: bool) -> Iterator[None]:
    with writing(path.parent, 0, _PURPOSE):
        make_root(path.parent)
        descriptor = locks.open_lock(f"{path}.lock")
    try:
        if not locks.take(descriptor, _WAIT_SECONDS if wait else 0):
            raise StoreError(f"somebody else is changing {path}; try again")
        yield
    finally:
        os.close(descriptor)


def _place(path: Path) -> Path:
    """Return where the file is: a link to one that people keep elsewhere stays a link."""
    return Path(os.path.realpath(path))


def _write(path: Path, data: bytes) -> None:
    path = _place(path)
    require_room(path.parent, len(data), _PURPOSE)
    with writing(path.parent, len(data), _PURPOSE):
        write_whole(path, data, mode=0o600)
