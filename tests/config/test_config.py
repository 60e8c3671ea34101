"""Where everything lives and what can be configured."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from dataclasses import Field, fields
from pathlib import Path

import msgpack
import pytest

from edge_tts.config import loading, places
from edge_tts.config.loading import computing
from edge_tts.config.loading import load as load_config
from edge_tts.config.places import client_socket
from edge_tts.config.settings import Config, Limits, Paths, kind_of
from edge_tts.errors import ConfigError

EVERY_KEY = [(table, entry.name) for table, kind in loading._TABLES.items() for entry in fields(kind)]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment whose directories are all under a folder of the test's own."""
    return {"EDGE_TTS_HOME": str(tmp_path)}


def load_toml(home: dict[str, str], text: str, **variables: str) -> Config:
    (Path(home["EDGE_TTS_HOME"]) / "config.toml").write_text(text, encoding="utf-8")
    return load_config({**home, **variables})


def refused(home: dict[str, str], text: str = "", **variables: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_toml(home, text, **variables)
    return str(caught.value)


# places


def test_one_variable_puts_everything_under_one_root(home: dict[str, str], tmp_path: Path) -> None:
    paths = load_config({**home, "XDG_RUNTIME_DIR": "/elsewhere", "STATE_DIRECTORY": "/elsewhere"}).paths
    assert paths == Paths(tmp_path / "state", tmp_path / "cache", tmp_path / "run" / "edge-tts.sock")
    assert paths.models == tmp_path / "state" / "models"
    assert paths.prepared == tmp_path / "state" / "prepared"
    assert paths.temporary == tmp_path / "state" / "tmp"
    assert paths.log == tmp_path / "state" / "log" / "daemon.log"


def test_a_relative_root_is_taken_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config({"EDGE_TTS_HOME": "here"}).paths.state == tmp_path / "here" / "state"


def test_a_tilde_in_the_root_is_the_home_for_directories_and_for_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "voice").mkdir()
    (tmp_path / "voice" / "config.toml").write_text("[limits]\nqueue = 5")
    loaded = load_config({"EDGE_TTS_HOME": "~/voice"})
    assert loaded.paths.state == tmp_path / "voice" / "state"
    assert loaded.limits.queue == 5


