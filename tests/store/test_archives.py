"""Models in archives: carried from device to device, and as sources that may be hostile."""

from __future__ import annotations

import gzip
import io
import os
import random
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from backports import zstd

from edge_tts import store
from edge_tts.config.settings import Paths
from edge_tts.errors import DiskFull, EdgeTTSError, ModelCorrupt, SourceUnavailable, StoreError
from edge_tts.store import archives
from edge_tts.store.archives import Archive
from tests.support.hub_server import Hub
from tests.support.store_model import FILES, install, make_folder, manifest, mounted, paths_under, sha256

ENDINGS = [".tar", ".tar.gz", ".tar.zst", ".zip"]
GRAPH = FILES["graph.bin"]


def tar(path: Path, *entries: tuple[tarfile.TarInfo | str, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for entry, content in entries:
            info = tarfile.TarInfo(entry) if isinstance(entry, str) else entry
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def model_entries() -> list[tuple[tarfile.TarInfo | str, bytes]]:
    return [("manifest.toml", manifest().encode()), *FILES.items()]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_model_is_carried_in_one_file(paths: Paths, tmp_path: Path, ending: str) -> None:
    original = install(paths, make_folder(tmp_path / "tiny")).model
    target = tmp_path / f"tiny{ending}"
    assert store.export(paths, "tiny", target) == target.stat().st_size
    there = paths_under(tmp_path / "there")
    copy = install(there, target).model
    assert copy.manifest == original.manifest
    store.verify(there, "tiny")
    assert not install(there, target).changed


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_damaged_archive_is_not_installed(paths: Paths, tmp_path: Path, ending: str) -> None:
    install(paths, make_folder(tmp_path / "tiny"))
    target = tmp_path / f"tiny{ending}"
    store.export(paths, "tiny", target)
    data = bytearray(target.read_bytes())
    data[len(data) // 2] ^= 0x55
    there = paths_under(tmp_path / "there")
    for content in (bytes(data), bytes(data[: len(data) // 2])):
        target.write_bytes(content)
        with pytest.raises(StoreError):
            install(there, target)
        assert store.installed(there) == []


def test_an_export_is_complete_or_not_there(paths: Paths, tmp_path: Path) -> None:
    install(paths, make_folder(tmp_path / "tiny"))
    with mounted(tmp_path / "small", 1 << 20) as small:
        with pytest.raises(DiskFull):
            store.export(paths, "tiny", small / "tiny.tar")
        assert list(small.iterdir()) == []
    with pytest.raises(StoreError, match=r"must end in \.tar"):
        store.export(paths, "tiny", tmp_path / "tiny.rar")
    target = tmp_path / "tiny.tar"
    target.write_bytes(b"old")
    (store.find(paths, "tiny").folder / "graph.bin").write_bytes(b"x")
    with pytest.raises(ModelCorrupt):
        store.export(paths, "tiny", target)
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("../outside", "would leave its folder"),
        ("/etc/outside", "would leave its folder"),
        ("a/../../outside", "would leave its folder"),
        (".hidden", "would leave its folder"),
        ("extra.bin", "is not in its manifest"),
        ("graph.bin", "is there twice"),
        (special("link", tarfile.SYMTYPE, "/etc/passwd"), "is a link or a device"),
        (special("link", tarfile.LNKTYPE, "../../outside"), "is a link or a device"),
        (special("zero", tarfile.CHRTYPE), "is a link or a device"),
        (special("disk", tarfile.BLKTYPE), "is a link or a device"),
        (special("pipe", tarfile.FIFOTYPE), "is a link or a device"),
    ],
)
def test_an_archive_with_anything_else_in_it_is_refused(
    paths: Paths, tmp_path: Path, entry: tarfile.TarInfo | str, reason: str
) -> None:
    archive = tar(tmp_path / "m.tar", *model_entries(), (entry, b""))
    with pytest.raises(StoreError, match=reason):
        install(paths, archive)
    assert not paths.models.exists()
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize(
    ("name", "mode", "reason"),
    [("../outside", 0, "would leave"), ("C:\\outside", 0, "would leave"), ("link", stat.S_IFLNK, "is a link")],
)
def test_a_zip_is_held_to_the_same_rules(paths: Paths, tmp_path: Path, name: str, mode: int, reason: str) -> None:
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        for member, content in {"manifest.toml": manifest().encode(), **FILES}.items():
            archive.writestr(member, content)
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(StoreError, match=reason):
        install(paths, tmp_path / "m.zip")


def test_links_beside_the_wanted_member_of_a_source_do_no_harm_and_are_not_followed(
    paths: Paths, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(GRAPH)
    tar(tmp_path / "s.tar", (special("x/link", tarfile.SYMTYPE, str(secret)), b""), ("x/graph.bin", GRAPH))
    for member, fails in (("x/link", True), ("x/graph.bin", False)):
        source = f'{{ file = "s.tar", member = "{member}" }}'
        folder = make_folder(tmp_path / "m", manifest(sources={"graph.bin": [source]}))
        (folder / "graph.bin").unlink()
        shutil.copy(tmp_path / "s.tar", folder / "s.tar")
        if fails:
            with pytest.raises(SourceUnavailable, match="x/link is a link or a device"):
                install(paths, folder)
        else:
            install(paths, folder)
            store.verify(paths, "tiny")


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
def test_an_archive_that_swells_is_stopped(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    whole = tar(tmp_path / "whole.tar", ("zeros", bytes(archives.FREE_BYTES * 2)))
    path = tmp_path / "bomb"
    path.write_bytes(pack(whole.read_bytes()))
    assert path.stat().st_size < 300_000
    with pytest.raises(SourceUnavailable, match=r"unpacks to more than|leads to byte"):
        Archive(path, "bomb")


def test_a_zip_that_swells_is_stopped(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(archives.FREE_BYTES * 2))
    with pytest.raises(SourceUnavailable, match="unpacks to more than"):
        Archive(tmp_path / "bomb.zip", "bomb")


@pytest.mark.parametrize("make", ["tar", "zip"])
def test_an_archive_of_too_many_members_is_stopped(tmp_path: Path, make: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MEMBERS", 3)
    path = tmp_path / "many"
    if make == "tar":
        tar(path, *((f"f{index}", b"") for index in range(4)))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for index in range(4):
                archive.writestr(f"f{index}", b"")
    with pytest.raises(SourceUnavailable, match="more than 3 members"):
        Archive(path, "many")


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE])
@pytest.mark.parametrize("size", [1 << 34, -512, -(1 << 20)])
def test_forged_headers_cost_neither_memory_nor_time(tmp_path: Path, kind: bytes, size: int) -> None:
    header = tarfile.TarInfo("x")
    header.type = kind
    block = bytearray(header.tobuf(tarfile.GNU_FORMAT))
    number = (size if size >= 0 else (1 << 88) + size).to_bytes(11, "big")
    block[124:136] = (b"\x80" if size >= 0 else b"\xff") + number
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\x00 " % sum(block)
    path = tmp_path / "forged.tar"
    path.write_bytes(bytes(block) + bytes(4096))
    code = (
        "import resource, sys; from pathlib import Path; from edge_tts.store.archives import Archive\n"
        "from edge_tts.errors import SourceUnavailable\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (20, 20))\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "try: print(Archive(Path(sys.argv[1]), 'forged').members)\n"
        "except SourceUnavailable: print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in ("refused", "{}", "{'x': 0}")


def test_members_of_a_downloaded_archive_are_files_of_a_model(paths: Paths, tmp_path: Path) -> None:
    whole = tar(tmp_path / "whole.tar", ("pack/two", b"2"), ("pack/graph.bin", GRAPH))
    packed = zstd.compress(whole.read_bytes())
    hub = Hub()
    try:
        url = hub.put("/pack.tar.zst", packed, cut=[100])
        facts = f'size = {len(packed)}, sha256 = "{sha256(packed)}"'
        files = {"graph.bin": GRAPH, "voices/two.bin": b"2"}
        members = {"graph.bin": "pack/graph.bin", "voices/two.bin": "pack/two"}
        sources = {path: [f'{{ url = "{url}", member = "{name}", {facts} }}'] for path, name in members.items()}
        folder = tmp_path / "m"
        folder.mkdir()
        (folder / "manifest.toml").write_text(manifest(files, sources=sources))
        install(paths, folder / "manifest.toml")
        store.verify(paths, "tiny")
        assert len(hub.asked) == 2
    finally:
        hub.close()


def test_a_pickle_in_a_model_is_only_bytes(paths: Paths, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    pickled = b"cos\nsystem\n(S'touch " + os.fsencode(mark) + b"'\ntR."
    files = {"graph.bin": pickled, "weights.pt": pickled}
    install(paths, make_folder(tmp_path / "m", files=files))
    store.verify(paths, "tiny")
    store.export(paths, "tiny", tmp_path / "m.zip")
    assert not mark.exists()


def test_an_archive_without_a_manifest_says_so(paths: Paths, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"manifest\.toml is not in the archive"):
        install(paths, tar(tmp_path / "m.tar", ("x", b"")))
    (tmp_path / "no.tar").write_bytes(b"no archive at all")
    with pytest.raises(StoreError, match=r"no\.tar: "):
        install(paths, tmp_path / "no.tar")


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_zip_may_be_stored_or_deflated_only(paths: Paths, tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "m.zip", "w", method) as archive:
        for member, content in {"manifest.toml": manifest().encode(), **FILES}.items():
            archive.writestr(member, content)
    with pytest.raises(EdgeTTSError, match=f"is packed by method {method}, expected stored or deflate"):
        install(paths, tmp_path / "m.zip")


@pytest.mark.parametrize("ending", [".zip", ".tar", ".tar.gz"])
def test_no_damage_of_an_archive_ends_in_anything_but_our_error(paths: Paths, tmp_path: Path, ending: str) -> None:
    install(paths, make_folder(tmp_path / "tiny", files={"graph.bin": b"graph" * 100}))
    whole = tmp_path / f"whole{ending}"
    store.export(paths, "tiny", whole)
    chance, data = random.Random(1), whole.read_bytes()
    for _ in range(300):
        damaged = bytearray(data)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        (tmp_path / f"damaged{ending}").write_bytes(
            damaged[: chance.choice([len(damaged), chance.randrange(1, len(damaged))])]
        )
        try:
            store.manifest_of(tmp_path / f"damaged{ending}")
        except EdgeTTSError:
            pass


def test_a_pipe_is_no_archive_no_model_and_no_file_of_one(paths: Paths, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tar")
    with pytest.raises(StoreError, match="expected a regular file"):
        install(paths, tmp_path / "pipe.tar")
    folder = make_folder(tmp_path / "m")
    (folder / "graph.bin").unlink()
    os.mkfifo(folder / "graph.bin")
    for link in (True, False):
        with pytest.raises(StoreError, match="not a file"):
            install(paths, folder, link=link)


@pytest.mark.parametrize("file", ["/etc/hostname", "../secret", "a/../../secret", "./../secret", "a/b/../../../secret"])
def test_a_source_on_this_machine_is_inside_of_the_folder_of_its_manifest(
    paths: Paths, tmp_path: Path, file: str
) -> None:
    (tmp_path / "secret").write_bytes(GRAPH)
    folder = make_folder(tmp_path / "m", manifest(sources={"graph.bin": [f'{{ file = "{file}" }}']}))
    (folder / "graph.bin").unlink()
    (folder / "a" / "b").mkdir(parents=True)
    with pytest.raises(SourceUnavailable, match="expected a file inside of"):
        install(paths, folder)
