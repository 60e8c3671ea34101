"""Where the bytes of a file can be had: the kinds of source that a manifest may name.

{ pip = [["NAME==VERSION", "member/path"], …] }     members of wheels, concatenated
{ npm = [["NAME@VERSION", "member/path"], …] }      members of npm packages, concatenated
{ url = "https://…" }
{ hub = "owner/name", revision = "…", path = "…" }  a file of a hub repository at a pinned revision
{ file = "path" }                                   on this machine, relative to the manifest's folder
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edge_tts.store.fields import Fields

PATH = r"[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*"
"""Pattern of a relative path that stays in its folder: no part begins with a dot."""

_HUB = "https://huggingface.co"
_URL = r"https?://[^\s/]+/\S*"
_REQUIREMENT = {
    "pip": r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.!+_-]*",
    "npm": r"(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*@[0-9][A-Za-z0-9.+-]*",
}

Client = Literal["pip", "npm"]
"""The program that downloads a package."""


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

    def __str__(self) -> str:
        """Name it in messages."""
        return self.url


@dataclass(frozen=True, slots=True)
class FromFile:
    """A file that is already on this machine.

    Attributes:
        path: absolute, or relative to the folder of the manifest.
    """

    path: str

    def __str__(self) -> str:
        """Name it in messages."""
        return f"file {self.path}"


Source = FromPackages | FromUrl | FromFile
"""Where the bytes of a file can be had."""


def read_source(entry: Fields) -> Source:
    """Read a source from its table."""
    source: Source
    match entry.first("pip", "npm", "url", "hub", "file"):
        case "pip" | "npm" as client:
            pairs = entry.pairs(client, _REQUIREMENT[client], PATH)
            source = FromPackages(tuple((Package(client, name), member) for name, member in pairs))
        case "url":
            source = FromUrl(entry.text("url", _URL))
        case "hub":
            repository, revision = (
                entry.text("hub", r"[\w.-]+/[\w.-]+"),
                entry.text("revision", "[0-9a-f]{40}"),
            )
            source = FromUrl(f"{_HUB}/{repository}/resolve/{revision}/{entry.text('path', PATH)}")
        case _:
            source = FromFile(entry.text("file"))
    entry.end()
    return source
