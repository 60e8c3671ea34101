"""How far away an address is, and which of them may be asked: decided on the numbers that are connected to.

Public addresses may always be asked. This machine and its neighbours may be asked where somebody has said so openly: as
the address of a hub in the configuration, or as an address or `localhost` in a manifest; not by a name that everybody
can have lead anywhere, nor by a number in disguise. Where an answer may send us is in redirects.py.
"""

from __future__ import annotations

import enum
import ipaddress
import socket
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from edge_tts.errors import SourceUnavailable

_SHARED = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598: between a provider and its customers
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits


class Reach(enum.IntEnum):
    """How far away an address is."""

    PUBLIC = 0
    NEIGHBOUR = 1
    HERE = 2
    OTHER = 3  # link-local, where clouds have their secrets; multicast; reserved


def reach_of(address: str) -> Reach:
    """Return how far away a numeric address is."""
    found: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if inner is None and found in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return reach_of(str(inner))
    if found.is_loopback or found.is_unspecified or (found.version == 4 and int(found) >> 24 == 0):
        return Reach.HERE
    if found.is_link_local or found.is_multicast:
        return Reach.OTHER
    if found.is_global:
        return Reach.PUBLIC
    neighbour = found.is_private and not found.is_reserved
    return Reach.NEIGHBOUR if neighbour or found in _SHARED else Reach.OTHER


def literal_reach(host: str) -> Reach | None:
    """Return how far away a host is that is a number in any form, or a name of this machine; None for other names."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "" or name == "localhost" or name.endswith(".localhost"):
        return Reach.HERE
    try:
        return reach_of(name)
    except ValueError:
        pass
    try:
        return reach_of(socket.inet_ntoa(socket.inet_aton(name)))  # 127.1, 0x7f000001, 2130706433
    except (OSError, ValueError):
        return None


def is_open(host: str) -> bool:
    """Return whether a host says itself that it is this machine or a neighbour, as people write that."""
    if host.lower() == "localhost":
        return True
    try:
        return reach_of(host.strip("[]")) in (Reach.NEIGHBOUR, Reach.HERE)
    except ValueError:
        return False


def host_of(url: str) -> str:
    """Return the host of an address, "" if it has none."""
    return urlsplit(url).hostname or ""


def allowed_first(host: str, configured: Iterable[str]) -> Callable[[Reach], bool]:
    """Return which addresses may be asked for a host that a manifest or the configuration names."""
    if host in configured:
        return lambda reach: True
    if is_open(host):
        return lambda reach: reach is not Reach.OTHER
    return lambda reach: reach is Reach.PUBLIC


def allowed_after(reached: Reach) -> Callable[[Reach], bool]:
    """Return which addresses may be asked because an answer from another one sends us there."""
    if reached in (Reach.NEIGHBOUR, Reach.HERE):
        return lambda reach: reach <= reached
    return lambda reach: reach is Reach.PUBLIC


def connect(host: str, port: int, timeout: float, allowed: Callable[[Reach], bool]) -> tuple[socket.socket, Reach]:
    """Connect to the first of a host's addresses that may be asked and answers.

    Raises:
        SourceUnavailable: none of them may be asked.
        OSError: none answers, or the name has none.
    """
    failure: OSError | None = None
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for family, kind, protocol, _, address in found:
        reach = reach_of(str(address[0]))
        if not allowed(reach):
            continue
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(timeout)
            connection.connect(address)
            return connection, reach
        except OSError as error:
            connection.close()
            failure = error
    if failure is None:
        numbers = ", ".join(sorted({str(address[0]) for *_, address in found}))
        raise SourceUnavailable(f"{host} is {numbers}, which is not allowed to be asked on its behalf")
    raise failure
