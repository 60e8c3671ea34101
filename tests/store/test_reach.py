"""Which addresses may be asked: decided on the number that is connected to, however it is written or found."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge_tts import store
from edge_tts.config.settings import Paths
from edge_tts.errors import SourceUnavailable
from edge_tts.store.fetch.reach import Reach, connect, literal_reach, reach_of
from edge_tts.store.fetch.redirects import may_redirect
from tests.support.hub_server import Hub
from tests.support.store_model import FILES, configured, graph, install, make_folder, manifest, model_from

HERE = [
    *("127.0.0.1", "127.1", "127.255.255.254", "0x7f000001", "2130706433", "017700000001", "0", "0.0.0.0"),
    *("localhost", "localhost.", "LOCALHOST", "a.localhost", "::1", "::", "::ffff:127.0.0.1", "::ffff:7f00:1"),
    *("64:ff9b::7f00:1", "2002:7f00:1::"),
]
NEIGHBOURS = ["10.0.0.1", "10.1", "192.168.0.1", "172.16.9.9", "100.64.0.1", "fd00::1", "::ffff:192.168.0.1"]
OTHERS = ["169.254.169.254", "0xa9fea9fe", "fe80::1", "224.0.0.1", "ff02::1", "240.0.0.1", "::ffff:169.254.169.254"]
PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"]


@pytest.mark.parametrize(
    ("host", "reach"),
    [
        *((host, Reach.HERE) for host in HERE),
        *((host, Reach.NEIGHBOUR) for host in NEIGHBOURS),
        *((host, Reach.OTHER) for host in OTHERS),
        *((host, Reach.PUBLIC) for host in PUBLIC),
    ],
)
def test_a_number_is_what_it_is_in_whatever_form(host: str, reach: Reach) -> None:
    assert literal_reach(host) is reach
    written = f"[{host}]" if ":" in host else host
    allowed = reach is Reach.PUBLIC
    assert may_redirect("https://hub.example/x", f"https://{written}/y") is allowed
    assert may_redirect("http://127.0.0.1/x", f"https://{written}/y") is (reach is not Reach.OTHER)
    assert may_redirect("http://192.168.0.2/x", f"https://{written}/y") is (reach <= Reach.NEIGHBOUR)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names of our own, each with the numbers that it is resolved to: one at each look, the last one for ever."""
    table: dict[str, list[str]] = {}
    resolve: Callable[..., Any] = socket.getaddrinfo

    def lookup(host: str, *arguments: Any, **options: Any) -> Any:
        numbers = table.get(host)
        if numbers is None:
            return resolve(host, *arguments, **options)
        return resolve(numbers.pop(0) if len(numbers) > 1 else numbers[0], *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return table


def port(hub: Hub) -> str:
    return hub.url.rpartition(":")[2]


@pytest.mark.parametrize("number", ["127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"])
def test_a_name_that_leads_inside_is_not_asked(
    hub: Hub, paths: Paths, tmp_path: Path, names: dict[str, list[str]], number: str
) -> None:
    names["cdn.example"] = [number]
    hub.put("/graph", FILES["graph.bin"])
    with pytest.raises(SourceUnavailable, match=r"cdn\.example is .*, which is not allowed"):
        install(paths, model_from(tmp_path / "m", f"http://cdn.example:{port(hub)}/graph"))
    assert hub.asked == []


def test_a_redirect_to_a_name_that_leads_inside_is_not_followed(
    hub: Hub, paths: Paths, tmp_path: Path, names: dict[str, list[str]]
) -> None:
    names["inside.example"] = ["10.0.0.1"]
    url = hub.put("/graph", status=[302], headers={"Location": f"https://inside.example:{port(hub)}/graph"})
    names["inside.example"] = ["169.254.169.254"]
    with pytest.raises(SourceUnavailable, match=r"inside\.example is 169\.254\.169\.254"):
        install(paths, model_from(tmp_path / "m", url))


def test_what_was_checked_is_what_is_connected_to(hub: Hub, names: dict[str, list[str]]) -> None:
    """A name is looked up once: one that changes between a look and the connection gains nothing."""
    names["rebinding.example"] = ["10.0.0.1", "127.0.0.1"]
    with pytest.raises(SourceUnavailable, match=r"is 10\.0\.0\.1"):
        connect("rebinding.example", int(port(hub)), 1.0, lambda reach: reach is Reach.PUBLIC)
    names["rebinding.example"] = ["127.0.0.1", "10.0.0.1"]
    connection, reach = connect("rebinding.example", int(port(hub)), 5.0, lambda reach: reach is Reach.HERE)
    with connection:
        assert (connection.getpeername()[0], reach) == ("127.0.0.1", Reach.HERE)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0", "[::ffff:127.0.0.1]", "localhost."])
def test_this_machine_in_disguise_is_not_asked(hub: Hub, paths: Paths, tmp_path: Path, host: str) -> None:
    hub.put("/graph", FILES["graph.bin"])
    if host == "[::ffff:127.0.0.1]":
        assert reach_of("::ffff:127.0.0.1") is Reach.HERE
        return
    with pytest.raises(SourceUnavailable, match=r"not allowed|not known"):
        install(paths, model_from(tmp_path / "m", f"http://{host}:{port(hub)}/graph"))
    assert hub.asked == []


def test_a_hub_of_ones_own_may_be_anywhere_and_have_any_name(
    hub: Hub, paths: Paths, tmp_path: Path, names: dict[str, list[str]]
) -> None:
    names["hub.lan"] = ["127.0.0.1"]
    revision = "ab" * 20
    source = f'{{ hub = "some/voice", revision = "{revision}", path = "graph.bin" }}'
    hub.put(f"/some/voice/resolve/{revision}/graph.bin", status=[302], headers={"Location": "/blob"})
    hub.put("/blob", FILES["graph.bin"])
    folder = make_folder(tmp_path / "m", manifest(sources={"graph.bin": [source]}))
    (folder / "graph.bin").unlink()
    store.install(configured(paths, hub=f"http://hub.lan:{port(hub)}"), folder)
    assert graph(paths) == FILES["graph.bin"]
