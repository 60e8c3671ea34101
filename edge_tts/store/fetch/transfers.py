"""Files fetched over HTTP into one folder, several at once, large ones in spans; what was cut stays there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from edge_tts.config.settings import Downloads
from edge_tts.disk import Lease
from edge_tts.errors import EdgeTTSError, ModelCorrupt, SourceUnavailable
from edge_tts.store.fetch.partial import SPAN_BYTES, Partial
from edge_tts.store.fetch.web import NoAnswer, NoRanges, Web

_TICK_SECONDS = 0.1  # how often progress is reported; the end of a download is an event

Report = Callable[[str, int], None]
"""Is called with what is being downloaded, and with the bytes that all downloads have on disk."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file to be had from an address.

    Attributes:
        url: http or https.
        size: bytes expected.
        sha256: digest expected; also names it on disk, so that other addresses of the same file go on with it.
    """

    url: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """How it is called for people."""
        return urlsplit(self.url).path.rpartition("/")[2]


class Transfers:
    """The HTTP downloads of one installation; `close` ends what still runs."""

    def __init__(self, folder: Path, settings: Downloads, report: Report) -> None:
        """Download into `folder`, which is made when there is something to put there."""
        self._folder = folder
        self._settings = settings
        self._report = report
        self._web = Web(settings)
        self._outcomes: dict[Download, Path | EdgeTTSError] = {}
        self._silent_hosts: set[str] = set()
        self._lengths: dict[Path, int] = {}
        self._leases: list[Lease] = []

    def close(self) -> None:
        """End the downloads that still run; what has come stays on disk."""
        self._web.close()
        for lease in self._leases:
            lease.close()

    def fetch(self, downloads: Iterable[Download]) -> None:
        """Download those that were not tried yet; failures are told by `file`.

        Raises:
            OSError: the disk became full, or cannot be written.
        """
        waiting = [download for download in dict.fromkeys(downloads) if download not in self._outcomes]
        if not waiting:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        spans = max(1, self._settings.parallel // len(waiting))
        with ThreadPoolExecutor(max(1, self._settings.parallel)) as pool:
            running = {pool.submit(self._outcome, download, spans): download for download in waiting}
            try:
                self._watch(running)
            except BaseException:
                self._web.close()
                pool.shutdown(cancel_futures=True)
                raise

    def file(self, download: Download) -> Path:
        """Return where a complete download is.

        Raises:
            SourceUnavailable: it cannot be had.
            ModelCorrupt: what came is not what was promised.
            OSError: the disk became full, or cannot be written.
        """
        self.fetch([download])
        outcome = self._outcomes[download]
        if isinstance(outcome, EdgeTTSError):
            raise outcome
        return outcome

    def discard(self) -> None:
        """Remove all downloads."""
        for path in self._lengths:
            Partial(path, 0).discard()

    def _watch(self, running: dict[Future[Path | EdgeTTSError], Download]) -> None:
        pending = set(running)
        while pending:
            done, pending = wait(pending, _TICK_SECONDS, FIRST_COMPLETED)
            for future in done:
                self._outcomes[running[future]] = future.result()
            names = ", ".join(sorted({running[future].name for future in pending or done}))
            self._report(names, sum(self._lengths.copy().values()))

    def _outcome(self, download: Download, spans: int) -> Path | EdgeTTSError:
        host = urlsplit(download.url).netloc
        try:
            if host in self._silent_hosts:
                raise NoAnswer(f"{download.url}: {host} did not answer before")
            return self._download(download, spans)
        except NoAnswer as error:
            self._silent_hosts.add(host)
            return error
        except (SourceUnavailable, ModelCorrupt) as error:
            return error

    def _download(self, download: Download, spans: int) -> Path:
        path = self._folder / download.sha256
        if spans > 1 and download.size >= 2 * SPAN_BYTES and not path.exists():
            try:
                self._fetch_spans(download, path, spans)
            except NoRanges:
                pass
        with Partial(path, download.size) as part:
            pieced = self._fetch_part(download, part)
            if pieced and part.hexdigest() != download.sha256:
                part.restart()
                self._fetch_part(download, part)
            if part.hexdigest() != download.sha256:
                part.discard()
                raise ModelCorrupt(f"expected sha256 {download.sha256}, got {part.hexdigest()}")
            part.sync()
        return path

    def _fetch_part(self, download: Download, part: Partial) -> bool:
        def report(length: int) -> None:
            self._lengths[part.path] = length

        self._leases.append(Lease(part.path))  # it may have to wait for others for long
        report(part.length)
        return self._web.fetch(download.url, part, report)

    def _fetch_spans(self, download: Download, path: Path, count: int) -> None:
        """Fetch spans side by side, then put them together."""
        parts = _spans(path, download.size, count)

        def fetch(part: Partial) -> None:
            with part:
                self._fetch_part(download, part)

        with ThreadPoolExecutor(count) as pool:
            futures = [pool.submit(fetch, part) for part in parts]
            for future in futures:
                future.result()
        with Partial(path, download.size) as whole:
            for part in parts:
                _move(part, whole)
                self._lengths.pop(part.path)
                self._lengths[path] = whole.length


def _spans(path: Path, size: int, count: int) -> list[Partial]:
    count = min(count, size // SPAN_BYTES)
    step = -(-size // count)
    return [
        Partial(path.with_name(f"{path.name}.{start}"), size, start, min(step, size - start))
        for start in range(0, size, step)
    ]


def _move(part: Partial, whole: Partial) -> None:
    with part.path.open("rb", buffering=0) as stream:
        while block := stream.read(1 << 20):
            whole.append(block)
    part.discard()
