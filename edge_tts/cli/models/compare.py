"""`edge-tts models compare`: two models side by side, in figures, spectrograms and by ear."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from edge_tts import store
from edge_tts.cli.convert import save, steps
from edge_tts.cli.terminal import ProgressBar, agrees, print_json, size, table
from edge_tts.config.loading import load as load_config
from edge_tts.disk import Lease
from edge_tts.errors import RequestError, StoreError
from edge_tts.measuring.comparison import SENTENCES, page, recognizer_files
from edge_tts.measuring.comparison.comparison import Comparison, Subject, compare, hears
from edge_tts.store.installed import Installed

_NAMED = re.compile(r"(?P<name>[^@:]+)(@(?P<version>[^:]+))?(:(?P<variant>[a-z0-9]+))?")


def run(options: argparse.Namespace) -> None:
    """Compare two installed models, or folders of models."""
    bar = ProgressBar()
    try:
        with ExitStack() as stack:
            voices = [*options.voice, *options.voice, "", ""]
            subjects = [subject(one, voice, stack) for one, voice in zip((options.a, options.b), voices, strict=False)]
            ears = recognizer(options.judge, bar)
            found = compare(
                (subjects[0], subjects[1]),
                _texts(options.texts),
                options.threads,
                load_config(),
                judge=options.judge is not False,
                ears=ears,
                report=steps(bar),
            )
    finally:
        bar.close()
    if options.report:
        save(Path(options.report), page.write(f"{options.a} and {options.b}", found))
    if options.json:
        print_json(found.values())
        return
    show(found)
    if options.report:
        print(f"report      {options.report}")


def show(found: Comparison) -> None:
    """Print the figures of both."""
    names = [side.subject.label for side in found.sides]
    lines = [dict(zip("wabr", row, strict=True)) for row in page.rows(found)]
    print(table(lines, {"w": "", "a": names[0], "b": names[1], "r": "RATIO"}))
    for line in page.remarks(found):
        print(line)


def subject(name: str, voice: str, stack: ExitStack) -> Subject:
    """Return what is to be compared.

    Args:
        name: NAME, NAME@VERSION or the path of a folder with a manifest, each with :VARIANT behind it or not.
        voice: a voice of the model, "" for its default.
        stack: keeps its graphs as long as they are needed.

    Raises:
        RequestError: the model has no such voice.
        StoreError: there is no such model.
    """
    paths = load_config().paths
    model, variant, prepared = _model(name)
    if prepared is None:
        files = model.files_for_engine(paths.prepared)
        stack.enter_context(Lease(files.prepared, make=True))
    else:
        files = model.files_for_engine(Path(stack.enter_context(tempfile.TemporaryDirectory())))
    known = [one.name for one in model.voices]
    if voice and voice not in known:
        raise RequestError(f"model {name} has no voice {voice!r}; it has: {', '.join(known)}")
    return Subject(name, files, voice or known[0], variant, model.manifest.needs.installed_bytes)


def _model(name: str) -> tuple[Installed, str, Path | None]:
    """Return model, variant, and its folder where that is no installed one."""
    path, _, variant = name.partition(":")
    if "/" in name or Path(path).is_dir():
        folder = Path(path)
        return Installed(store.manifest_of(folder), folder), variant, folder
    match = _NAMED.fullmatch(name)
    if match is None:
        raise StoreError(f"expected NAME, NAME@VERSION or a folder, perhaps with :VARIANT behind it, got {name!r}")
    found = store.find(load_config().paths, match["name"], match["version"] or "")
    return found, match["variant"] or "", None


def recognizer(judge: bool | None, bar: ProgressBar) -> Path | None:
    """Return the folder of the recognizer; it is fetched where that is asked for, or somebody agrees.

    Args:
        judge: whether that was asked for, None if nothing was said of it.
        bar: shows that it is fetched.

    Raises:
        StoreError: it cannot be fetched, or does not fit into the budget.
    """
    if judge is False or not hears():
        return None
    config = load_config()
    folder = config.paths.cache / "recognizer"
    if found := recognizer_files.kept(folder):
        return found
    print(f"recognizer  {recognizer_files.DESCRIPTION}: {size(recognizer_files.BYTES)}, fetched once", file=sys.stderr)
    print(f"licence     {recognizer_files.LICENCES}", file=sys.stderr)
    if not judge and (config.downloads.offline or not agrees("fetch it?")):
        print("nobody listens: it is fetched with --judge", file=sys.stderr)
        return None
    bar.show("recognizer", "fetching", 0, 0)
    return recognizer_files.install(folder, config)


def _texts(file: str | None) -> list[str]:
    """Return the sentences of a file, one a line, or the usual ones."""
    if file is None:
        return list(SENTENCES)
    try:
        lines = [line.strip() for line in Path(file).read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"{file} cannot be read: {error}") from error
    if not any(lines):
        raise RequestError(f"{file} has no text, expected a sentence a line")
    return [line for line in lines if line]
