"""`edge-tts cache warm`: make the audio of many phrases before anybody asks for it."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from edge_tts.cli.input_text import content
from edge_tts.cli.phrases import Phrase, parse
from edge_tts.cli.say import connected
from edge_tts.cli.terminal import ProgressBar, duration, print_json, red
from edge_tts.client.blocking import Client
from edge_tts.errors import EngineError, QueueFull, RequestError
from edge_tts.printable import printable
from edge_tts.wire import Done, Speak, check


@dataclass(slots=True)
class _Progress:
    """How far the command is.

    Attributes:
        phrases: the number of phrases.
        kept: the number that were made and written now.
        cached: the number that were in the cache before.
        problems: say for people why others were not made.
        audio_seconds: the length of those that are in the cache.
        work_seconds: the time that making them took.
        stopped: whether it was interrupted.
    """

    phrases: int
    kept: int = 0
    cached: int = 0
    problems: list[str] = field(default_factory=list)
    audio_seconds: float = 0.0
    work_seconds: float = 0.0
    stopped: bool = False

    @property
    def done(self) -> int:
        return self.kept + self.cached

    def remaining(self, number: int) -> str:
        """Say how long the phrases from that number on will take, going by those that were made."""
        if not self.kept:
            return ""
        return f"{duration(self.work_seconds / self.kept * (self.phrases - number))} left"


def warm(options: argparse.Namespace) -> int:
    """Make what is not in the cache; lines that cannot be made are named and make the exit status 4."""
    common = check(Speak, {**_common(options), "output": "none", "priority": "progress", "text": ""})
    phrases, problems = parse(content(options.file), common)
    progress = _Progress(len(phrases), problems=[f"{options.file} {problem}" for problem in problems])
    bar = ProgressBar()
    try:
        with connected() as client:
            for number, phrase in enumerate(phrases):
                numbers = f"{number} of {len(phrases)}  {progress.remaining(number)}"
                bar.show("warm", phrase.speak.text, number, len(phrases), numbers)
                _make(client, options.file, phrase, progress)
    except BaseException:
        progress.stopped = True
        raise
    finally:
        bar.close()
        _report(options, progress)
    return RequestError.exit_code if progress.problems else 0


def _make(client: Client, file: str, phrase: Phrase, progress: _Progress) -> None:
    """Have one phrase made; a broken one does not end the others, a full disk does."""
    began = time.monotonic()
    try:
        stats = _ask(client, phrase.speak)
    except (RequestError, EngineError) as error:
        progress.problems.append(f"{file} line {phrase.line}: {error}")
        return
    progress.audio_seconds += stats["audio_seconds"]
    if stats["cached"]:
        progress.cached += 1
    else:
        progress.kept += 1
        progress.work_seconds += time.monotonic() - began


def _ask(client: Client, speak: Speak) -> dict[str, Any]:
    request = {name: value for name, value in speak.values().items() if name != "id"}
    while True:
        try:
            for message in client.utter(**request):
                if isinstance(message, Done):
                    return message.stats
        except QueueFull as error:
            time.sleep(error.retry_after or 1.0)


def _common(options: argparse.Namespace) -> dict[str, Any]:
    names = ("voice", "style", "speed", "pitch", "energy", "seed", "volume", "format", "sample_rate", "pin", "emoji")
    return {name: getattr(options, name) for name in names}


def _report(options: argparse.Namespace, progress: _Progress) -> None:
    for problem in progress.problems:
        print(f"{red('edge-tts:', sys.stderr)} {printable(problem)}", file=sys.stderr)
    if options.json:
        print_json({**asdict(progress), "done": progress.done})
        return
    was = f", {progress.cached} of them before" if progress.cached else ""
    print(
        f"{progress.done} of {progress.phrases} phrases are in the cache{was}, "
        f"{duration(progress.audio_seconds)} of audio"
    )
    if progress.stopped:
        print("the same command goes on where this one stopped")
