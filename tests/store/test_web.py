"""Downloads over HTTP from a hub that cuts, stalls, lies and changes its mind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from edge_tts import store
from edge_tts.config.settings import Downloads, Paths
from edge_tts.errors import DiskFull, ModelCorrupt, SourceUnavailable, StoreError
from edge_tts.store import Step
from edge_tts.store.fetch.transfers import Download, Transfers
from tests.support.hub_server import Hub, retry_at
from tests.support.store_model import (
    FILES,
    configured,
    graph,
    install,
    make_folder,
    manifest,
    model_from,
    mounted,
    paths_under,
    sha256,
)

GRAPH = FILES["graph.bin"]
OTHER = b"other" * 700_000  # as long


def bytes_from(span: str) -> int:
    return int(span.removeprefix("bytes=").partition("-")[0])


@pytest.mark.parametrize("etag", ["", '"v1"', 'W/"weak"'])
def test_what_was_cut_goes_on_from_there(hub: Hub, paths: Paths, tmp_path: Path, etag: str) -> None:
    url = hub.put("/graph", GRAPH, etag=etag, cut=[1_000_000, 1_000_000])
    install(paths, model_from(tmp_path / "m", url))
    assert graph(paths) == GRAPH
    assert hub.ranges[0] == ""
    assert [bytes_from(span) for span in hub.ranges[1:]] == [1_000_000, 2_000_000]
    assert list(paths.downloads.iterdir()) == []


def test_an_interrupted_installation_goes_on_where_it_was(hub: Hub, paths: Paths, tmp_path: Path) -> None:
    url = hub.put("/graph", GRAPH, etag='"v1"', stall=2_000_000)
    folder = model_from(tmp_path / "m", url)
    code = "import sys; from pathlib import Path; from tests.support.store_model import install, paths_under\n" + (
        "install(paths_under(Path(sys.argv[1])), Path(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, str(paths.state.parent), str(folder)]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=environ) as process:
        assert hub.stalled.wait(30)
        (part,) = [path for path in paths.downloads.iterdir() if path.suffix != ".json"]
        while part.stat().st_size < 1_900_000:  # what was sent is on its way to the file
            os.sched_yield()
        process.send_signal(signal.SIGKILL)
    hub.release.set()
    had = part.stat().st_size
    install(paths, folder)
    assert graph(paths) == GRAPH
    assert hub.ranges == ["", f"bytes={had}-3499999"]


@pytest.mark.parametrize("etags", ["", ['"v1"', '"v2"']])
def test_a_file_that_changes_in_the_middle_is_fetched_anew(
    hub: Hub, paths: Paths, tmp_path: Path, etags: str | list[str]
) -> None:
    url = hub.put("/graph", [OTHER, GRAPH], etag=etags, cut=[1_000_000])
    install(paths, model_from(tmp_path / "m", url))
    assert graph(paths) == GRAPH


def test_a_file_that_is_another_one_for_good_is_refused_and_not_kept(hub: Hub, paths: Paths, tmp_path: Path) -> None:
    url = hub.put("/graph", OTHER)
    with pytest.raises(ModelCorrupt, match=f"expected sha256 {sha256(GRAPH)}, got {sha256(OTHER)}"):
        install(paths, model_from(tmp_path / "m", url))
    assert list(paths.downloads.iterdir()) == []
    assert store.installed(paths) == []


@pytest.mark.parametrize(
    ("content", "declare", "message"),
    [
        (GRAPH + bytes(10_000_000), None, "expected 3500000 bytes, the host declares 13500000"),
        (GRAPH[:-1], None, "expected 3500000 bytes, the host declares 3499999"),
        (GRAPH + bytes(10_000_000), -1, "expected 3500000 bytes, got more"),
        (GRAPH, 99, "expected 3500000 bytes, the host declares 99"),
    ],
)
def test_a_host_that_lies_about_the_length_is_caught_before_or_while_it_sends(
    hub: Hub, paths: Paths, tmp_path: Path, content: bytes, declare: int | None, message: str
) -> None:
    url = hub.put("/graph", content, declare=declare)
    with pytest.raises(ModelCorrupt, match=message):
        install(paths, model_from(tmp_path / "m", url))
    assert all(path.stat().st_size <= len(GRAPH) for path in paths.downloads.iterdir())


def test_a_host_that_promises_more_than_it_sends_counts_as_cut(hub: Hub, paths: Paths, tmp_path: Path) -> None:
    url = hub.put("/graph", GRAPH, cut=[0] * 9)
    with pytest.raises(SourceUnavailable, match="cut after 0 of 3500000 bytes"):
        install(paths, model_from(tmp_path / "m", url))
    assert len(hub.asked) == 5


def test_a_stall_ends_and_the_rest_is_asked_for(hub: Hub, paths: Paths, tmp_path: Path) -> None:
    url = hub.put("/graph", GRAPH, stall=1_500_000)
    folder = model_from(tmp_path / "m", url)
    store.install(configured(paths, stall_seconds=0.3), folder)
    assert graph(paths) == GRAPH
    assert len(hub.asked) == 2
    assert bytes_from(hub.ranges[1]) > 0


def test_a_trickle_counts_as_a_stall(hub: Hub, tmp_path: Path) -> None:
    url = hub.put("/graph", GRAPH[:1000], rate=100)
    transfers = Transfers(tmp_path, Downloads(stall_seconds=0.2, attempts=1), lambda names, size: None)
    with pytest.raises(SourceUnavailable, match=r"bytes in 0\.2 seconds"):
        transfers.file(Download(url, 1000, sha256(GRAPH[:1000])))


@pytest.mark.parametrize(("status", "asked"), [(404, 1), (403, 1), (410, 1), (500, 5), (429, 5), (503, 5)])
def test_what_may_pass_is_tried_again_and_what_will_not_is_not(
    hub: Hub, paths: Paths, tmp_path: Path, status: int, asked: int
) -> None:
    folder = model_from(tmp_path / "m", hub.put("/graph", GRAPH, status=[status] * 9))
    with pytest.raises(SourceUnavailable, match=f"answered {status}"):
        install(paths, folder)
    assert len(hub.asked) == asked


@pytest.mark.parametrize("headers", [{"Retry-After": "0"}, {"Retry-After": retry_at(-5)}, {"Retry-After": "soon"}, {}])
def test_a_busy_host_is_asked_again(hub: Hub, paths: Paths, tmp_path: Path, headers: dict[str, str]) -> None:
    url = hub.put("/graph", GRAPH, status=[429, 503], headers=headers)
    install(paths, model_from(tmp_path / "m", url))
    assert graph(paths) == GRAPH
    assert len(hub.asked) == 3


@pytest.mark.parametrize("wait", ["3600", retry_at(3600)], ids=["seconds", "date"])
def test_a_host_that_is_busy_for_long_is_left_for_the_next_source(
    hub: Hub, paths: Paths, tmp_path: Path, wait: str
) -> None:
    url = hub.put("/graph", GRAPH, status=[503], headers={"Retry-After": wait})
    install(paths, model_from(tmp_path / "m", url, hub.put("/spare", GRAPH)))
    assert hub.asked == ["/graph", "/spare"]


def test_another_source_goes_on_where_the_first_was_cut(hub: Hub, paths: Paths, tmp_path: Path) -> None:
    url = hub.put("/graph", GRAPH, status=[200, *[500] * 9], cut=[2_000_000])
    install(paths, model_from(tmp_path / "m", url, hub.put("/spare", GRAPH)))
    assert graph(paths) == GRAPH
    assert hub.ranges[-1] == "bytes=2000000-3499999"


def test_a_host_without_spans_starts_anew(hub: Hub, paths: Paths, tmp_path: Path) -> None:
    url = hub.put("/graph", GRAPH, ranges=False, cut=[1_000_000])
    install(paths, model_from(tmp_path / "m", url))
    assert graph(paths) == GRAPH


def test_a_large_file_comes_in_spans_side_by_side(hub: Hub, tmp_path: Path) -> None:
    content = os.urandom(1 << 20) * 70
    download = Download(hub.put("/large", content, cut=[3_000_000]), len(content), sha256(content))
    told: list[int] = []
    transfers = Transfers(tmp_path, Downloads(wait_seconds=0.01, parallel=2), lambda names, size: told.append(size))
    assert transfers.file(download).read_bytes() == content
    assert len(hub.asked) == 3
    assert sorted(map(bytes_from, hub.ranges))[::2][:1] == [0]
    assert told == sorted(told)
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".json"] == [download.sha256]


def test_a_large_file_of_a_host_without_spans_comes_in_one(hub: Hub, tmp_path: Path) -> None:
    content = bytes(70_000_000)
    download = Download(hub.put("/large", content, ranges=False), len(content), sha256(content))
    transfers = Transfers(tmp_path, Downloads(wait_seconds=0.01), lambda names, size: None)
    assert transfers.file(download).stat().st_size == len(content)


def test_files_come_side_by_side(hub: Hub, paths: Paths, tmp_path: Path) -> None:
    sources = {path: [f'{{ url = "{hub.put(f"/{path}", content)}" }}'] for path, content in FILES.items()}
    folder = make_folder(tmp_path / "m", manifest(sources=sources))
    for path in FILES:
        (folder / path).unlink()
    steps: list[Step] = []
    install(paths, folder, steps.append)
    assert {step.phase for step in steps} == {"download", "install"}
    store.verify(paths, "tiny")
    assert sorted(hub.asked) == ["/graph.bin", "/voices/one.bin"]  # an empty file needs no request


def test_nothing_is_asked_while_offline(hub: Hub, paths: Paths, tmp_path: Path) -> None:
    url = hub.put("/graph", GRAPH)
    with pytest.raises(SourceUnavailable, match="not downloaded, because offline"):
        store.install(configured(paths, offline=True), model_from(tmp_path / "m", url))
    assert hub.asked == []


def test_a_hub_of_either_layout_is_asked_where_the_configuration_says(hub: Hub, paths: Paths, tmp_path: Path) -> None:
    revision = "0123456789abcdef0123456789abcdef01234567"
    sources = [f'{{ {kind} = "o/n", revision = "{revision}", path = "a/b.bin" }}' for kind in ("hub", "modelscope")]
    folder = make_folder(tmp_path / "m", manifest(sources={"graph.bin": sources}))
    (folder / "graph.bin").unlink()
    hub.put(f"/ms/api/v1/models/o/n/repo?Revision={revision}&FilePath=a%2Fb.bin", GRAPH)
    store.install(configured(paths, hub=f"{hub.url}/hf/", modelscope=f"{hub.url}/ms"), folder)
    assert hub.asked[0] == f"/hf/o/n/resolve/{revision}/a/b.bin"
    assert graph(paths) == GRAPH


def test_a_disk_that_fills_while_downloading_is_told_as_such(hub: Hub, tmp_path: Path) -> None:
    with mounted(tmp_path / "small", 6 << 20) as small:
        paths = paths_under(small)
        url = hub.put("/graph", GRAPH)
        folder = model_from(tmp_path / "m", url)

        def fill(step: Step) -> None:
            if not (small / "filler").exists():
                (small / "filler").write_bytes(bytes(5 << 20))

        hub.pages["/graph"].rate = 20_000_000
        with pytest.raises(DiskFull):
            install(paths, folder, fill)
        (small / "filler").unlink()
        install(paths, folder)
        assert graph(paths) == GRAPH


def test_what_the_caller_raises_ends_downloads_at_once(hub: Hub, paths: Paths, tmp_path: Path) -> None:
    url = hub.put("/graph", GRAPH, stall=1_000_000)

    def refuse(step: Step) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.install(configured(paths, stall_seconds=60.0), model_from(tmp_path / "m", url), refuse)
    assert store.installed(paths) == []


def test_an_answer_that_was_compressed_on_the_way_is_refused(hub: Hub, paths: Paths, tmp_path: Path) -> None:
    url = hub.put("/graph", GRAPH[:500], declare=-1, headers={"Content-Encoding": "gzip"})
    with pytest.raises(StoreError):
        install(paths, model_from(tmp_path / "m", url))


def test_a_connection_that_is_never_answered_is_given_up(paths: Paths, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/graph"
        with pytest.raises(SourceUnavailable, match="timed out"):
            store.install(configured(paths, stall_seconds=0.1, attempts=2), model_from(tmp_path / "m", url))
