"""What /proc/PID/smaps says, in bytes."""

from __future__ import annotations

from pathlib import Path


def mapping(pid: int, path: Path) -> dict[str, int]:
    """Return the sizes of the mappings of one file, by smaps' names."""
    return _sizes(pid, lambda line: line.endswith(str(path.resolve())))


def totals(pid: int) -> dict[str, int]:
    """Return the sizes of all mappings together."""
    return _sizes(pid, lambda line: True)


def _sizes(pid: int, wanted):  # type: ignore[no-untyped-def]
    sizes: dict[str, int] = {}
    inside = False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        name, _, rest = line.partition(":")
        if " " in name:  # the head of a mapping: addresses, rights, offset, device, inode, path
            inside = wanted(line)
        elif inside and rest.endswith("kB"):
            sizes[name] = sizes.get(name, 0) + int(rest.split()[0]) * 1024
    return sizes
