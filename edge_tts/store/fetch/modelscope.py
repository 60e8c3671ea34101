"""What the hub ModelScope says of a repository: its revisions, and the files of one with sizes and digests.

Interface: the one that ModelScope's own client uses, `/api/v1/models/OWNER/NAME/revisions` and `…/repo/files`. An
unknown revision is answered as one without files. A file's own revision is the commit that changed it last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from edge_tts.config.settings import Downloads
from edge_tts.errors import SourceUnavailable
from edge_tts.store.fetch.web import Web
from edge_tts.store.origins import DIGEST, FromHub
from edge_tts.system.tables import parse_json

_LONGEST_ANSWER = 16_000_000  # bytes; a listing has some hundred for each file
_COMMIT = re.compile(r"[0-9a-f]{40}")
_BRANCH = "master"


@dataclass(frozen=True, slots=True)
class Published:
    """A file of a repository.

    Attributes:
        path: inside the repository.
        size: bytes.
        sha256: digest, 64 hexadecimal digits; "" if the hub gives none.
        revision: the commit that changed it last, or the revision that was asked for.
    """

    path: str
    size: int
    sha256: str
    revision: str


class ModelScope:
    """Asks the hub.

    Args:
        web: connections to it.
        settings: where it is.
    """

    def __init__(self, web: Web, settings: Downloads) -> None:
        """Ask nothing yet."""
        self._web = web
        self._settings = settings

    def newest(self, repository: str) -> str:
        """Return the newest tag of a repository, its main branch if it has none.

        Raises:
            SourceUnavailable: the hub does not say.
        """
        found = _mapping(self._ask(repository, "revisions", {}).get("RevisionMap"))
        tags = [
            tag for tag in found.get("Tags") or [] if isinstance(tag, dict) and isinstance(tag.get("Revision"), str)
        ]
        dated = [tag for tag in tags if isinstance(tag.get("CreatedAt"), int)]
        newest = max(dated, key=lambda tag: tag["CreatedAt"]) if dated else next(iter(tags), {})
        return str(newest.get("Revision", _BRANCH))

    def files(self, repository: str, revision: str) -> list[Published]:
        """Return the files of a revision.

        Raises:
            SourceUnavailable: the hub does not say, or knows no such revision.
        """
        said = self._ask(repository, "repo/files", {"Revision": revision, "Recursive": "True"})
        listed = said.get("Files")
        if not isinstance(listed, list) or not listed:
            raise SourceUnavailable(f"modelscope {repository}: there is no revision {revision}, or it has no files")
        return [_file(entry, repository, revision) for entry in listed if _mapping(entry).get("Type") != "tree"]

    def content(self, source: FromHub, limit: int) -> bytes:
        """Return a short file of a repository; raises SourceUnavailable if it has more bytes than `limit`."""
        return self._web.read(source.address(self._settings), limit)

    def _ask(self, repository: str, what: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        base = f"{self._settings.modelscope.rstrip('/')}/api/v1/models/{repository}/{what}"
        url = f"{base}?{urlencode(query)}" if query else base
        answer = self._web.read(url, _LONGEST_ANSWER)
        try:
            said = parse_json(answer)
        except ValueError as error:
            kind = "a web page: is there a login in between?" if answer.lstrip()[:1] == b"<" else "something else"
            raise SourceUnavailable(f"{url}: expected JSON, got {kind}") from error
        if not isinstance(said, dict) or said.get("Success") is False or not isinstance(said.get("Data"), dict):
            reason = str(_mapping(said).get("Message") or "has no Data")[:200]
            raise SourceUnavailable(f"{url}: {reason}")
        return _mapping(said["Data"])


def _file(entry: Any, repository: str, revision: str) -> Published:
    found = _mapping(entry)
    path, size, sha256, commit = (found.get(key) for key in ("Path", "Size", "Sha256", "Revision"))
    if not isinstance(path, str) or type(size) is not int or size < 0:
        raise SourceUnavailable(f"modelscope {repository}: expected files with Path and Size, got {str(entry)[:200]}")
    known = isinstance(sha256, str) and re.fullmatch(DIGEST, sha256)
    pinned = isinstance(commit, str) and _COMMIT.fullmatch(commit)
    return Published(path, size, str(sha256) if known else "", str(commit) if pinned else revision)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
