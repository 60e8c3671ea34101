"""Rounds in which every program reads every text, and what they say together."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from edge_tts.cli.bench import milliseconds
from edge_tts.cli.terminal import ProgressBar, bar, size, table
from scripts.evaluate.speed.peers.programs import Program, Start, size_bytes

PARAGRAPH = (
    "人工智能正在改变我们的生活方式，从语音助手到自动驾驶，从医疗诊断到金融分析，它已经渗透到社会的各个角落。"
    "未来几年，更多的设备会在本地运行语音合成，不再依赖网络，反应也会更快。"
    "早上七点，闹钟响了，他起床洗脸刷牙，然后去厨房煮了一杯咖啡。窗外下着小雨，街上的行人撑着伞匆匆走过。"
)
TEXTS = {
    "zh": {
        5: "请稍等。",
        20: "请在三号窗口取您的快递，谢谢您的配合。",
        60: "各位旅客请注意，由北京开往上海方向的列车即将进站，请您站在安全线以内，照顾好随身的老人和孩子，谢谢配合。",
        140: PARAGRAPH,
    },
    "en": {
        15: "Please wait.",
        60: "Please collect your parcel at window three, and thank you.",
        180: "Ladies and gentlemen, the train from London to Edinburgh is about to arrive. Please stand behind the "
        "yellow line, look after children and older people, and thank you for your patience.",
    },
}
"""What is read, by language and about its number of characters."""
OURS = "edge-tts kokoro"
"""What the others are compared with."""

Turns = list[dict[str, Any]]


def measure(
    rows: Sequence[Start], orders: Mapping[int, dict[str, Any]], threads: int, rounds: int, starts: int
) -> tuple[Turns, Turns]:
    """Start programs and give them every text in rounds; the first round only warms up.

    Args:
        rows: the programs.
        orders: what programs are told to say, by number of characters.
        threads: how many processors each may use.
        rounds: how often.
        starts: how often each is started for a cold start, from its start to the first sound of the shortest text.

    Returns:
        The figures of each turn, and of each cold start.
    """
    progress, bar = _Steps(len(rows) * (starts + (rounds + 1) * len(orders))), ProgressBar()
    cold: Turns = []
    for row in [row for row in rows for _ in range(starts)]:
        progress.show(bar, f"start {row.name}")
        program = Program(row, threads)
        first = program.turn(orders[min(orders)])["first_at"] - program.started_at
        cold.append({"program": row.name, "first_seconds": first, "load_seconds": program.load_seconds})
        program.close()
    running, turns = [Program(row, threads) for row in rows], Turns()
    for number in range(rounds + 1):
        for characters, order in orders.items():
            for program in running:
                progress.show(bar, f"{program.name}, {characters} characters")
                figures = program.turn(order)
                if number:
                    turns.append({"program": program.name, "round": number, "characters": characters, **figures})
    for program in running:
        program.close()
    bar.close()
    return turns, cold


class _Steps:
    """Counts what was done."""

    def __init__(self, total: int) -> None:
        self._done, self._total = 0, total

    def show(self, bar: ProgressBar, what: str) -> None:
        """Draw how far it is, and what comes next."""
        bar.show("peers", what, self._done, self._total, f"{self._done} of {self._total}")
        self._done += 1


def summary(rows: Sequence[Start], turns: Turns, cold: Turns) -> list[dict[str, Any]]:
    """Return the medians of each program, and of how many times our processor time they take for the same text.

    That does not depend on how much silence a program leaves around its speech, as seconds for a second of audio do.

    Args:
        rows: the programs, in order.
        turns: what `measure` returned.
        cold: what `measure` returned for cold starts.
    """
    ours = {(turn["round"], turn["characters"]): turn["cpu_seconds"] for turn in turns if turn["program"] == OURS}
    return [_of_one(row, [turn for turn in turns if turn["program"] == row.name], ours, cold) for row in rows]


def _of_one(row: Start, own: Turns, ours: Mapping[tuple[int, int], float], cold: Turns) -> dict[str, Any]:
    sizes = sorted({turn["characters"] for turn in own})
    first = {size: _median(_first(turn) for turn in own if turn["characters"] == size) for size in sizes}
    largest = max(own, key=lambda turn: turn["own_bytes"] + turn["mapped_bytes"])
    ratios = [
        turn["cpu_seconds"] / ours[place] for turn in own if (place := (turn["round"], turn["characters"])) in ours
    ]
    starts = [start["first_seconds"] for start in cold if start["program"] == row.name]
    return {
        "program": row.name,
        "rtf": _median((turn["last_at"] - turn["begun_at"]) / turn["audio_seconds"] for turn in own),
        "cpu_per_second": _median(map(_cost, own)),
        "cpu_ratio": _median(ratios) if ratios else None,
        "first_seconds": first,
        "cold_seconds": _median(starts) if starts else None,
        "own_bytes": largest["own_bytes"],
        "mapped_bytes": largest["mapped_bytes"],
        "disk_bytes": size_bytes(row),
    }


def _first(turn: Mapping[str, float]) -> float:
    return turn["first_at"] - turn["begun_at"]


def _cost(turn: Mapping[str, float]) -> float:
    """Return processor seconds for a second of audio."""
    return turn["cpu_seconds"] / turn["audio_seconds"]


def _median(values: Iterable[float]) -> float:
    return float(statistics.median(values))


def shown(figures: Sequence[Mapping[str, Any]]) -> str:
    """Return the figures as a table, with a bar for the processor time."""
    most = max(row["cpu_per_second"] for row in figures)
    sizes = list(figures[0]["first_seconds"])
    headings = {"program": "PROGRAM", "rtf": "RTF", "bar": "PROCESSOR", "cpu": "S/S", "ratio": "× OURS"}
    headings |= {f"first{size}": f"FIRST {size}" for size in sizes}
    headings |= {"cold": "COLD", "own": "MEMORY", "mapped": "+ FILES", "disk": "DISK"}
    rows = [
        {
            "program": row["program"],
            "rtf": f"{row['rtf']:.3f}",
            "bar": bar(row["cpu_per_second"] / most, 12, " "),
            "cpu": f"{row['cpu_per_second']:.3f}",
            "ratio": None if row["cpu_ratio"] is None else f"{row['cpu_ratio']:.2f}",
            **{f"first{size}": milliseconds(row["first_seconds"][size]) for size in sizes},
            "cold": None if row["cold_seconds"] is None else milliseconds(row["cold_seconds"]),
            **{name: size(row[f"{name}_bytes"]) for name in ("own", "mapped", "disk")},
        }
        for row in figures
    ]
    return table(rows, headings)
