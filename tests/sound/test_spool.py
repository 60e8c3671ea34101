"""Audio that waits for its end is on the disk, inside the budget, and gone when nobody wants it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from edge_tts.config.loading import load as load_config
from edge_tts.config.settings import Config
from edge_tts.disk import reserved
from edge_tts.errors import BudgetExceeded, DiskFull, StoreError
from edge_tts.sound.spool import MEMORY_BYTES, UNWRITABLE_BYTES, Spool
from tests.support.store_model import mounted

PIECE = bytes(range(256)) * 1024


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    return load_config({"EDGE_TTS_HOME": str(tmp_path / "home")})


def fill(spool: Spool, pieces: int) -> None:
    for _ in range(pieces):
        spool.write(PIECE)
        spool.check()


def test_what_is_little_stays_in_memory(settings: Config) -> None:
    spool = Spool(settings)
    fill(spool, MEMORY_BYTES // len(PIECE))
    assert not settings.paths.temporary.exists()
    spool.seek(0)
    assert spool.read() == PIECE * (MEMORY_BYTES // len(PIECE))


def test_what_is_much_is_in_a_file_without_a_name_and_promised_until_it_is_closed(settings: Config) -> None:
    spool = Spool(settings)
    fill(spool, 300)
    spool.seek(8)
    spool.write(b"changed")
    spool.seek(0)
    assert spool.left == spool.size == 300 * len(PIECE)
    assert spool.read(20) == PIECE[:8] + b"changed" + PIECE[15:20]
    assert b"".join(iter(lambda: spool.read(1 << 20), b"")) == (PIECE * 300)[20:]
    assert not [*settings.paths.temporary.iterdir()]
    (promise,) = reserved(settings.paths)
    assert promise.bytes >= spool.size
    spool.close()
    assert not reserved(settings.paths)


def test_where_no_file_can_be_made_less_is_kept_in_memory(settings: Config) -> None:
    settings.paths.state.parent.mkdir()
    settings.paths.state.write_text("in the way")
    spool = Spool(settings)
    fill(spool, UNWRITABLE_BYTES // len(PIECE))
    with pytest.raises(StoreError, match=r"must be a folder.*; ask for it with stream true"):
        fill(spool, 1)


def test_a_budget_without_room_refuses_and_says_what_helps(settings: Config) -> None:
    small = replace(settings, disk=replace(settings.disk, budget_bytes=64 << 20))
    spool = Spool(small)
    with pytest.raises(BudgetExceeded, match=r"keeping audio until its end .*; ask for it with stream true"):
        fill(spool, 600)
    assert not reserved(small.paths)


def test_a_disk_that_fills_up_meanwhile_is_told(settings: Config) -> None:
    settings.paths.state.mkdir(parents=True)
    with mounted(settings.paths.temporary, 80 << 20) as disk:
        roomy = replace(settings, disk=replace(settings.disk, reserve_bytes=0))
        spool = Spool(roomy)
        fill(spool, 20)
        with open(disk / "other", "wb") as other:
            other.write(bytes(os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize))
        with pytest.raises(DiskFull, match="ask for it with stream true"):
            fill(spool, 20)
        assert os.statvfs(disk).f_bavail, "what was written has given its room back"
        assert not reserved(roomy.paths)
