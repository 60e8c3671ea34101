"""Our root folders are ours alone, and we talk to nobody else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_tts.errors import DaemonUnavailable, StoreError
from edge_tts.system import private

STRANGER = 12345


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_root_and_its_new_parents_are_ours_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    root = tmp_path / "a" / "b" / "state"
    private.make_root(root)
    assert [mode(path) for path in (root, root.parent, root.parent.parent)] == [0o700] * 3


@pytest.mark.parametrize("wide", [0o755, 0o777, 0o770, 0o711, 0o1777])
def test_a_root_that_is_too_wide_is_narrowed(tmp_path: Path, wide: int) -> None:
    root = tmp_path / "state"
    root.mkdir()
    root.chmod(wide)
    private.make_root(root)
    assert mode(root) == 0o700


def test_a_root_may_be_a_link_to_another_disk(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir(mode=0o755)
    (tmp_path / "state").symlink_to(tmp_path / "disk")
    private.make_root(tmp_path / "state")
    assert (tmp_path / "state").is_symlink()
    assert mode(tmp_path / "disk") == 0o700


def test_a_link_that_leads_nowhere_is_no_root(tmp_path: Path) -> None:
    (tmp_path / "state").symlink_to(tmp_path / "unplugged")
    with pytest.raises(StoreError, match=r"state is a link to .*unplugged, which is not there"):
        private.make_root(tmp_path / "state")


def test_a_file_is_no_root(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(StoreError, match="must be a folder"):
        private.make_root(tmp_path / "state")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_somebody_elses_folder_is_no_root(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    os.chown(tmp_path / "state", STRANGER, STRANGER)
    with pytest.raises(StoreError, match=f"belongs to user {STRANGER}, expected"):
        private.make_root(tmp_path / "state")
    with pytest.raises(StoreError, match=f"belongs to user {STRANGER}, expected"):
        private.require_own(tmp_path / "state")


@pytest.mark.parametrize("wide", [0o777, 0o770, 0o1777, 0o702])
def test_a_folder_that_others_can_write_to_is_not_ours_alone(tmp_path: Path, wide: int) -> None:
    tmp_path.chmod(wide)
    with pytest.raises(StoreError, match="can be written by others"):
        private.require_own(tmp_path)


LISTENER = """
import os, socket, sys
if int(sys.argv[2]):
    os.setuid(int(sys.argv[2]))
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
print(flush=True)
sys.stdin.read()
"""


@pytest.fixture
def connected(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[socket.socket]:
    """A socket that leads to a listener of user `request.param`."""
    tmp_path.chmod(0o777)
    for folder in tmp_path.parents[:-2]:
        folder.chmod(0o755)
    path = str(tmp_path / "socket")
    command = [sys.executable, "-c", LISTENER, path, str(request.param)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as listener:
        assert listener.stdout
        listener.stdout.readline()
        with socket.socket(socket.AF_UNIX) as ours:
            ours.connect(path)
            yield ours
        listener.communicate()


@pytest.mark.parametrize("connected", [0], indirect=True)
def test_our_own_daemon_is_trusted(connected: socket.socket, tmp_path: Path) -> None:
    private.require_trusted(connected, tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("connected", [STRANGER], indirect=True)
def test_a_strangers_daemon_is_not_trusted(connected: socket.socket, tmp_path: Path) -> None:
    with pytest.raises(DaemonUnavailable, match=f"served by user {STRANGER}, expected .*nothing was sent"):
        private.require_trusted(connected, tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("connected", [STRANGER], indirect=True)
def test_the_user_of_the_system_service_is_trusted(
    connected: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private, "SERVICE_USER", str(STRANGER))
    private.require_trusted(connected, tmp_path)
