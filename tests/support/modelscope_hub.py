"""ModelScope's interface for one repository, on a `hub_server.Hub`: its revisions, a listing, the files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.support.hub_server import Hub

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = "damo/speech_sambert-hifigan_tts_zhibei_emo_zh-cn_16k"
"""What the catalog's `sambert-zhibei_emo` names."""


class Repository:
    """A repository that the hub serves; `entries` is the listing, by path, to lie in before `publish`."""

    def __init__(self, hub: Hub, folder: Path, tag: str = "v1.0.1", name: str = REPOSITORY) -> None:
        self.hub, self.folder, self.tag = hub, folder, tag
        self.base = f"/api/v1/models/{name}"
        self.entries: dict[str, dict[str, Any]] = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.entries[path.relative_to(folder).as_posix()] = _entry(folder, path)
        self.tags = [{"Revision": "v1.0.0", "CreatedAt": 1}, {"Revision": tag, "CreatedAt": 2}]

    def publish(self) -> Repository:
        """Have the hub answer."""
        self.say("/revisions", {"RevisionMap": {"Branches": [{"Revision": "master"}], "Tags": self.tags}})
        trees = [{"Path": "voices", "Type": "tree", "Size": 0}]
        self.say(self.listing(self.tag), {"Files": [*trees, *self.entries.values()]})
        self.say(self.listing("v9"), {"Files": None})
        for path in self.entries:
            self.hub.put(self.base + self.file(path), (self.folder / path).read_bytes(), etag='"one"')
        return self

    def say(self, what: str, data: Any, **facts: Any) -> None:
        content = json.dumps({"Code": 200, "Data": data, "Message": "success", "Success": True}).encode()
        self.hub.put(self.base + what, content, headers={"Content-Type": "application/json"}, **facts)

    def listing(self, revision: str) -> str:
        return f"/repo/files?{urlencode({'Revision': revision, 'Recursive': 'True'})}"

    def file(self, path: str) -> str:
        return f"/repo?{urlencode({'Revision': COMMIT, 'FilePath': path})}"

    def page(self, path: str) -> Any:
        """Return how a file is answered."""
        return self.hub.pages[self.base + self.file(path)]

    def fetched(self) -> list[str]:
        """Return the requests for files so far."""
        return [asked for asked in self.hub.asked if "/repo?" in asked]


def _entry(folder: Path, path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    name = path.relative_to(folder).as_posix()
    return {"Path": name, "Type": "blob", "Size": len(content), "Sha256": digest, "Revision": COMMIT}
