"""What values the fields of messages accept, and what is said of others."""

from __future__ import annotations

import re
from typing import Any

import pytest

from edge_tts import wire
from edge_tts.errors import RequestError
from edge_tts.wire import Failed, Hello, Message, Speak

OTHERS = {"text": "Hi", "seq": 0, "code": "internal", "message": ""}
"""What the messages of the table need besides."""

BAD_VALUES: list[tuple[type[Message], str, Any, str]] = [
    (Speak, "id", True, "id must be an integer from 0 to 9223372036854775807, is True"),
    (Speak, "id", 2**63, "id must be an integer from 0 to 9223372036854775807, is 9223372036854775808"),
    (Speak, "text", None, "text must be a string, is None"),
    (Speak, "text", b"Hi", "text must be a string, is b'Hi'"),
    (Speak, "text", ["Hi"], "text must be a string, is ['Hi']"),
    (Speak, "voice", 1, "voice must be a string of at most 256 characters, is 1"),
    (Speak, "speed", 0, "speed must be a number from 0.25 to 4, is 0"),
    (Speak, "speed", 4.01, "speed must be a number from 0.25 to 4, is 4.01"),
    (Speak, "speed", float("inf"), "speed must be a number from 0.25 to 4, is inf"),
    (Speak, "speed", float("nan"), "speed must be a number from 0.25 to 4, is nan"),
    (Speak, "speed", "fast", "speed must be a number from 0.25 to 4, is 'fast'"),
    (Speak, "speed", True, "speed must be a number from 0.25 to 4, is True"),
    (Speak, "pitch", 0.49, "pitch must be a number from 0.5 to 2, is 0.49"),
    (Speak, "volume", -0.1, "volume must be a number from 0 to 4, is -0.1"),
    (Speak, "priority", "urgent", f"priority must be one of {', '.join(wire.PRIORITIES)}, is 'urgent'"),
    (Speak, "priority", ["text"], f"priority must be one of {', '.join(wire.PRIORITIES)}, is ['text']"),
    (Speak, "output", "", "output must be one of play, return, both, none, is ''"),
    (Speak, "format", "aac", f"format must be one of {', '.join(wire.FORMATS)}, is 'aac'"),
    (Speak, "sample_rate", -1, "sample_rate must be an integer from 0 to 192000, is -1"),
    (Speak, "sample_rate", 192_001, "sample_rate must be an integer from 0 to 192000, is 192001"),
    (Speak, "sample_rate", 8000.0, "sample_rate must be an integer from 0 to 192000, is 8000.0"),
    (Speak, "stream", 0, "stream must be true or false, is 0"),
    (Speak, "cache", "yes", "cache must be true or false, is 'yes'"),
    (Hello, "protocol", 0, "protocol must be an integer from 1 to 9223372036854775807, is 0"),
    (wire.Stop, "scope", "mine", "scope must be one of utterance, client, all, is 'mine'"),
    (wire.Audio, "data", "text", "data must be binary data, is 'text'"),
    (wire.Done, "stats", [], "stats must be a map, is []"),
    (wire.VoiceList, "voices", {}, "voices must be a list, is {}"),
    (Failed, "retry_after", "soon", "retry_after must be a number or nil, is 'soon'"),
]


@pytest.mark.parametrize(("kind", "name", "value", "text"), BAD_VALUES)
def test_a_value_out_of_range_is_refused_in_words(kind: type[Message], name: str, value: Any, text: str) -> None:
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        wire.check(kind, {**OTHERS, name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("speed", 0.25), ("speed", 4), ("pitch", 0.5), ("volume", 0), ("sample_rate", 192_000), ("id", 2**63 - 1)],
)
def test_the_ends_of_a_range_belong_to_it(name: str, value: Any) -> None:
    assert getattr(wire.check(Speak, {"text": "Hi", name: value}), name) == value


def test_a_missing_field_is_named() -> None:
    with pytest.raises(RequestError, match=r"^text is missing, expected a string$"):
        wire.check(Speak, {"id": 1})


def test_a_long_value_is_shown_shortened() -> None:
    with pytest.raises(RequestError) as caught:
        wire.check(Speak, {"text": "Hi", "output": "x" * 1_000_000})
    assert len(str(caught.value)) < 110


# records


def test_a_message_is_never_changed_but_made_anew_with_other_values() -> None:
    hello = Hello(client="one")
    with pytest.raises(AttributeError, match="Hello is not changed: client"):
        hello.client = "two"  # type: ignore[misc]
    assert hello.changed(client="two") == Hello(client="two") != hello
    assert repr(hello) == "Hello(id=0, client='one', protocol=1)"


@pytest.mark.parametrize("values", [{}, {"text": "Hi", "volumen": 1.0}])
def test_a_message_has_all_of_its_fields_and_no_others(values: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="Speak has the fields id, text, voice"):
        Speak(**values)


def test_messages_of_two_kinds_differ_even_where_they_say_the_same() -> None:
    assert wire.Voices(id=1) != wire.Status(id=1)
