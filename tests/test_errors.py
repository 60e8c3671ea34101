"""The tree of errors, and the places that repeat it for people."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from edge_tts import errors
from edge_tts.errors import EdgeTTSError, from_wire
from tests.support.documents import ROOT

DOCUMENT = (ROOT / "docs" / "protocol" / "errors.md").read_text("utf-8")


def tree(root: type[EdgeTTSError] = EdgeTTSError, depth: int = 0) -> Iterator[tuple[int, type[EdgeTTSError]]]:
    yield depth, root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from tree(child, depth + 1)


KINDS = [kind for _, kind in tree()]


def test_every_code_belongs_to_one_error() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)


def test_the_docstring_shows_the_tree_as_it_is() -> None:
    assert errors.__doc__ is not None
    head, *lines = re.findall(r"^ {4}(\S.*)$", errors.__doc__, re.MULTILINE)
    assert head.split() == ["EdgeTTSError", "code", "exit", "raised", "when"]
    shown = [re.fullmatch(r"([├└│─ ]*)(\w+) +(\w+) +(\d+) {3}\S.*", line) for line in lines]
    assert [(len(row[1]) // 3, row[2], row[3], int(row[4])) for row in shown if row] == [
        (depth, kind.__name__, kind.code, kind.exit_code) for depth, kind in tree() if depth
    ]
    assert all(shown)


def test_the_protocol_document_has_every_code_with_its_exit_status() -> None:
    assert re.findall(r"^\| `(\w+)` \| (\d+) \| \S", DOCUMENT, re.MULTILINE) == [
        (kind.code, str(kind.exit_code)) for kind in KINDS
    ]


def test_exit_statuses_tell_errors_from_success_and_from_wrong_usage() -> None:
    assert all(kind.exit_code not in (0, 2) for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_comes_off_the_wire_as_it_went_on(kind: type[EdgeTTSError]) -> None:
    error = from_wire(kind.code, "what was expected", 2.5)
    assert type(error) is kind
    assert (str(error), error.retry_after) == ("what was expected", 2.5)


def test_a_code_of_a_later_version_becomes_the_root_and_is_shown() -> None:
    error = from_wire("out_of_tune", "expected a tuned string")
    assert type(error) is EdgeTTSError
    assert str(error) == "out_of_tune: expected a tuned string"
    assert error.exit_code == 1