@pytest.mark.parametrize(
    ("environ", "state", "cache", "socket"),
    [
        (
            {"HOME": "/h"},
            "/h/.local/state/edge-tts",
            "/h/.cache/edge-tts",
            "/h/.local/state/edge-tts/run/edge-tts.sock",
        ),
        (
            {"HOME": "/h", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/c", "XDG_RUNTIME_DIR": "/r"},
            "/s/edge-tts",
            "/c/edge-tts",
            "/r/edge-tts/edge-tts.sock",
        ),
        (
            {"HOME": "/h", "XDG_STATE_HOME": "relative", "XDG_CACHE_HOME": "", "XDG_RUNTIME_DIR": ""},
            "/h/.local/state/edge-tts",
            "/h/.cache/edge-tts",
            "/h/.local/state/edge-tts/run/edge-tts.sock",
        ),
        (
            {"HOME": "/h", "XDG_STATE_HOME": "/s", "STATE_DIRECTORY": "/var/lib/a:/var/lib/b", "CACHE_DIRECTORY": "/vc"}
            | {"RUNTIME_DIRECTORY": "/run/edge-tts", "XDG_RUNTIME_DIR": "/r"},
            "/var/lib/a",
            "/vc",
            "/run/edge-tts/edge-tts.sock",
        ),
        ({"HOME": "/h", "EDGE_TTS_SOCKET": "/x/s"}, "/h/.local/state/edge-tts", "/h/.cache/edge-tts", "/x/s"),
    ],
    ids=["nothing set", "XDG", "XDG, relative or empty", "systemd, several directories", "socket named"],
)
def test_directories_follow_the_environment(environ: dict[str, str], state: str, cache: str, socket: str) -> None:
    named = {**environ, "EDGE_TTS_CONFIG": "/dev/null"}
    assert load_config(named).paths == Paths(Path(state), Path(cache), Path(socket))


def test_the_socket_can_be_named_apart_from_the_root(home: dict[str, str]) -> None:
    assert load_config({**home, "EDGE_TTS_SOCKET": "/x/s"}).paths.socket == Path("/x/s")


def test_a_socket_path_of_107_bytes_is_allowed_and_one_of_108_is_not(home: dict[str, str]) -> None:
    longest = "/" + "s" * 106
    assert str(load_config({**home, "EDGE_TTS_SOCKET": longest}).paths.socket) == longest
    message = refused(home, EDGE_TTS_SOCKET=longest + "s")
    assert message == f"socket path {longest}s has 108 bytes, the system allows 107"


def test_bytes_of_the_socket_path_count_not_characters(home: dict[str, str]) -> None:
    assert "has 121 bytes" in refused(home, EDGE_TTS_SOCKET="/" + "语" * 40)


# where a client looks


@pytest.fixture
def system_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "system.sock"
    path.touch()
    monkeypatch.setattr(places, "SYSTEM_SOCKET", path)
    return path


def user(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "EDGE_TTS_CONFIG": "/dev/null"}


def test_a_client_without_a_daemon_of_its_own_finds_that_of_the_system(tmp_path: Path, system_socket: Path) -> None:
    assert client_socket(user(tmp_path)) == system_socket


def test_a_client_prefers_the_daemon_of_its_user(tmp_path: Path, system_socket: Path) -> None:
    own = tmp_path / "edge-tts" / "edge-tts.sock"
    own.parent.mkdir()
    own.touch()
    assert client_socket(user(tmp_path)) == own


def test_a_client_without_any_daemon_names_the_place_of_its_user(tmp_path: Path, system_socket: Path) -> None:
    system_socket.unlink()
    assert client_socket(user(tmp_path)) == tmp_path / "edge-tts" / "edge-tts.sock"


@pytest.mark.parametrize("variable", ["EDGE_TTS_SOCKET", "EDGE_TTS_HOME"])
def test_a_client_that_is_told_a_place_looks_nowhere_else(variable: str, tmp_path: Path, system_socket: Path) -> None:
    assert client_socket({**user(tmp_path), variable: "/nowhere"}) != system_socket


# files and variables


def test_without_a_file_the_defaults_hold(home: dict[str, str]) -> None:
    loaded = load_config(home)
    assert loaded == Config(paths=loaded.paths)


def test_the_process_environment_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_TTS_HOME", str(tmp_path))
    monkeypatch.setenv("EDGE_TTS_LIMITS_QUEUE", "3")
    assert load_config().limits.queue == 3
    assert client_socket() == tmp_path / "run" / "edge-tts.sock"


def test_a_file_sets_what_it_names_and_nothing_else(home: dict[str, str]) -> None:
    loaded = load_toml(home, "[limits]\nqueue = 5\n[sound]\ndevice = 'USB'\nidle_seconds = 3")
    assert (loaded.limits.queue, loaded.sound.device) == (5, "USB")
    assert loaded.limits.connections == Limits().connections
    assert loaded.sound.idle_seconds == 3.0
    assert type(loaded.sound.idle_seconds) is float


def test_the_environment_wins_over_the_file_key_by_key(home: dict[str, str]) -> None:
    loaded = load_toml(home, "[limits]\nqueue = 5\nconnections = 6", EDGE_TTS_LIMITS_QUEUE="7")
    assert (loaded.limits.queue, loaded.limits.connections) == (7, 6)


def test_a_named_file_is_read_instead_of_the_others(home: dict[str, str], tmp_path: Path) -> None:
    named = tmp_path / "other.toml"
    named.write_text("[limits]\nconnections = 8")
    loaded = load_toml(home, "[limits]\nqueue = 5", EDGE_TTS_CONFIG=str(named))
    assert (loaded.limits.queue, loaded.limits.connections) == (Limits().queue, 8)


def test_a_users_file_is_found_in_the_xdg_directory(tmp_path: Path) -> None:
    (tmp_path / "edge-tts").mkdir()
    (tmp_path / "edge-tts" / "config.toml").write_text("[speech]\nvoice = 'zm_yunxi'")
    assert load_config({"HOME": "/h", "XDG_CONFIG_HOME": str(tmp_path)}).speech.voice == "zm_yunxi"


@pytest.mark.parametrize(("table", "key"), EVERY_KEY)
def test_every_key_can_be_set_in_the_environment(table: str, key: str, home: dict[str, str]) -> None:
    default = getattr(getattr(load_config(home), table), key)
    by_kind = {bool: "true", int: "12", float: "1.5", str: "cuda" if key == "provider" else "other"}
    other = "91" if key.endswith("_percent") else "70000" if key.endswith("_bytes") else by_kind[type(default)]
    changed = getattr(getattr(load_config({**home, f"EDGE_TTS_{table}_{key}".upper(): other}), table), key)
    assert changed != default
    assert str(changed).lower() == other


def test_a_provider_that_nobody_knows_is_refused(home: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="one of auto, cpu, cuda, tensorrt, is 'opencl'"):
        load_config({**home, "EDGE_TTS_ENGINES_PROVIDER": "opencl"})


@pytest.mark.parametrize("value", ["1.10", "true", "0x10", "hw:1,0", "1979-05-27", "", "'quoted'", "a\nb = 1"])
def test_a_string_from_the_environment_is_taken_as_it_is(home: dict[str, str], value: str) -> None:
    assert load_config({**home, "EDGE_TTS_SOUND_DEVICE": value}).sound.device == value


def test_all_keys_in_one_file_are_known(home: dict[str, str]) -> None:
    def toml(value: object) -> str:
        return str(value).lower() if isinstance(value, bool) else repr(value)

    text = "\n".join(
        f"[{table}]\n" + "\n".join(f"{entry.name} = {toml(entry.default)}" for entry in fields(kind))
        for table, kind in loading._TABLES.items()
    )
    loaded = load_toml(home, text)
    assert loaded == Config(paths=loaded.paths)


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("10GB", 10_000_000_000),
        ("9.5 GiB", 10_200_547_328),
        ("300 mb", 300_000_000),
        ("1.5k", 1500),
        ("64KiB", 65536),
        ("2T", 2_000_000_000_000),
        ("0", 0),
        (" 77 B ", 77),
    ],
)
def test_sizes_may_be_written_with_units_in_the_file_and_in_the_environment(
    home: dict[str, str], written: str, size: int
) -> None:
    assert load_toml(home, f'[disk]\nbudget_bytes = "{written}"').disk.budget_bytes == size
    assert load_config({**home, "EDGE_TTS_DISK_BUDGET_BYTES": written}).disk.budget_bytes == size


