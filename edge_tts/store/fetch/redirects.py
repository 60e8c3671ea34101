"""Where an answer over HTTP may send us on to.

To https on any host (hubs send large files from another), to plain http only on the host that was asked, and to this
machine or its neighbours only from there, so that no source makes us ask services that only we can reach. That is
decided twice: here by what an address says, and in reach.py by the number that it turns out to be.
"""

from __future__ import annotations

import urllib.request
from typing import Any
from urllib.parse import urlsplit

from edge_tts.errors import SourceUnavailable
from edge_tts.store.fetch.reach import Reach, allowed_after, literal_reach


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a few redirects, those that are allowed."""

    max_redirections = 5

    def redirect_request(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str) -> Any:
        """Return the next request, or raise SourceUnavailable."""
        if not may_redirect(req.full_url, newurl):
            fp.close()
            raise SourceUnavailable(f"{req.full_url}: sends us to {newurl}, which is not allowed")
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request is not None:
            request.allowed = allowed_after(getattr(req, "reached", Reach.PUBLIC))  # type: ignore[attr-defined]
        return request


def may_redirect(asked: str, target: str) -> bool:
    """Return whether a source may send us on to another address, as far as that can be seen from it."""
    before, after = urlsplit(asked), urlsplit(target)
    said = literal_reach(after.hostname or "")
    if said is not None and not allowed_after(literal_reach(before.hostname or "") or Reach.PUBLIC)(said):
        return False
    return after.scheme == "https" or (after.scheme == "http" == before.scheme and after.hostname == before.hostname)
