"""What a running daemon says, against the tables of docs/protocol/ for the maps inside its replies."""

from __future__ import annotations

import re
from typing import Any

import pytest

from edge_tts.wire import Done, Hello, Stop, Welcome
from tests.support.documents import protocol
from tests.support.running import Daemon

DOCUMENT = protocol()

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "true or false": (bool,),
    "map": (dict,),
    "list of strings": (list,),
    "list of maps": (list,),
    "number or nil": (int, float, type(None)),
    "integer or nil": (int, type(None)),
}


def table(name: str) -> dict[str, tuple[type, ...]]:
    """Return the fields of the table headed `in name`, with the types that it allows."""
    found = re.search(rf"^\| in `{name}` \|.*\n.*\n((?:\|.*\n)+)", DOCUMENT, re.MULTILINE)
    assert found, f"no table of {name}"
    cells = [line.split("|") for line in found[1].splitlines()]
    return {row[1].strip(" `"): TYPES[row[2].strip()] for row in cells}


def assert_as_documented(values: dict[str, Any], name: str) -> None:
    documented = table(name)
    assert list(values) == list(documented)
    for field, value in values.items():
        assert type(value) in documented[field], f"{field} is {value!r}"


@pytest.mark.parametrize("options", [{}, {"pitch": 1.5, "style": "whisper"}])
def test_the_figures_of_an_utterance(daemon: Daemon, options: dict[str, Any]) -> None:
    with daemon.client() as client:
        *_, last = client.utter("你好。", output="return", **options)
    assert isinstance(last, Done)
    assert_as_documented(last.stats, "stats")
    assert last.stats["ignored"] == list(options)


def test_the_figures_of_a_stop(daemon: Daemon) -> None:
    with daemon.client() as client:
        assert [*client.replies(Stop(id=1))] == [Done(id=1, stats={"stopped": 0})]


def test_the_list_of_voices(daemon: Daemon) -> None:
    with daemon.client() as client:
        for voice in client.voices():
            assert_as_documented(voice, "voices")


def test_the_state_of_the_daemon(daemon: Daemon) -> None:
    with daemon.client() as client:
        client.synthesize("你好。")
        status = client.status()
    assert_as_documented(status, "status")
    for model in status["models"]:
        assert_as_documented(model, "models")
    assert list(status["queue"]) == ["waiting", "speaking"]
    assert list(status["disk"]) == ["used_bytes", "budget_bytes"]


def test_the_limits_in_welcome(daemon: Daemon) -> None:
    with daemon.client() as client:
        (welcome,) = client.replies(Hello(id=1, client="tests", protocol=99))
    assert isinstance(welcome, Welcome)
    assert (welcome.protocol, welcome.pid) == (1, daemon.pid)
    section = DOCUMENT[DOCUMENT.index("## Limits") : DOCUMENT.index("## Connections")]
    assert list(welcome.limits) == re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