@pytest.mark.parametrize("written", ["", "GB", "-1GB", "1,5 GB", "10 GBit", "1e9", "0x10", "ten", "1 0"])
def test_what_is_no_size_is_refused(home: dict[str, str], written: str) -> None:
    assert "disk.budget_bytes must be" in refused(home, f'[disk]\nbudget_bytes = "{written}"')


def test_water_marks_must_rise(home: dict[str, str]) -> None:
    message = "disk.low_water_percent and high_water_percent must rise and end at 100, are 90 and 80"
    assert refused(home, "[disk]\nhigh_water_percent = 80") == message


# what is wrong


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[limit]", "unknown table 'limit', expected one of limits, speech, engines, sound, disk"),
        ("queue = 5", "unknown table 'queue', expected one of limits, speech, engines, sound, disk"),
        ("limits = 5", "limits must be a table, is 5"),
        ("[disk]\nbudget = 5", "unknown key disk.budget, expected one of budget_bytes"),
        (
            "[disk]\nbudget_bytes = 'much'",
            "disk.budget_bytes must be an integer or a size such as '10GB' or '9.5 GiB', ",
        ),
        ("[disk]\nbudget_bytes = 1.5", "disk.budget_bytes must be an integer from 0 to 1000000000000000000, is 1.5"),
        ("[limits]\nqueue = 5.0", "limits.queue must be an integer from 1 to 1024, is 5.0"),
        ("[limits]\nqueue = true", "limits.queue must be an integer from 1 to 1024, is True"),
        ("[limits]\nqueue = '5'", "limits.queue must be an integer from 1 to 1024, is '5'"),
        ("[limits]\nqueue = -5", "limits.queue must be an integer from 1 to 1024, is -5"),
        ("[limits]\nunread_seconds = nan", "limits.unread_seconds must be a number from 0.1 to 3600, is nan"),
        ("[speech]\npreload = 1", "speech.preload must be true or false, is 1"),
        ("[speech]\nvoice = 5", "speech.voice must be a string, is 5"),
        ("[sound]\nidle_seconds = 'long'", "sound.idle_seconds must be a number from 0 to 86400, is 'long'"),
        pytest.param(
            f"[sound]\nidle_seconds = 1{'0' * 400}", "sound.idle_seconds must be a number from 0 to 86400", id="huge"
        ),
        ("[sound", "Expected ']'"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_the_key(home: dict[str, str], text: str, message: str) -> None:
    said = refused(home, text)
    assert said.startswith(f"{home['EDGE_TTS_HOME']}/config.toml: {message}")


NUMBERS = [(table, entry) for table, kind in loading._TABLES.items() for entry in fields(kind)
           if type(entry.default) in (int, float)]  # fmt: skip


@pytest.mark.parametrize(("table", "entry"), NUMBERS, ids=[f"{table}.{entry.name}" for table, entry in NUMBERS])
def test_every_number_has_bounds_in_the_file_and_in_the_environment(
    table: str, entry: Field[float], home: dict[str, str]
) -> None:
    bounds = re.search(r"from (\S+) to (\S+)$", kind_of(entry).expected)
    assert bounds
    low, high = map(type(entry.default), bounds.groups())
    variable = f"EDGE_TTS_{table}_{entry.name}".upper()
    assert low <= entry.default <= high
    for wrong in [low - 1, high + 1, *([float("inf"), float("nan")] if type(entry.default) is float else [])]:
        said = f" {bounds[0]}, is "
        assert said in refused(home, f"[{table}]\n{entry.name} = {wrong}")
        assert refused(home, **{variable: str(wrong)}).startswith(variable)


@pytest.mark.parametrize(
    "settings",
    ["engines.threads = 100000", "limits.connections = 0", "disk.sweep_seconds = 0", "limits.queue = 10000000000",
     "disk.budget_bytes = '9999999999999999999999999999999GB'"],
)  # fmt: skip
def test_what_would_make_a_daemon_useless_is_refused(settings: str, home: dict[str, str]) -> None:
    assert settings.split(" = ")[0] in refused(home, settings)


def test_a_value_of_a_megabyte_is_not_repeated_whole(home: dict[str, str]) -> None:
    assert len(refused(home, f"[limits]\nqueue = '{'9' * 1_000_000}'")) < 300
    assert len(refused(home, EDGE_TTS_LIMITS_QUEUE="[" * 100_000)) < 300


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("EDGE_TTS_LIMITS_QUEUE", "many", "EDGE_TTS_LIMITS_QUEUE must be an integer from 1 to 1024, is 'many'"),
        ("EDGE_TTS_LIMITS_QUEUE", "", "EDGE_TTS_LIMITS_QUEUE must be an integer from 1 to 1024, is ''"),
        ("EDGE_TTS_SOUND_AHEAD_SECONDS", "-1", "EDGE_TTS_SOUND_AHEAD_SECONDS must be a number from 0 to 60, is -1"),
        ("EDGE_TTS_SPEECH_PRELOAD", "yes", "EDGE_TTS_SPEECH_PRELOAD must be true or false, is 'yes'"),
    ],
)
def test_a_wrong_variable_is_named(home: dict[str, str], variable: str, value: str, message: str) -> None:
    assert refused(home, **{variable: value}) == message


