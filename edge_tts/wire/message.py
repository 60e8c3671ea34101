"""What all messages are.

Records look like dataclasses to whoever reads or checks them, but are none: making the classes of the protocol would
take half of the start of a client.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from edge_tts.errors import RequestError
from edge_tts.wire.fields import REQUIRED, Field, integer

R = TypeVar("R", bound="Record")

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_):
        """Do nothing: it speaks to type checkers."""
        return lambda kind: kind


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Record:
    """Values by name that are never changed; a subclass declares them with the functions of fields.py.

    Attributes:
        fields: what was declared, in that order.
    """

    fields: ClassVar[dict[str, Field]] = {}
    _defaults: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        """Collect the fields."""
        declared = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        cls.fields = {**cls.fields, **declared}
        cls._defaults = {name: field.default for name, field in cls.fields.items() if field.default is not REQUIRED}

    def __init__(self, **values: Any) -> None:
        """Take the values unchecked; `check` builds one from untrusted values."""
        values = {**self._defaults, **values}
        if values.keys() != self.fields.keys():
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(self.fields)}, got {', '.join(values)}")
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse: a record never changes."""
        raise AttributeError(f"{type(self).__name__} is not changed: {name}")

    def __eq__(self, other: object) -> bool:
        """Return whether the other is of the same kind and has the same values."""
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Return the call that makes an equal record."""
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.values().items())})"

    def values(self) -> dict[str, Any]:
        """Return the values by name, in the order of `fields`."""
        values = vars(self)
        return {name: values[name] for name in self.fields}

    def changed(self: R, **values: Any) -> R:
        """Return the same but for some values, unchecked."""
        return type(self)(**{**vars(self), **values})


class Message(Record):
    """Base of all messages; `id` ties replies to the request of the same connection, 0 when none is known."""

    type: ClassVar[str] = ""
    id: int = integer(0)


def check(kind: type[R], values: Mapping[str, Any]) -> R:
    """Build a `kind` from untrusted values; unknown ones are ignored.

    Raises:
        RequestError: a field is missing or out of range; the message says what was expected and what came.
    """
    chosen = {}
    for name, field in kind.fields.items():
        if name in values:
            if refusal := field.kind.refusal(name, values[name]):
                raise RequestError(refusal)
            chosen[name] = values[name]
        elif field.default is REQUIRED:
            raise RequestError(f"{name} is missing, expected {field.kind.expected}")
    return kind(**chosen)
