"""A file over HTTP: resumed where it was cut, refused as soon as it is not what was promised.

Nothing but http and https is ever opened, and only what may be asked (reach.py, redirects.py). What comes is checked
against the manifest's digest, whoever sent it.
"""

from __future__ import annotations

import email.utils
import http.client
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from edge_tts.config.settings import Downloads
from edge_tts.errors import ModelCorrupt, SourceUnavailable
from edge_tts.store.fetch.partial import Partial
from edge_tts.store.fetch.reach import allowed_first, connect, host_of
from edge_tts.store.fetch.redirects import Redirects

Report = Callable[[int], None]
"""Is called with the number of bytes of one download that are there."""

_HEADERS = {"User-Agent": "edge-tts-daemon", "Accept-Encoding": "identity"}
_BLOCK = 1 << 18
_SLOW_BYTES = 1024  # less than this in `stall_seconds` counts as nothing
_LONGEST_WAIT = 60.0  # seconds; a host that asks for more is left for the next source
_RESTARTS = 3  # how often a file may change under us
_PASSING = {408, 416, 425, 429, 500, 502, 503, 504}  # RFC 9110 and RFC 6585: may be different the next time
_LOST = (TimeoutError, ConnectionResetError, ConnectionAbortedError, BrokenPipeError, ssl.SSLEOFError)


class NoAnswer(SourceUnavailable):
    """The host cannot be reached, or says nothing."""


class NoRanges(SourceUnavailable):
    """The host answers a request for a span with the whole file."""


class _Cut(Exception):
    """A download ended early and may go on."""

    def __init__(self, reason: object, wait_seconds: float = 0.0, *, answered: bool = True) -> None:
        super().__init__(str(reason))
        self.wait_seconds = wait_seconds
        self.kind = SourceUnavailable if answered else NoAnswer


class Web:
    """Downloads from any number of threads; `close` ends them all.

    Args:
        settings: time-outs and attempts.
    """

    def __init__(self, settings: Downloads) -> None:
        """Connect nowhere yet."""
        self._settings = settings
        self._configured = {host_of(settings.hub), host_of(settings.modelscope)}
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._opener = self._make_opener()

    def close(self) -> None:
        """End every download: each raises SourceUnavailable."""
        with self._lock:
            self._closed.set()
            for connection in self._sockets:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except (OSError, ValueError):  # it has ended by itself
                    pass

    def _register(self, connection: socket.socket) -> None:
        connection.settimeout(self._settings.stall_seconds)
        with self._lock:
            self._sockets.add(connection)
            if self._closed.is_set():
                raise ConnectionAbortedError("the download was ended")

    def fetch(self, url: str, part: Partial, report: Report) -> bool:
        """Bring a partial download to its full size.

        Args:
            url: http or https.
            part: what is there already; keeps what comes, also on failure.
            report: is told the length of `part`.

        Returns:
            Whether it was put together from several answers, which may not belong together.

        Raises:
            SourceUnavailable: the answer is a refusal, or was cut too often.
            NoAnswer: nobody answers.
            NoRanges: only a span is wanted, and the host has no spans.
            ModelCorrupt: it has another size than was promised; found before or while it comes.
        """
        if self._settings.offline and part.missing:
            raise NoAnswer(f"{url}: not downloaded, because offline")
        pieced = part.length > 0
        failures = restarts = 0
        while part.missing:
            before = part.length
            try:
                self._go_on(url, part, report)
            except _Cut as cut:
                pieced = part.length > 0
                failures = 1 if part.length > before else failures + 1
                restarts += part.length < before
                if failures >= self._settings.attempts or restarts > _RESTARTS or self._closed.is_set():
                    raise cut.kind(f"{url}: {cut}") from cut
                growing = self._settings.wait_seconds * 2.0 ** (failures - 1)
                self._closed.wait(min(cut.wait_seconds or growing, _LONGEST_WAIT))
        return pieced

    def read(self, url: str, limit: int) -> bytes:
        """Return a short answer whole.

        Args:
            url: http or https.
            limit: most bytes that it may have.

        Raises:
            SourceUnavailable: the answer is a refusal, or longer.
            NoAnswer: nobody answers.
        """
        if self._settings.offline:
            raise NoAnswer(f"{url}: not asked, because offline")
        try:
            with self._open(url, _HEADERS, None) as answer:
                found = bytearray()
                while block := _read(url, answer):
                    found += block
                    if len(found) > limit:
                        raise SourceUnavailable(f"{url}: expected at most {limit} bytes, got more")
                return bytes(found)
        except _Cut as cut:
            raise cut.kind(f"{url}: {cut}") from cut

    def _go_on(self, url: str, part: Partial, report: Report) -> None:
        headers = dict(_HEADERS)
        if part.length or not part.whole:
            headers["Range"] = part.range
            if validator := part.validator(url):
                headers["If-Range"] = validator
        with self._open(url, headers, part) as answer:
            _agree(url, answer, part)
            self._receive(url, answer, part, report)
        if part.missing:
            raise _Cut(f"cut after {part.length} of {part.size} bytes")

    def _receive(self, url: str, answer: Any, part: Partial, report: Report) -> None:
        since, length = time.monotonic(), part.length
        while block := _read(url, answer):
            part.append(block)
            report(part.length)
            if time.monotonic() - since > self._settings.stall_seconds:
                if part.length - length < _SLOW_BYTES:
                    raise _Cut(f"{part.length - length} bytes in {self._settings.stall_seconds:g} seconds")
                since, length = time.monotonic(), part.length

    def _open(self, url: str, headers: Mapping[str, str], part: Partial | None) -> Any:
        request = urllib.request.Request(url, headers=dict(headers))
        request.allowed = allowed_first(host_of(url), self._configured)  # type: ignore[attr-defined]
        with _translated(url, answered=False):
            try:
                return self._opener.open(request, timeout=self._settings.connect_seconds)
            except urllib.error.HTTPError as error:
                with error:
                    if error.code == 416 and part:  # what we have is longer than the file, so the file has changed
                        part.restart()
                    raise _refusal(url, error) from error

    def _make_opener(self) -> urllib.request.OpenerDirector:
        opener = urllib.request.OpenerDirector()
        request = urllib.request
        plain, secure = self._connecting(http.client.HTTPConnection), self._connecting(http.client.HTTPSConnection)
        for handler in (
            request.ProxyHandler(),
            request.HTTPDefaultErrorHandler(),
            request.HTTPErrorProcessor(),
            request.UnknownHandler(),
            Redirects(),
            _Opening("http", plain),
            _Opening("https", secure),
        ):
            opener.add_handler(handler)
        return opener

    def _connecting(self, kind: type[http.client.HTTPConnection]) -> type[http.client.HTTPConnection]:
        register = self._register

        class Connection(kind):  # type: ignore[misc, valid-type]
            def __init__(self, host: str, *, request: urllib.request.Request, **arguments: Any) -> None:
                super().__init__(host, **arguments)
                self._create_connection = partial(_connected, request)

            def connect(self) -> None:
                super().connect()
                register(self.sock)

        return Connection