def test_a_named_file_that_is_missing_is_an_error(home: dict[str, str]) -> None:
    said = refused(home, EDGE_TTS_CONFIG="/nowhere/at/all.toml")
    assert said == "EDGE_TTS_CONFIG names /nowhere/at/all.toml, which cannot be read: No such file or directory"


def test_a_directory_is_no_configuration_file(home: dict[str, str], tmp_path: Path) -> None:
    assert refused(home, EDGE_TTS_CONFIG=str(tmp_path)).startswith(f"{tmp_path}: ")


def test_a_file_that_is_not_utf_8_is_refused(home: dict[str, str], tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"[speech]\nvoice = '\xe9'")
    assert refused(home, EDGE_TTS_CONFIG=str(latin)).startswith(f"{latin}: 'utf-8' codec can't decode")


def test_configuration_and_places_are_the_only_readers_of_their_variables() -> None:
    package = Path(loading.__file__).parents[1]
    readers = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"environ(\.get\(|\[)\"EDGE_TTS", path.read_text(encoding="utf-8"))
    }
    assert readers <= {"config/loading.py", "config/places.py"}


def test_the_hubs_address_is_read_from_the_variable_that_its_own_tools_read(home: dict[str, str]) -> None:
    home["HF_ENDPOINT"] = "https://mirror.example"
    assert load_config(home).downloads.hub == "https://mirror.example"
    assert load_config({**home, "EDGE_TTS_DOWNLOADS_HUB": "http://localhost:1"}).downloads.hub == "http://localhost:1"


def test_a_process_that_computes_has_no_threads_of_numpys_own() -> None:
    code = (
        "import os, numpy as np; np.ones((500, 500)) @ np.ones((500, 500)); print(len(os.listdir('/proc/self/task')))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=computing({}), capture_output=True, text=True, check=True)
    assert int(done.stdout) == 1


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="tells the GNU C library what to keep")
def test_memory_of_one_signal_is_there_for_the_next(home: dict[str, str]) -> None:
    code = "import numpy, resource\nfor _ in range(50): [numpy.ones(900_000, numpy.float32) for _ in range(16)]\n"
    code += "print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)"
    done = subprocess.run([sys.executable, "-c", code], env=computing({}), capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100_000  # pages that the kernel had to clear: 14,000 once, or 50 times that


def test_what_somebody_has_set_stays(home: dict[str, str]) -> None:
    assert computing({**home, "OPENBLAS_NUM_THREADS": "3"}).items() >= {**home, "OPENBLAS_NUM_THREADS": "3"}.items()


def test_a_configuration_goes_to_another_process_and_comes_out_the_same(home: dict[str, str]) -> None:
    config = load_config({**home, "EDGE_TTS_DISK_BUDGET_BYTES": "3GB", "EDGE_TTS_SPEECH_PRELOAD": "true"})
    carried = msgpack.unpackb(msgpack.packb(config.as_message()))
    assert Config.from_message(carried) == config
