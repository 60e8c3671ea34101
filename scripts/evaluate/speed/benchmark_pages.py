"""What docs/measurements/benchmarks.md shows: tables, and plots beside it. Pure, so that it can be checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from edge_tts.cli.bench import milliseconds
from edge_tts.measuring.percentiles import percentile
from edge_tts.sizes import size
from scripts.evaluate.speed.plots import Line, axis, bars, lines

Result = Mapping[str, Any]
"""What one measurement wrote: commit, command and result."""


def voices(results: Mapping[str, Result]) -> dict[str, dict[str, Any]]:
    """Return the figures of each voice that `edge-tts bench` measured, those of several runs of a commit together.

    Where a voice was measured at several commits, all but the first have the commit in their name.
    """
    found: dict[str, dict[str, Any]] = {}
    commits: dict[str, str] = {}
    for result in results.values():
        for voice in result["result"].get("voices", ()):
            name, commit = voice["voice"], result["commit"]
            name = name if commits.setdefault(name, commit) == commit else f"{name} {commit}"
            known = found.setdefault(name, {"lengths": [], "clients": [], "cold": []})
            for part in known:
                known[part] = [*known[part], *voice[part]]
    return found


def tables(results: Mapping[str, Result]) -> dict[str, str]:
    """Return each table of the document by its name."""
    found = voices(results)
    made = {"machine": _machine(results), "runs": table(_runs(results)), "summary": table(_summary(found))}
    for name, result in results.items():
        if name.startswith("peers-"):
            made[name] = table(_peers(result["result"]["summary"]))
    made["lengths"] = table([row for name, figures in found.items() for row in _lengths(name, figures["lengths"])])
    made["clients"] = table([row for name, figures in found.items() for row in _clients(name, figures["clients"])])
    return made


def table(rows: Sequence[Mapping[str, str]]) -> str:
    """Return rows as a table in Markdown."""
    heads = list(rows[0])
    cells = [heads, ["---"] * len(heads), *(list(row.values()) for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _machine(results: Mapping[str, Result]) -> str:
    kinds = {_of_machine(result["result"]["machine"]) for result in results.values()}
    return "; ".join(sorted(kinds))


def _of_machine(about: Mapping[str, Any]) -> str:
    instructions = f" with {', '.join(about['instructions'])}" if about["instructions"] else ""
    return (
        f"{about['processor']} ({about['architecture']}{instructions}), {about['cores']} cores, "
        f"{size(about['memory_bytes'])} of memory; {about['system'].partition(' ')[0]}, Python {about['python']}, "
        f"ONNX Runtime {about['onnxruntime']}"
    )


def _runs(results: Mapping[str, Result]) -> list[dict[str, str]]:
    return [
        {"date": result["date"], "commit": result["commit"], "command": f"`{result['command']}`"}
        for result in results.values()
    ]


def _summary(found: Mapping[str, Any]) -> list[dict[str, str]]:
    rows = []
    for name, figures in found.items():
        usual = [row for row in figures["lengths"] if row["characters"] <= _USUAL]
        if not usual or not figures["cold"]:
            continue
        firsts = [value for row in usual for value in row["first_seconds"]]
        cold = [start["first_seconds"] for start in figures["cold"]]
        everything = [*figures["lengths"], *figures["clients"]]
        rows.append(
            {
                "voice": f"`{name}`",
                **{f"first sound p{share}": milliseconds(percentile(firsts, share)) for share in (50, 90, 99)},
                "RTF": f"{percentile([value for row in usual for value in row['rtf']], 50):.3f}",
                "worker": size(max(row["worker"]["own_bytes"] for row in everything)),
                "+ files": size(max(row["worker"]["mapped_bytes"] for row in everything)),
                "daemon": size(max(sum(row["daemon"].values()) for row in everything)),
                "cold start": milliseconds(percentile(cold, 50)),
            }
        )
    return rows


_USUAL = 300
"""Characters of the longest text that counts as an everyday one."""


def _peers(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [
        {
            "program": row["program"],
            **{f"first sound {length}": milliseconds(value) for length, value in row["first_seconds"].items()},
            "RTF": f"{row['rtf']:.3f}",
            "processor s/s": _given(row["cpu_per_second"], ".3f"),
            "× ours": _given(row["cpu_ratio"], ".2f"),
            "cold start": milliseconds(row["cold_seconds"]),
            "memory": size(row["own_bytes"]),
            "+ files": size(row["mapped_bytes"]),
            "disk": size(row["disk_bytes"]) if row["disk_bytes"] else "",
        }
        for row in rows
    ]


def _given(value: float | None, form: str) -> str:
    return "–" if value is None else f"{value:{form}}"


def _lengths(name: str, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [
        {
            "voice": f"`{name}`",
            "characters": str(row["characters"]),
            **_shares(row["first_seconds"]),
            "RTF": f"{percentile(row['rtf'], 50):.3f}",
            "worker": size(row["worker"]["own_bytes"]),
            "daemon": size(sum(row["daemon"].values())),
        }
        for row in rows
    ]


def _clients(name: str, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [
        {
            "voice": f"`{name}`",
            "clients": str(row["clients"]),
            **_shares(row["first_seconds"]),
            "audio per s": f"{percentile(row['audio_per_second'], 50):.1f} s",
            "fairness": f"{percentile(row['fairness'], 50):.2f}",
            "worker": size(row["worker"]["own_bytes"]),
        }
        for row in rows
    ]


def _shares(firsts: Sequence[float]) -> dict[str, str]:
    return {f"p{share}": milliseconds(percentile(firsts, share)) for share in (50, 90)} | {
        "longest": milliseconds(max(firsts))
    }


def plots(results: Mapping[str, Result]) -> dict[str, str]:
    """Return each plot by the name of its file, as SVG."""
    found = voices(results)
    made: dict[str, str] = {}
    for name, named in (("peers-zh", "Chinese text · 中文"), ("peers-en", "English text · 英文")):
        if name not in results:
            continue
        rows = results[name]["result"]["summary"]
        longest = max(rows[0]["first_seconds"], key=int)
        made |= {
            f"{name}-first.svg": bars(
                f"First sound of {longest} characters, {named} · 首段音频",
                "milliseconds · 毫秒",
                [(row["program"], [row["first_seconds"][longest] * 1000]) for row in rows],
            ),
            f"{name}-speed.svg": bars(
                f"Seconds for a second of audio (RTF), {named} · 合成一秒音频所需秒数",
                "seconds · 秒",
                [(row["program"], [row["rtf"]]) for row in rows],
            ),
            f"{name}-memory.svg": bars(
                f"Most memory while speaking, {named} · 最大内存",
                "MB",
                [(row["program"], [row["own_bytes"] / 1e6, row["mapped_bytes"] / 1e6]) for row in rows],
                ("its own · 独占", "files · 文件"),
            ),
        }
    return made | _growth(found)


def _growth(found: Mapping[str, Any]) -> dict[str, str]:
    by_length = {name: figures["lengths"] for name, figures in found.items()}
    by_clients = {name: figures["clients"] for name, figures in found.items()}
    first, memory = "First sound · 首段音频", "Memory of the worker · 工作进程的内存"
    return {
        "lengths-first.svg": _first(first, "characters · 字数", by_length, "characters"),
        "lengths-speed.svg": _curves(
            "Seconds for a second of audio (RTF)", "characters · 字数", "", by_length, "characters",
            lambda row: percentile(row["rtf"], 50),
        ),
        "lengths-memory.svg": _curves(
            memory, "characters · 字数", "MB", by_length, "characters", lambda row: row["worker"]["own_bytes"] / 1e6
        ),
        "clients-first.svg": _first(first, "clients at once · 同时的客户端", by_clients, "clients"),
        "clients-throughput.svg": _curves(
            "Audio made in a second, for all together · 每秒合成的音频", "clients at once · 同时的客户端",
            "seconds · 秒", by_clients, "clients", lambda row: percentile(row["audio_per_second"], 50),
        ),
    }  # fmt: skip


def _first(title: str, label: str, found: Mapping[str, Any], key: str) -> str:
    """Return a plot of the median and the 90th percentile of the first sound."""
    curves = [
        Line(
            f"{name} p{share}", [(row[key], percentile(row["first_seconds"], share) * 1000) for row in rows], n, dashed
        )
        for n, (name, rows) in enumerate(found.items())
        for share, dashed in ((50, False), (90, True))
    ]
    return _drawn(title, label, "ms", curves, logarithmic=True)


def _curves(title: str, label: str, unit: str, found: Mapping[str, Any], key: str, value: Any) -> str:
    curves = [
        Line(name, [(row[key], value(row)) for row in rows], n) for n, (name, rows) in enumerate(found.items()) if rows
    ]
    return _drawn(title, label, unit, curves, logarithmic=False)


def _drawn(title: str, label: str, unit: str, curves: Sequence[Line], *, logarithmic: bool) -> str:
    xs = [x for curve in curves for x, _ in curve.points]
    ys = [y for curve in curves for _, y in curve.points]
    return lines(title, axis(label, xs, logarithmic=True), axis(unit, ys, logarithmic=logarithmic), curves)
