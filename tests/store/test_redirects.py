"""Where a hub may send us, and whose certificates are believed."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_tts.config.settings import Paths
from edge_tts.errors import SourceUnavailable
from edge_tts.store.fetch.redirects import may_redirect
from tests.support.hub_server import Hub
from tests.support.store_model import FILES, graph, install, model_from

GRAPH = FILES["graph.bin"]


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "http://example.invalid/x", "http://192.0.2.1/x"],
)
def test_a_redirect_outside_is_refused(hub: Hub, paths: Paths, tmp_path: Path, target: str) -> None:
    url = hub.put("/graph", status=[302], headers={"Location": target})
    with pytest.raises(SourceUnavailable, match="not allowed"):
        install(paths, model_from(tmp_path / "m", url))


def test_a_redirect_on_the_same_host_is_followed_with_its_span(hub: Hub, paths: Paths, tmp_path: Path) -> None:
    url = hub.put("/graph", status=[302] * 9, headers={"Location": f"{hub.url}/blob"})
    hub.put("/blob", GRAPH, etag='"v1"', cut=[1_000_000])
    install(paths, model_from(tmp_path / "m", url))
    assert graph(paths) == GRAPH
    assert hub.ranges == ["", "", "bytes=1000000-3499999", "bytes=1000000-3499999"]


def test_a_redirect_in_a_circle_ends(hub: Hub, paths: Paths, tmp_path: Path) -> None:
    url = hub.put("/graph", status=[302] * 99, headers={"Location": "/graph"})
    with pytest.raises(SourceUnavailable, match="answered 302"):
        install(paths, model_from(tmp_path / "m", url))
    assert len(hub.asked) < 8


@pytest.mark.parametrize(
    ("asked", "target", "allowed"),
    [
        ("https://hub.example/x", "https://cdn.example/y", True),
        ("http://hub.example/x", "https://cdn.example/y", True),
        ("http://hub.example/x", "http://hub.example/y", True),
        ("http://hub.example/x", "http://cdn.example/y", False),
        ("https://hub.example/x", "http://hub.example/y", False),
        ("https://hub.example/x", "https://localhost/y", False),
        ("https://hub.example/x", "https://127.0.0.2/y", False),
        ("https://hub.example/x", "https://[::1]/y", False),
        ("https://hub.example/x", "https://169.254.169.254/y", False),
        ("http://localhost/x", "http://localhost:81/y", True),
        ("https://hub.example/x", "file:///etc/passwd", False),
    ],
)
def test_where_a_source_may_send_us(asked: str, target: str, allowed: bool) -> None:
    assert may_redirect(asked, target) is allowed


@pytest.fixture
def secure_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with a certificate of its own, which this process does not know yet."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=hub -addext subjectAltName=IP:127.0.0.1"
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "hub.pem")]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "hub.pem", tmp_path / "key.pem")
    server = Hub(tls)
    yield server
    server.close()


def test_a_certificate_is_checked(
    secure_hub: Hub, paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = model_from(tmp_path / "m", secure_hub.put("/graph", GRAPH, cut=[1_000_000]))
    with pytest.raises(SourceUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        install(paths, folder)
    assert secure_hub.asked == []
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "hub.pem"))
    install(paths, folder)
    assert graph(paths) == GRAPH
    assert len(secure_hub.asked) == 2
