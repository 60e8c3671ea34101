"""Who uses what: leases end with their process, and nobody gets one on what is being removed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from edge_tts import disk
from edge_tts.disk.leases import Lease, claim

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from pathlib import Path
from edge_tts.disk import Lease
lease = Lease(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=["file", "folder"])
def thing(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "thing"
    path.write_bytes(b"x") if request.param == "file" else path.mkdir()
    return path


def test_what_is_leased_cannot_be_claimed_until_the_lease_ends(thing: Path) -> None:
    with Lease(thing), Lease(thing):
        assert disk.in_use(thing)
    assert not disk.in_use(thing)
    with claim(thing) as free:
        assert free


def test_a_killed_process_lets_go_of_its_leases(thing: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(thing)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert disk.in_use(thing)
        holder.kill()
        holder.wait()
        assert not disk.in_use(thing)


def test_a_lease_marks_its_thing_as_used_now(thing: Path) -> None:
    os.utime(thing, (1, 1))
    with Lease(thing) as lease:
        assert thing.stat().st_mtime > 1_000_000_000
        os.utime(thing, (1, 1))
        lease.touch()
        assert thing.stat().st_mtime > 1_000_000_000


def test_waiting_for_a_folder_that_is_removed_meanwhile_gives_no_lease_or_one_on_the_new_folder(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    leases: list[Lease] = []
    with claim(folder) as free:
        assert free
        waiting = threading.Thread(target=lambda: leases.append(Lease(folder, make=True)))
        waiting.start()
        folder.rmdir()
    waiting.join()
    with leases[0]:
        assert os.path.samestat(os.fstat(leases[0].descriptor), folder.stat())
        assert disk.in_use(folder)


def test_there_is_no_lease_on_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Lease(tmp_path / "nothing")
    assert not disk.in_use(tmp_path / "nothing")


def test_a_lease_that_cannot_be_had_in_time_is_an_error_and_no_hang(thing: Path) -> None:
    with claim(thing), pytest.raises(TimeoutError, match="another process holds it"):
        Lease(thing, seconds=0)
    Lease(thing, seconds=0).close()


def test_a_renewed_lease_holds_the_folder_that_has_replaced_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    with Lease(folder) as lease:
        folder.rename(tmp_path / "removed")
        lease.renew()  # there is nothing
        folder.mkdir()
        assert not disk.in_use(folder)
        lease.renew()
        assert disk.in_use(folder)
        assert not disk.in_use(tmp_path / "removed")
    assert not disk.in_use(folder)
