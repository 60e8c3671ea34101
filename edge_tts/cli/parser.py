"""The words of the command line; what they do is imported when they are used."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module

from edge_tts.version import __version__

Run = Callable[[argparse.Namespace], "int | None"]


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed arguments; `run` is the function to call with them. Exits with 2 on a usage error."""
    return parser().parse_args(arguments)


def parser() -> argparse.ArgumentParser:
    """Return the whole parser; docs/cli.md is generated from it."""
    top = argparse.ArgumentParser(
        prog="edge-tts",
        description="Speak Chinese and English offline, through the voice daemon of this device.",
        epilog="exit status: 0 done, 2 usage, 3 protocol, 4 request, 5 model store, 6 engine, 7 sound, 8 no daemon, "
        "9 configuration, 10 conversion, 130 stopped",
    )
    top.add_argument("--version", action="version", version=f"edge-tts {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (_say, _stop, _voices, _status, _serve, _models, _disk, _cache, _text, _lexicon, _convert, _doctor):
        add(commands)
    return top


def _command(commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, function: str):  # type: ignore[no-untyped-def]
    command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    module, _, attribute = function.partition(":")

    def run(options: argparse.Namespace) -> int | None:
        return getattr(import_module(f"edge_tts.cli.{module}"), attribute)(options)  # type: ignore[no-any-return]

    command.set_defaults(run=run)
    return command


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON for programs")


def _emoji(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--emoji",
        choices=("name", "drop"),
        default="name",
        help="read emoji by their names (the default), or not at all",
    )


def _settings(command: argparse.ArgumentParser) -> None:
    command.add_argument("-v", "--voice", metavar="NAME", default="", help="an installed voice, see: edge-tts voices")
    command.add_argument("--speed", type=float, default=1.0, help="1 as trained, 2 twice as fast (0.25 to 4)")
    command.add_argument("--volume", type=float, default=1.0, help="factor on the samples (0 to 4)")
    _emoji(command)


def _say(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(commands, "say", "speak a text; starts a daemon if none runs", "say:say")
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
        help="say again what was kept of the same text, and keep this",
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
    _json(command)


def _stop(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(commands, "stop", "stop all speech", "show:stop")
    _json(command)


def _voices(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(commands, "voices", "list the installed voices", "show:voices")
    _json(command)


def _status(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(commands, "status", "show how the daemon is", "show:status")
    _json(command)


def _serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(commands, "serve", "run the daemon in the foreground", "serve:serve")
    command.add_argument("--preload", action="store_true", help="load the default voice before the first request")
    command.add_argument("--verbose", action="store_true", help="log what happens, not only what goes wrong")
    command.add_argument("--log", metavar="FILE", help="log to a file that keeps inside disk.log_bytes, not to stderr")


def _models(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    group = commands.add_parser("models", help="list, install, remove and verify models").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    command = _command(group, "list", "list the models that can be installed, and which are", "models:show_all")
    _json(command)
    command = _command(group, "show", "show a model: voices, licences, sizes, sources", "models:show_one")
    command.add_argument("name", metavar="NAME")
    _json(command)
    command = _command(group, "install", "install a model and prepare it for this machine", "models:install")
    command.add_argument("name", metavar="NAME", help="of the catalog, or a folder that holds a manifest.toml")
    _installing(command)
    command = _command(group, "add", "install a model that is on this machine", "models:add")
    command.add_argument(
        "path", metavar="PATH", help="a folder that holds a manifest.toml and its files, or an archive"
    )
    command.add_argument(
        "--link", action="store_true", help="leave the files in that folder, on another disk, and use them there"
    )
    _installing(command)
    command = _command(group, "update", "install the catalog's version of what is installed", "versions:update")
    command.add_argument("name", metavar="NAME", nargs="?", help="default: all installed models")
    _installing(command)
    command = _command(group, "use", "make an installed version of a model the default", "versions:use")
    command.add_argument("name", metavar="NAME")
    command.add_argument("version", metavar="VERSION")
    _json(command)
    command = _command(group, "rollback", "make the version the default that was it before", "versions:roll_back")
    command.add_argument("name", metavar="NAME")
    _json(command)
    command = _command(group, "prepare", "prepare an installed model for this machine and time it", "prepare:run")
    command.add_argument("name", metavar="NAME", nargs="?", help="default: all installed models")
    command.add_argument(
        "--tune",
        action="store_true",
        help="time every way of computing it and keep the fastest, not only the present one",
    )
    _json(command)
    command = _command(group, "remove", "remove an installed model", "models:remove")
    command.add_argument("name", metavar="NAME")
    command.add_argument("version", metavar="VERSION", nargs="?", default="", help="default: all versions")
    _json(command)
    command = _command(
        group, "prune", "remove old versions, damaged models, orphaned graphs and old downloads", "versions:prune"
    )
    command.add_argument("--dry-run", action="store_true", help="only show what would be removed")
    _json(command)
    command = _command(group, "move", "move all models to another disk", "carry:move")
    command.add_argument("folder", metavar="DIR", nargs="?", help="default: back to where they were at first")
    _json(command)
    command = _command(group, "export", "write a model into one file, for a device without a network", "carry:export")
    command.add_argument("name", metavar="NAME")
    command.add_argument("file", metavar="FILE", help="ends in .tar, .tar.gz, .tar.zst or .zip")
    _json(command)
    command = _command(group, "import", "install a model from such a file", "models:add")
    command.add_argument("path", metavar="FILE")
    _installing(command)
    command = _command(group, "verify", "read installed files and compare them with their digests", "models:verify")
    command.add_argument("name", metavar="NAME", nargs="?", help="default: all installed models")
    _json(command)


def _installing(command: argparse.ArgumentParser) -> None:
    command.add_argument("--accept-license", action="store_true", help="agree to what the model's licence asks for")
    command.add_argument("--offline", action="store_true", help="use only what is on this machine")
    _json(command)


def _disk(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(commands, "disk", "show what is taken of the disk and of the budget", "disk:show")
    _json(command)
    group = command.add_subparsers(title="commands", metavar="COMMAND")
    command = _command(
        group, "plan", "show what models would take, and what has to change if it is too much", "plan:show"
    )
    command.add_argument(
        "names",
        metavar="NAME",
        nargs="+",
        help="of the catalog, a manifest, or a TOML file of models that are only thought of",
    )
    _json(command)
    command = _command(group, "evict", "make room: remove what can be made again", "disk:make_room")
    command.add_argument(
        "size",
        metavar="SIZE",
        nargs="?",
        help="such as 500MB, or all; by default what is used above the low water mark of the budget",
    )
    command.add_argument(
        "--evict-models",
        action="store_true",
        help="then remove installed models that nobody uses too, the least recently used first",
    )
    _json(command)


def _cache(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    group = commands.add_parser("cache", help="show and change what is kept of what was said").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    command = _command(group, "warm", "make the audio of many phrases before anybody asks for it", "warm:warm")
    command.add_argument(
        "file",
        metavar="FILE",
        help="a phrase a line, or with tabs between TEXT, VOICE, STYLE and SPEED; - reads standard input",
    )
    _settings(command)
    command.add_argument("--style", metavar="NAME", default="neutral", help="speaking manner")
    command.add_argument(
        "--format", default="pcm_s16le", help="for clients that ask for flac, ogg_opus or mp3; others need none"
    )
    command.add_argument("--sample-rate", type=int, default=0, metavar="HZ", help="for clients that ask for another")
    command.add_argument("--pin", action="store_true", help="remove them last")
    _json(command)
    _json(_command(group, "list", "list the phrases that are kept", "cache:show"))
    _json(_command(group, "stats", "show how full the cache is", "cache:stats"))
    command = _command(group, "clear", "remove all phrases that are not pinned", "cache:clear")
    command.add_argument("--pinned", action="store_true", help="and those that are")
    _json(command)
    for name, text in (("pin", "have phrases removed last"), ("unpin", "have phrases removed like others")):
        command = _command(group, name, text, f"cache:{name}")
        command.add_argument("id", nargs="+", metavar="ID", help="how it begins, see: edge-tts cache list")
        _json(command)


def _text(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(commands, "text", "show how a text is read", "text:text")
    command.add_argument("text", nargs="*", metavar="TEXT", help="- or nothing reads lines from standard input")
    _emoji(command)
    _json(command)


def _convert(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    group = commands.add_parser("convert", help="turn models of other projects into models to install").add_subparsers(
        title="formats", metavar="FORMAT", required=True
    )
    command = _command(group, "sambert", "convert a Sambert-HiFiGAN package of ModelScope", "convert:sambert")
    command.add_argument("package", metavar="MODEL_DIR", help="the downloaded package")
    command.add_argument("-o", "--output", metavar="OUT", required=True, help="folder to make")
    command.add_argument("--voice", metavar="NAME", action="append", default=[], help="only this one; may be repeated")
    command.add_argument(
        "--precision",
        choices=("fp32", "int8", "auto"),
        default="auto",
        help="int8 is a quarter of the size; auto, the default, is int8 as far as the audio allows",
    )
    command.add_argument(
        "--break-emotion",
        choices=("none", "same"),
        default="none",
        help="whether breaks between words have the emotion of their sentence",
    )
    command.add_argument(
        "--speakers", action="store_true", help="make every speaker of a voice's table a voice, VOICE.SPEAKER"
    )
    command.add_argument(
        "--vocoder", metavar="VOICE_DIR", help="take the vocoder of that voice, voices/NAME of a package, instead"
    )
    _json(command)


def _lexicon(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    group = commands.add_parser("lexicon", help="your own words and how they are read").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    command = _command(group, "add", "add a word or change how it is read", "lexicon:add")
    command.add_argument("word", metavar="WORD", help="Chinese characters, or one English word")
    command.add_argument("reading", metavar="PINYIN", help="chong2qing4; [ipa:ˈɛkstɹə] for an English word")
    command.add_argument("--comment", metavar="TEXT", default="", help="a note for people")
    _json(command)
    command = _command(group, "remove", "remove a word", "lexicon:remove")
    command.add_argument("word", metavar="WORD")
    _json(command)
    command = _command(group, "list", "list the words", "lexicon:show")
    _json(command)
    command = _command(group, "import", "add the words of a file of lines WORD, tab, PINYIN", "lexicon:load")
    command.add_argument(
        "file", metavar="FILE", help="- reads standard input; broken lines are named, the rest is added"
    )
    _json(command)
    command = _command(group, "export", "write the words as import reads them", "lexicon:save")
    command.add_argument("file", metavar="FILE", nargs="?", help="by default standard output")


def _doctor(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(commands, "doctor", "check this installation and say how to mend it", "doctor:doctor")
    _json(command)
