"""The log of a daemon that the command line started, written by real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.store_model import mounted

SHARE = 40_000


def run(path: Path, body: str) -> subprocess.CompletedProcess[str]:
    """Run lines of Python in a process that logs to a file."""
    begin = "import logging, os; from pathlib import Path; from edge_tts.daemon import logs; "
    start = f"logs.start(logging.INFO, Path({str(path)!r}), {SHARE}); log = logging.getLogger('test')\n"
    return subprocess.run([sys.executable, "-c", begin + start + body], capture_output=True, text=True, timeout=30)


def sizes(path: Path) -> list[int]:
    return [file.stat().st_size for file in path.parent.iterdir()]


def test_many_records_stay_inside_the_share_and_the_newest_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "log" / "daemon.log"
    run(path, "for number in range(3000): log.info('record %d', number)")
    assert sum(sizes(path)) <= SHARE
    assert len(sizes(path)) == 4
    assert path.read_text().splitlines()[-1].endswith("record 2999")


def test_a_closed_standard_error_keeps_nobody_from_logging(tmp_path: Path) -> None:
    program = (
        "import logging; from edge_tts.daemon import logs; logs.start(logging.INFO, None, 0); "
        f"logging.info('x'); open({str(tmp_path / 'done')!r}, 'w').close()"
    )
    subprocess.run([sys.executable, "-c", program], preexec_fn=lambda: os.close(2), check=True, timeout=30)
    assert (tmp_path / "done").exists()


def test_the_folder_and_what_is_in_it_are_the_users_alone(tmp_path: Path) -> None:
    path = tmp_path / "log" / "daemon.log"
    run(path, "log.info('record')")
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_record_of_a_megabyte_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "daemon.log"
    run(path, "log.info('x' * 1_000_000)")
    assert 8000 < path.stat().st_size < 9000
    assert "(1000" in path.read_text(), "the length is told"


@pytest.mark.parametrize("descriptor", [1, 2])
def test_what_native_code_prints_is_in_the_log_before_and_after_a_change_of_files(
    tmp_path: Path, descriptor: int
) -> None:
    path = tmp_path / "daemon.log"
    run(path, f"os.write({descriptor}, b'early\\n')\nlogs.tend(); logs.settle()\n"
        f"for _ in range(400): os.write({descriptor}, b'noise ' * 10)\n"
        f"logs.tend(); logs.settle()\nos.write({descriptor}, b'late\\n')")  # fmt: skip
    assert path.read_text() == "late\n"
    assert path.with_name("daemon.log.1").read_text().startswith("early\n")


def test_children_write_to_the_new_file_too(tmp_path: Path) -> None:
    path = tmp_path / "daemon.log"
    records = "for number in range(300): log.info('a record of this process')\n"
    run(path, records + "logs.settle(); os.system('echo a child >&2')")
    assert path.read_text().endswith("a child\n")


def test_a_full_disk_costs_records_and_nothing_else(tmp_path: Path) -> None:
    with mounted(tmp_path / "small", size_bytes=1 << 16) as folder:
        path = folder / "log" / "daemon.log"
        fill = f"open({str(folder / 'ballast')!r}, 'wb', buffering=0).write(bytes(1 << 20))\n"
        result = run(path, fill + "for number in range(3000): log.info('record %d', number)\nraise SystemExit(7)")
        assert result.returncode == 7
        assert sum(sizes(path)) <= SHARE