def _connected(request: Any, address: tuple[str, int], timeout: float, source: object) -> socket.socket:
    """Connect to an address that may be asked for a request, and note in it how far away that is."""
    if request.host != urlsplit(request.full_url).netloc or getattr(request, "_tunnel_host", None):
        return socket.create_connection(address, timeout)  # a proxy of the user's, which looks names up itself
    connection, request.reached = connect(*address, timeout, request.allowed)
    return connection


class _Opening(urllib.request.AbstractHTTPHandler):
    """Opens one scheme with a class of connections."""

    def __init__(self, scheme: str, connection: type[http.client.HTTPConnection]) -> None:
        super().__init__()
        setattr(self, f"{scheme}_open", lambda request: self.do_open(connection, request, request=request))
        setattr(self, f"{scheme}_request", self.do_request_)


def _agree(url: str, answer: Any, part: Partial) -> None:
    """Make sure that the answer goes on where we are; `part` starts anew if it begins at the beginning."""
    validator = _validator(answer.headers)
    if answer.status == 206:
        _agree_on_span(url, answer, part, validator)
    elif not part.whole:
        raise NoRanges(f"{url}: has no spans")
    else:
        declared = answer.headers["Content-Length"]
        if declared is not None and declared != str(part.size):
            if answer.headers.get_content_type() == "text/html":
                raise SourceUnavailable(f"{url}: answered a web page instead of the file: is there a login in between?")
            raise ModelCorrupt(f"expected {part.size} bytes, the host declares {declared}")
        part.restart()
    part.remember(url, validator)


def _agree_on_span(url: str, answer: Any, part: Partial, validator: str) -> None:
    expected, span = part.range.replace("=", " "), answer.headers["Content-Range"] or ""
    known = part.validator(url)
    if span not in (f"{expected}/{part.total}", f"{expected}/*") or (known and validator not in ("", known)):
        part.restart()
        raise _Cut(f"the file changed: expected {expected}/{part.total}, got {span or 'no span'}")


def _validator(headers: Mapping[str, str]) -> str:
    """Return the strong validator of an answer, "" if it has none."""
    etag = headers.get("ETag", "")
    return etag if etag.startswith('"') else headers.get("Last-Modified", "")


def _refusal(url: str, error: urllib.error.HTTPError) -> Exception:
    said = f"answered {error.code} {error.reason}"
    if error.code not in _PASSING:
        return SourceUnavailable(f"{url}: {said}")
    wait = _retry_after(error.headers.get("Retry-After", ""))
    if wait > _LONGEST_WAIT:
        return SourceUnavailable(f"{url}: {said}, try again in {wait:.0f} seconds", retry_after=wait)
    return _Cut(said, wait)


def _read(url: str, answer: Any) -> bytes:
    with _translated(url, answered=True):
        return answer.read1(_BLOCK)  # type: ignore[no-any-return]


@contextmanager
def _translated(url: str, *, answered: bool) -> Iterator[None]:
    """Turn what the network raises into a reason to go on or to give up."""
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, _LOST):
            raise _Cut(str(reason) or type(reason).__name__, answered=answered) from error
        raise NoAnswer(f"{url}: {reason}") from error


def _retry_after(value: str) -> float:
    """Return the seconds that a host asks to wait, RFC 9110 section 10.2.3; 0 if it does not."""
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0
