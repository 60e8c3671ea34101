"""The audio cache on a real disk: look-up, damage, room, pinned phrases, other processes."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import stat
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge_tts.audio_cache import key as cache_key
from edge_tts.audio_cache.cache import Cache
from edge_tts.audio_cache.recording import PIECE_BYTES, Heading, Samples, pack, to_floats, unpack
from edge_tts.config.settings import Config, Disk, Paths
from edge_tts.disk import Lease, used_bytes
from edge_tts.engines.model import ModelFiles, Voice
from edge_tts.errors import BudgetExceeded, DiskFull, RequestError, StoreError
from edge_tts.lexicon_file import LexiconFile
from edge_tts.text.reading import user_lexicon
from edge_tts.wire import Speak, worker_messages
from edge_tts.wire.frames import encode
from tests.support.store_model import mounted

MODEL = ModelFiles(
    name="tone", engine="tone", digest="d1", sample_rate=24000, voices=(Voice("beep", "zh"),), tones="surface",
    folder=Path("folder"), files={}, prepared=Path("prepared"),
)  # fmt: skip
SPEAK = Speak(text="你好", voice="beep")


def config_of(root: Path, share: int = 1_000_000) -> Config:
    disk = Disk(audio_bytes=share, log_bytes=0, reserve_bytes=0)
    return Config(Paths(root / "state", root / "cache", root / "socket"), disk=disk)


def key(number: int) -> str:
    return f"{number:040x}"


def body(text: str = "你好", size: int = 5000) -> bytes:
    """Return a recording of noise of about so many bytes."""
    pcm = random.Random(text).randbytes(size // 2 * 2)
    heading = Heading(
        text=text, voice="beep", model="tone", format="samples", settings=[], samples=size // 2, seconds=1.0
    )
    opened = worker_messages.Opened(spans=[[0, len(text)]], ignored=[], unread=[], sample_rate=24000)
    done = worker_messages.SentenceDone(last=True, samples=size // 2, seconds=0.0)
    return b"".join(map(encode, (heading, opened, Samples(data=pack(pcm)), done)))


def said(cache: Cache, number: int) -> str | None:
    """Return the text of what is kept under a number, and use it."""
    found = cache.find(key(number))
    if found is None:
        return None
    *_, last = (message for _, message in zip(range(3), found.replay(SPEAK), strict=False))
    assert isinstance(last, worker_messages.SentenceDone)
    found.close()
    return found.heading.text


def fill(cache: Cache, count: int) -> None:
    for number in range(count):
        cache.keep(key(number), body(str(number)))


def age(cache: Cache, number: int, seconds: float) -> None:
    """Make a recording look as if it had not been used for so long."""
    (entry,) = [entry for entry in cache.entries() if entry.key == key(number)]
    os.utime(entry.path, (entry.used - seconds, entry.used - seconds))


# what a key depends on


def test_the_same_request_has_the_same_key_however_it_is_delivered() -> None:
    keys = {
        cache_key.key(SPEAK.changed(**change), MODEL, "e")
        for change in (
            {}, {"id": 7}, {"priority": "text"}, {"output": "return"}, {"output": "return", "format": "wav"},
            {"output": "both", "format": "pcm_f32le"}, {"output": "return", "sample_rate": 24000}, {"pin": True},
            {"output": "none"}, {"stream": False}, {"output": "play", "format": "mp3"}, {"speed": 1},
        )
    }  # fmt: skip
    assert len(keys) == 1


def test_whatever_changes_the_sound_changes_the_key() -> None:
    changes: list[dict[str, object]] = [
        {}, {"text": "你好 "}, {"voice": "boop"}, {"style": "sad"}, {"speed": 1.25}, {"pitch": 1.25}, {"volume": 1.25},
        {"emoji": "drop"}, {"output": "return", "format": "mp3"}, {"output": "return", "format": "flac"},
        {"output": "return", "sample_rate": 16000}, {"output": "both", "format": "mp3"},
        {"output": "return", "format": "mp3", "stream": False}, {"text": "\ud800"},
    ]  # fmt: skip
    keys = [cache_key.key(SPEAK.changed(**change), MODEL, "e") for change in changes]  # type: ignore[arg-type]
    keys += [cache_key.key(SPEAK, MODEL, "f")]
    keys += [cache_key.key(SPEAK, replace(MODEL, **change), "e") for change in ({"digest": "d2"}, {"tones": "lexical"})]
    assert len(set(keys)) == len(keys)
    assert all(map(cache_key.is_key, keys))


def test_a_change_of_the_users_words_is_another_edition_and_noticed(tmp_path: Path) -> None:
    words = LexiconFile(tmp_path / "lexicon.tsv")
    before = cache_key.edition(words.digest())
    words.path.write_text("重庆\tchong2qing4\n")
    after = cache_key.edition(words.digest())
    assert before != after
    assert words.digest() == user_lexicon.parse("重庆\tchong2qing4\n").digest
    words.path.unlink()
    assert cache_key.edition(words.digest()) == before


# what is in a recording


def test_samples_survive_packing(tmp_path: Path) -> None:
    for size in (0, 2, 4800, 4802):
        pcm = random.Random(size).randbytes(size)
        assert unpack(pack(pcm)) == pcm


@pytest.mark.parametrize("size", [PIECE_BYTES + 2, 100 << 20])
def test_a_bomb_is_not_unpacked(size: int) -> None:
    bomb = zlib.compress(bytes(size), 9)
    tracemalloc.start()
    with pytest.raises(StoreError, match="not whole, or more than"):
        unpack(bomb)
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("data", [b"", b"x", zlib.compress(b"abc"), zlib.compress(bytes(1000))[:-4]])
def test_samples_that_are_not_whole_are_refused(data: bytes) -> None:
    with pytest.raises(StoreError):
        unpack(data)


def test_a_file_that_is_longer_than_any_recording_is_damaged(tmp_path: Path) -> None:
    cache = Cache(config_of(tmp_path))
    fill(cache, 1)
    os.truncate(next(cache.folder.glob(f"*/{key(0)}")), 5 << 30)
    assert said(cache, 0) is None


def test_full_scale_is_one() -> None:
    assert memoryview(to_floats(b"\x00\x80\x00\x00\x00\x40")).cast("f").tolist() == [-1.0, 0.0, 0.5]


# look-up


def test_what_was_kept_is_found_also_by_another_process_later(tmp_path: Path) -> None:
    Cache(config_of(tmp_path)).keep(key(1), body("欢迎光临"))
    assert said(Cache(config_of(tmp_path)), 1) == "欢迎光临"
    assert said(Cache(config_of(tmp_path)), 2) is None


def test_files_are_the_users_alone_and_their_names_tell_nothing(tmp_path: Path) -> None:
    cache = Cache(config_of(tmp_path))
    cache.keep(key(1), body())
    (entry,) = cache.entries()
    assert stat.S_IMODE(entry.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(entry.path.parent.stat().st_mode) == stat.S_IMODE(cache.folder.stat().st_mode) == 0o700
    assert entry.path.name == key(1)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 40, f"{key(1)}\n", "/" + key(1)[1:]])
def test_what_is_no_key_never_becomes_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(RequestError, match="40 hexadecimal digits"):
        Cache(config_of(tmp_path)).find(name)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:7],
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: data[:2000] + bytes([data[2000] ^ 1]) + data[2001:],
        lambda data: b"\xff" + data[1:],
        lambda data: bytes(len(data)),
    ],
    ids=["empty", "no head", "short", "long", "a bit", "another kind", "zeros"],
)
def test_what_is_damaged_is_no_hit_and_is_removed(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    cache = Cache(config_of(tmp_path))
    cache.keep(key(1), body())
    (entry,) = cache.entries()
    entry.path.write_bytes(damage(entry.path.read_bytes()))
    assert cache.find(key(1)) is None
    assert not entry.path.exists()
    cache.keep(key(1), body())
    assert said(cache, 1) == "你好"


def test_a_link_in_the_place_of_a_recording_is_not_followed(tmp_path: Path) -> None:
    cache = Cache(config_of(tmp_path))
    cache.keep(key(1), body())
    (entry,) = cache.entries()
    entry.path.rename(tmp_path / "elsewhere")
    entry.path.symlink_to(tmp_path / "elsewhere")
    assert cache.find(key(1)) is None


# room


def test_the_share_is_kept_and_the_least_recently_used_go_first(tmp_path: Path) -> None:
    cache = Cache(config_of(tmp_path, share=200_000))
    for number in range(10):
        cache.keep(key(number), body(str(number)))
        age(cache, number, 1000 - number)
    assert said(cache, 0) == "0", "now it is the one that was used last"
    for number in range(10, 60):
        cache.keep(key(number), body(str(number)))
        age(cache, number, 900 - number)
        assert used_bytes(cache.folder) <= 200_000
    assert said(cache, 0) == "0"
    assert said(cache, 1) is None
    assert said(cache, 59) == "59"


def test_the_order_of_use_survives_a_restart(tmp_path: Path) -> None:
    first = Cache(config_of(tmp_path))
    for number in range(4):
        first.keep(key(number), body(str(number)))
        age(first, number, 100 - number)
    said(first, 0)
    later = Cache(config_of(tmp_path))
    assert [entry.key for entry in later.entries()] == [key(number) for number in (1, 2, 3, 0)]


def test_a_smaller_share_is_kept_from_the_start_and_pinned_ones_go_last(tmp_path: Path) -> None:
    cache = Cache(config_of(tmp_path))
    for number in range(20):
        cache.keep(key(number), body(str(number)), pin=number < 3)
        age(cache, number, 1000)
    Cache(config_of(tmp_path, share=100_000)).trim()
    assert used_bytes(cache.folder) <= 100_000
    assert [entry.key for entry in cache.entries() if entry.pinned] == [key(number) for number in range(3)]
    Cache(config_of(tmp_path, share=0)).trim()
    assert cache.entries() == []


def test_pinned_ones_are_not_removed_for_others(tmp_path: Path) -> None:
    cache = Cache(config_of(tmp_path, share=150_000))
    for number in range(6):
        cache.keep(key(number), body(str(number)), pin=True)
    for number in range(6, 40):
        cache.keep(key(number), body(str(number)))
    assert [said(cache, number) for number in range(6)] == list("012345")
    with pytest.raises(BudgetExceeded, match="pinned phrases leave"):
        cache.keep(key(100), body(size=100_000), pin=True)
    assert said(cache, 39) == "39", "nothing is removed for what does not fit anyway"


def test_pinning_moves_and_is_undone(tmp_path: Path) -> None:
    cache = Cache(config_of(tmp_path))
    cache.keep(key(1), body())
    cache.pin(key(1), pinned=True)
    cache.pin(key(1), pinned=True)
    assert [entry.pinned for entry in cache.entries()] == [True]
    assert said(cache, 1) == "你好"
    cache.pin(key(1), pinned=False)
    assert [entry.pinned for entry in cache.entries()] == [False]
    with pytest.raises(RequestError, match="no cached audio has the id"):
        cache.pin(key(2), pinned=True)


def test_what_is_being_spoken_is_not_removed(tmp_path: Path) -> None:
    cache = Cache(config_of(tmp_path, share=110_000))
    cache.keep(key(1), body("1"))
    age(cache, 1, 1000)
    spoken = cache.find(key(1))
    assert spoken is not None
    age(cache, 1, 1000)
    for number in range(2, 30):
        cache.keep(key(number), body(str(number)))
    assert said(cache, 1) == "1"
    spoken.close()


def test_what_others_remove_and_add_is_counted(tmp_path: Path) -> None:
    one, other = Cache(config_of(tmp_path, share=200_000)), Cache(config_of(tmp_path, share=200_000))
    for number in range(0, 60, 2):
        one.keep(key(number), body(str(number)))
        other.keep(key(number + 1), body(str(number + 1)))
        assert used_bytes(one.folder) <= 200_000


def test_a_full_disk_keeps_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    with mounted(tmp_path / "small", size_bytes=1 << 18) as place:
        cache = Cache(config_of(place, share=1 << 30))
        with pytest.raises(DiskFull):
            fill(cache, 100)
        assert said(cache, 0) == "0"
        assert not [path for path in cache.folder.rglob(".*")]


# other processes


def keep_many(root: Path, start: int) -> None:
    cache = Cache(config_of(root, share=300_000))
    for number in range(60):
        cache.keep(key((start + number) % 80), body(str((start + number) % 80)))


def test_several_processes_write_at_once_and_everything_is_whole(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=keep_many, args=(tmp_path, start)) for start in (0, 0, 40)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    cache = Cache(config_of(tmp_path, share=300_000))
    assert used_bytes(cache.folder) <= 300_000
    assert {said(cache, int(entry.key, 16)) for entry in cache.entries()} == {
        str(int(entry.key, 16)) for entry in cache.entries()
    }


def test_a_kill_in_the_middle_of_a_write_leaves_whole_recordings_and_no_litter(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from tests.audio_cache.test_cache import *; import os\n"
        f"cache = Cache(config_of(Path({str(tmp_path)!r})))\n"
        "cache.keep(key(1), body('1')); real = os.replace\n"
        "def die(*paths): print('writing', flush=True); os.kill(os.getpid(), 9)\n"
        "os.replace = die; cache.keep(key(2), body('2'))"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "writing\n"), killed.stderr
    cache = Cache(config_of(tmp_path))
    assert len(list(cache.folder.rglob(".new-*"))) == 1
    cache.trim()
    assert list(cache.folder.rglob(".new-*")) == []
    assert (said(cache, 1), said(cache, 2)) == ("1", None)


def test_tidying_spares_what_is_being_written(tmp_path: Path) -> None:
    cache = Cache(config_of(tmp_path))
    cache.keep(key(1), body())
    unfinished = cache.folder / "0" / ".new-x"
    unfinished.write_bytes(b"")
    with Lease(unfinished):
        cache.trim()
        assert unfinished.exists()
    cache.trim()
    assert not unfinished.exists()
