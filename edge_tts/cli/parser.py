"""The parser of the command line; what a command does is imported when it is used."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from edge_tts.cli.arguments import Parser, command_of, json_option, number, numbers
from edge_tts.cli.models.arguments import convert, disk, models
from edge_tts.version import __version__

Run = Callable[[argparse.Namespace], "int | None"]


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed arguments; `run` is the function to call with them. Exits with 2 on a usage error."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    return parser(words[0] if words else "").parse_args(words)


def parser(wanted: str = "") -> argparse.ArgumentParser:
    """Return the parser of one command, of all where there is none of that name; docs/cli.md is generated from it.

    To make all of it takes longer than all else that happens before `edge-tts say` is connected.
    """
    top: argparse.ArgumentParser = Parser(
        prog="edge-tts",
        description="Speak Chinese and English offline, through the voice daemon of this device.",
        epilog="exit status: 0 done, 2 usage, 3 protocol, 4 request, 5 model store, 6 engine, 7 sound, 8 no daemon, "
        "9 configuration, 10 conversion, 130 stopped",
    )
    top.add_argument("--version", action="version", version=f"edge-tts {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True, prog=top.prog)
    for add in [_COMMANDS[wanted]] if wanted in _COMMANDS else _COMMANDS.values():
        add(commands)
    return top


def _emoji(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--emoji",
        choices=("name", "drop"),
        default="name",
        help="read emoji by their names (the default), or not at all",
    )


def _settings(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-v", "--voice", metavar="NAME", default="", help="an installed voice, or MODEL/NAME; see: edge-tts voices"
    )
    command.add_argument("--speed", type=float, default=1.0, help="1 as trained, 2 twice as fast (0.25 to 4)")
    command.add_argument("--pitch", type=float, default=1.0, help="1 as trained, 2 an octave higher (0.5 to 2)")
    command.add_argument("--energy", type=float, default=1.0, help="1 as trained, more is stronger (0.5 to 2)")
    command.add_argument("--seed", type=int, default=0, help="the same number makes the same sound; 0 draws anew")
    command.add_argument(
        "--style",
        metavar="NAME",
        default="neutral",
        help="speaking manner of the voice, as happy, or happy:0.5 for half of it",
    )
    command.add_argument("--volume", type=float, default=1.0, help="factor on the samples (0 to 4)")
    _emoji(command)


def _say(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = command_of(commands, "say", "speak a text; starts a daemon if none runs", "say:say")
    command.add_argument("text", nargs="*", metavar="TEXT", help="what to say; - reads standard input")
    command.add_argument("-f", "--file", metavar="FILE", help="read the text from a file")
    _settings(command)
    command.add_argument(
        "--priority",
        default="message",
        choices=("important", "message", "text", "notification", "progress"),
        help="more urgent utterances are spoken first",
    )
    command.add_argument(
        "--cache",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="play cached audio of the same text, and cache what is made",
    )
    command.add_argument(
        "-o", "--output", metavar="FILE", help="write a .wav, .flac, .ogg or .mp3 file instead of playing"
    )
    command.add_argument("--raw", action="store_true", help="write pcm samples (s16le) to standard output, not play")
    command.add_argument(
        "--play",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="play on the loudspeaker; the default without -o and --raw",
    )
    json_option(command)


def _stop(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = command_of(commands, "stop", "stop all speech", "stop:stop")
    json_option(command)


def _voices(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = command_of(commands, "voices", "list the installed voices", "voices:voices")
    json_option(command)


def _status(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = command_of(commands, "status", "show the state of the daemon", "status:status")
    json_option(command)


def _serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = command_of(commands, "serve", "run the daemon in the foreground", "serve:serve")
    command.add_argument("--preload", action="store_true", help="load the default voice before the first request")
    command.add_argument("--verbose", action="store_true", help="log what happens, not only what goes wrong")
    command.add_argument("--log", metavar="FILE", help="log to a file that keeps inside disk.log_bytes, not to stderr")
    command.add_argument("--lock", type=int, metavar="N", help=argparse.SUPPRESS)  # see supervision.start_daemon


def _cache(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    group = commands.add_parser("cache", help="show and change the audio cache").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    command = command_of(group, "warm", "make the audio of many phrases before anybody asks for it", "warm:warm")
    command.add_argument(
        "file",
        metavar="FILE",
        help="a phrase a line, or with tabs between TEXT, VOICE, STYLE and SPEED; - reads standard input",
    )
    _settings(command)
    command.add_argument(
        "--format", default="pcm_s16le", help="for clients that ask for flac, ogg_opus or mp3; others need none"
    )
    command.add_argument("--sample-rate", type=int, default=0, metavar="HZ", help="for clients that ask for another")
    command.add_argument("--pin", action="store_true", help="remove them last")
    json_option(command)
    json_option(command_of(group, "list", "list the phrases that are kept", "cache:show"))
    json_option(command_of(group, "stats", "show how full the cache is", "cache:stats"))
    command = command_of(group, "clear", "remove all phrases that are not pinned", "cache:clear")
    command.add_argument("--pinned", action="store_true", help="remove pinned phrases too")
    json_option(command)
    for name, text in (
        ("pin", "keep phrases: they are removed last"),
        ("unpin", "let phrases be removed like others"),
    ):
        command = command_of(group, name, text, f"cache:{name}")
        command.add_argument("id", nargs="+", metavar="ID", help="an ID or its first digits, see: edge-tts cache list")
        json_option(command)


def _text(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = command_of(commands, "text", "show how a text is read", "text:text")
    command.add_argument("text", nargs="*", metavar="TEXT", help="- or nothing reads lines from standard input")
    _emoji(command)
    json_option(command)


def _lexicon(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    group = commands.add_parser("lexicon", help="your own words and how they are read").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    command = command_of(group, "add", "add a word or change how it is read", "lexicon:add")
    command.add_argument("word", metavar="WORD", help="Chinese characters, or one English word")
    command.add_argument("reading", metavar="PINYIN", help="chong2qing4; [ipa:ˈɛkstɹə] for an English word")
    command.add_argument("--comment", metavar="TEXT", default="", help="a note for people")
    json_option(command)
    command = command_of(group, "remove", "remove a word", "lexicon:remove")
    command.add_argument("word", metavar="WORD")
    json_option(command)
    command = command_of(group, "list", "list the words", "lexicon:show")
    json_option(command)
    command = command_of(group, "import", "add the words of a file of lines WORD, tab, PINYIN", "lexicon:load")
    command.add_argument(
        "file", metavar="FILE", help="- reads standard input; broken lines are named, the rest is added"
    )
    json_option(command)
    command = command_of(group, "export", "write the words as import reads them", "lexicon:save")
    command.add_argument("file", metavar="FILE", nargs="?", help="by default standard output")


def _bench(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = command_of(commands, "bench", "measure first sound, speed, memory and cold start", "bench:bench")
    command.add_argument("voice", nargs="*", metavar="VOICE", help="by default the default voice")
    for name, default, text in (
        ("lengths", (5, 20, 80, 300), "characters of the texts"),
        ("clients", (1, 4, 16), "clients that ask at once; 0 for none"),
    ):
        shown = ",".join(map(str, default))
        command.add_argument(f"--{name}", type=numbers, default=default, metavar="N,N", help=f"{text} ({shown})")
    command.add_argument("--rounds", type=number, default=5, metavar="N", help="readings of each (5)")
    command.add_argument("--starts", type=number, default=3, metavar="N", help="cold starts, 0 for none (3)")
    command.add_argument(
        "--seconds",
        type=float,
        default=10.0,
        help="after so long with one length readings end with the first sound, with one number of clients "
        "there are no more (10)",
    )
    command.add_argument("--own", action="store_true", help="start a daemon of its own even where one runs")
    json_option(command)


def _doctor(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = command_of(commands, "doctor", "check this installation and say how to mend it", "doctor:doctor")
    json_option(command)


_COMMANDS = {
    "say": _say,
    "stop": _stop,
    "voices": _voices,
    "status": _status,
    "serve": _serve,
    "models": models,
    "disk": disk,
    "cache": _cache,
    "text": _text,
    "lexicon": _lexicon,
    "convert": convert,
    "bench": _bench,
    "doctor": _doctor,
}
