"""A web server on this machine that answers as a hub does, and as broken ones do."""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Page:
    """What one path answers.

    Attributes:
        content: the bytes, or versions of them: each answer gives the next, the last one stays.
        etag: validator of each version; "" for none.
        status: the first answers have these instead; then 200 or 206.
        headers: added to every answer.
        cut: after how many bytes the connection ends, for the first answers one after the other; None for not at all.
        stall: after how many bytes nothing more comes, for the first answer only.
        declare: what the answer says its length is.
        ranges: whether spans can be asked for.
        rate: bytes in a second, for each connection; 0 for as many as there can be.
    """

    content: bytes | list[bytes] = b""
    etag: str | list[str] = ""
    status: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    cut: list[int] = field(default_factory=list)
    stall: int | None = None
    declare: int | None = None
    ranges: bool = True
    rate: int = 0


class Hub:
    """The server; `asked` has the paths, `ranges` the spans that were asked for, in order."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[str] = []
        self.ranges: list[str] = []
        self.sent: Counter[str] = Counter()
        self.hung_up = threading.Event()
        self.stalled = threading.Event()
        self.release = threading.Event()
        self._lock = threading.Lock()
        hub = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hub._answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.daemon_threads = True
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.release.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def put(self, path: str, content: bytes | list[bytes] = b"", **facts: Any) -> str:
        """Have a path answer; return its address."""
        self.pages[path] = Page(content, **facts)
        return self.url + path

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self.asked.append(request.path)
            self.ranges.append(request.headers.get("Range", ""))
            page = self.pages.get(request.path)
            if page is None:
                request.send_error(404)
                return
            status = page.status.pop(0) if page.status else 200
            content, etag = _version(page)
            cut = page.cut.pop(0) if page.cut else None
            stall, page.stall = page.stall, None
        if status != 200:
            request.send_response(status)
            _end(request, page)
            return
        start, end = self._span(request, page, content, etag)
        if start is None:
            return
        self._send(request, page, content[start:end], cut, stall)

    def _span(self, request: BaseHTTPRequestHandler, page: Page, content: bytes, etag: str) -> tuple[int | None, int]:
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", "")) if page.ranges else None
        condition = request.headers.get("If-Range", etag)
        if wanted and int(wanted[1]) >= len(content):
            request.send_response(416)
            _end(request, page)
            return None, 0
        if not wanted or condition != etag:
            request.send_response(200)
            start, end = 0, len(content)
        else:
            request.send_response(206)
            start, end = int(wanted[1]), min(int(wanted[2] or len(content)) + 1, len(content))
            request.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(content)}")
        if etag:
            request.send_header("ETag", etag)
        if page.declare is None:
            request.send_header("Content-Length", str(end - start))
        elif page.declare >= 0:
            request.send_header("Content-Length", str(page.declare))
        _end(request, page)
        return start, end

    def _send(
        self, request: BaseHTTPRequestHandler, page: Page, body: bytes, cut: int | None, stall: int | None
    ) -> None:
        try:
            step = page.rate // 20 or 65536
            for at in range(0, len(body), step):
                block = body[at : min(at + step, cut if cut is not None else len(body))]
                request.wfile.write(block if stall is None else block[: max(0, stall - at)])
                self.sent[request.path] += len(block)
                if cut is not None and at + step >= cut:
                    return
                if stall is not None and at + step >= stall:
                    request.wfile.flush()
                    self.stalled.set()
                    self.release.wait(30)
                    return
                if page.rate:
                    self.release.wait(0.05)
        except OSError:
            self.hung_up.set()


def retry_at(seconds: float) -> str:
    """Return a moment as `Retry-After` may give it."""
    return formatdate(time.time() + seconds, usegmt=True)


def _version(page: Page) -> tuple[bytes, str]:
    content = page.content if isinstance(page.content, bytes) else page.content[0]
    etag = page.etag if isinstance(page.etag, str) else page.etag[0]
    for versions in (page.content, page.etag):
        if isinstance(versions, list) and len(versions) > 1:
            versions.pop(0)
    return content, etag


def _end(request: BaseHTTPRequestHandler, page: Page) -> None:
    for name, value in page.headers.items():
        request.send_header(name, value)
    request.end_headers()
