"""Show how a package is arranged: files beside each other, rooms, arrows between them, circles, and what is longest.

    python -m scripts.evaluate.quality.imports [ROOT …] [--json]

A room is a folder of the package, with those in it, or a file beside these folders. An arrow leads from a room to
another one that it imports, at whatever place in a file, also for type checkers alone. A floor is what can stand at one
height: a room stands above all that it imports; rooms of a circle stand at one height. An arrow runs back up when it
closes a circle. ROOT holds edge_tts/, by default this repository; several are shown side by side.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

PACKAGE = "edge_tts"
LOOSE_FILES, FOLDER_FILES = 12, 24
"""Most files that may lie in the package itself, and in any other folder of code."""

Graph = Mapping[str, set[str]]


@dataclass(frozen=True)
class Arrangement:
    """What is found of a package.

    Attributes:
        loose: files that lie in the package itself.
        fullest: the most files of code in one folder, and which that is.
        rooms: folders of the package, and loose files.
        floors: how high the rooms are stacked.
        arrows: pairs of rooms of which one imports the other.
        back: the arrows that have to go so that no circle is left (at most: each circle is cut at one place).
        circles: groups of rooms that import each other.
        file_circles: groups of files that import each other, those of one room included.
        longest_function: its lines, and its name.
        longest_file: the longest file and its number of lines.
    """

    loose: int
    fullest: tuple[int, str]
    rooms: int
    floors: int
    arrows: int
    back: int
    circles: list[list[str]]
    file_circles: list[list[str]]
    longest_function: tuple[int, str]
    longest_file: tuple[int, str]


def arrangement(root: Path) -> Arrangement:
    """Read every file of the package in a folder; raise OSError where there is none."""
    folder = root / PACKAGE
    files = {_module(path.relative_to(root)): path for path in sorted(folder.rglob("*.py"))}
    if not files:
        raise FileNotFoundError(f"{folder} has no code")
    trees = {module: ast.parse(path.read_bytes()) for module, path in files.items()}
    imports = {module: set(_imported(module, tree, files)) - {module} for module, tree in trees.items()}
    rooms = _rooms(imports)
    circles = [group for group in _groups(rooms) if len(group) > 1]
    beside: dict[str, int] = defaultdict(int)
    for path in files.values():
        beside[str(path.parent.relative_to(root))] += 1
    return Arrangement(
        loose=beside.pop(PACKAGE),
        fullest=max((count, name) for name, count in beside.items()),
        rooms=len(rooms),
        floors=_floors(rooms),
        arrows=sum(map(len, rooms.values())),
        back=sum(_back(rooms, group) for group in circles),
        circles=circles,
        file_circles=[group for group in _groups(_without_packages(imports, files)) if len(group) > 1],
        longest_function=max(_functions(trees)),
        longest_file=max((len(path.read_bytes().splitlines()), module) for module, path in files.items()),
    )


def _module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(module: str, tree: ast.Module, files: Mapping[str, Path]) -> Iterator[str]:
    """Yield the modules of the package that a file names in its imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in files)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if name in files:
                    yield name
                elif node.module in files:
                    yield node.module


def _rooms(imports: Graph) -> dict[str, set[str]]:
    """Return which room imports which."""
    room = {module: ".".join(module.split(".")[:2]) for module in imports}
    rooms: dict[str, set[str]] = {name: set() for name in room.values()}
    for module, others in imports.items():
        rooms[room[module]] |= {room[other] for other in others} - {room[module]}
    return rooms


def _without_packages(imports: Graph, files: Mapping[str, Path]) -> dict[str, set[str]]:
    """Leave out what a package's own __init__ collects from inside, for whoever imports the package."""
    packages = {module for module, path in files.items() if path.name == "__init__.py"}
    return {
        module: {other for other in others if other not in packages}
        for module, others in imports.items()
        if module not in packages
    }


def _groups(graph: Graph) -> list[list[str]]:
    """Return the strongly connected parts of a graph, those that others import first; Tarjan 1972."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            at = stack.index(node)
            found.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def _floors(graph: Graph) -> int:
    height: dict[str, int] = {}
    for group in _groups(graph):
        below = {height[other] for node in group for other in graph[node] if other not in group}
        height |= dict.fromkeys(group, 1 + max(below, default=0))
    return max(height.values())


def _back(graph: Graph, group: list[str]) -> int:
    """Return how many arrows run up when the rooms of a circle are stacked as few of them do, one after the other."""
    inside = {node: {other for other in graph[node] if other in group} for node in group}
    count = 0
    while inside:
        # above goes who is imported least and imports most of those that are left
        top = min(inside, key=lambda node: sum(node in others for others in inside.values()) - len(inside[node]))
        count += sum(top in others for others in inside.values())
        del inside[top]
        for others in inside.values():
            others.discard(top)
    return count


def _functions(trees: Mapping[str, ast.Module]) -> Iterator[tuple[int, str]]:
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield (node.end_lineno or node.lineno) - node.lineno + 1, f"{module}.{node.name}"


def shown(found: Arrangement) -> dict[str, str]:
    """Return a column of the table."""
    return {
        "loose files": str(found.loose),
        "fullest folder": f"{found.fullest[0]} ({found.fullest[1]})",
        "rooms": str(found.rooms),
        "floors": str(found.floors),
        "arrows": str(found.arrows),
        "arrows back up": str(found.back),
        "circles of rooms": str(len(found.circles)),
        "circles of files": str(len(found.file_circles)),
        "longest function": f"{found.longest_function[0]} ({found.longest_function[1]})",
        "longest file": f"{found.longest_file[0]} ({found.longest_file[1]})",
    }


def main() -> int:
    """Print a table; return 1 when the last one has a circle or too full a folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("roots", metavar="ROOT", nargs="*", type=Path, default=[Path(__file__).resolve().parents[3]])
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    options = parser.parse_args()
    found = {str(root): arrangement(root) for root in options.roots}
    if options.json:
        print(json.dumps({root: asdict(one) for root, one in found.items()}, indent=1))
    else:
        columns = [shown(one) for one in found.values()]
        for name in columns[0]:
            print(f"{name:<18}" + "  ".join(f"{column[name]:<44}" for column in columns).rstrip())
        for group in [*list(found.values())[-1].circles, *list(found.values())[-1].file_circles]:
            print("circle:", " ".join(group), file=sys.stderr)
    last = list(found.values())[-1]
    return int(bool(last.circles or last.file_circles or last.loose > LOOSE_FILES or last.fullest[0] > FOLDER_FILES))


if __name__ == "__main__":
    sys.exit(main())
