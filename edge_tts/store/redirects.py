"""Where an answer over HTTP may send us on to.

To https on any host (hubs send large files from another), to plain http only on the host that was asked, and to this
machine only from this machine, so that no source makes us ask services that only we can reach.
"""

from __future__ import annotations

import ipaddress
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from edge_tts.errors import SourceUnavailable


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a few redirects, those that are allowed."""

    max_redirections = 5

    def redirect_request(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str) -> Any:
        """Return the next request, or raise SourceUnavailable."""
        if not may_redirect(req.full_url, newurl):
            fp.close()
            raise SourceUnavailable(f"{req.full_url}: sends us to {newurl}, which is not allowed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def may_redirect(asked: str, target: str) -> bool:
    """Return whether a source may send us on to another address; the module says which."""
    before, after = urlsplit(asked), urlsplit(target)
    if _is_here(after.hostname) and not _is_here(before.hostname):
        return False
    return after.scheme == "https" or (after.scheme == "http" == before.scheme and after.hostname == before.hostname)


def _is_here(host: str | None) -> bool:
    """Return whether a host is this machine, by name or number."""
    try:
        address = ipaddress.ip_address(host or "")
        return address.is_loopback or address.is_unspecified or address.is_link_local
    except ValueError:
        return host in (None, "") or host == "localhost" or host.endswith(".localhost")
