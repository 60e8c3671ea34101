"""Reads the data in a pickle without Python's pickle machinery, so that nothing that it names is imported or called.

A pickle is a program for a small stack machine. This is that machine with the few steps that build plain data; whoever
calls it says what the few known names make of their arguments. Any other name becomes a Placeholder, which keeps the
name and swallows all that is done to it: what a trainer keeps beside its model may be anything, and nobody looks at it.
Operations: pickletools. Nothing recurses, nothing is copied, and each step makes at most one object.
"""

from __future__ import annotations

import pickletools
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, cast

from edge_tts.errors import ConversionError

LONGEST = 32_000_000
"""Bytes of a pickle; names and shapes of the largest checkpoints take under one million."""
_MOST_STEPS = 2_000_000
"""Most operations of a pickle; the largest checkpoints take some hundred thousand."""
_MOST_ARGUMENTS = 16

Known = Mapping[str, Callable[..., Any]]
"""What names like `collections.OrderedDict` make of their arguments; they must neither recurse nor copy."""


class Malformed(ConversionError):
    """A pickle that does not hold together, or asks for what data never needs."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Stands for an object of an unknown class or function, which was not made.

    Attributes:
        name: what the pickle calls it, such as `builtins.exec`.
    """

    name: str


@dataclass(frozen=True, slots=True)
class _Global:
    name: str


_MARK = object()


def load(file: IO[bytes], known: Known, persistent: Callable[[Any], Any]) -> Any:
    """Return what a pickle holds; the file is left behind its end.

    Args:
        file: contains the pickle at its position.
        known: the names that are understood.
        persistent: returns what an identity stands for; it may raise ConversionError.

    Raises:
        Malformed: it is damaged, too large, or asks for what data never needs.
    """
    machine = _Machine(known, persistent)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes that Python does not know: what has them is damaged
            for steps, (operation, argument, _) in enumerate(pickletools.genops(cast(IO[bytes], _Limited(file)))):
                if steps > _MOST_STEPS:
                    raise Malformed(f"it has more than {_MOST_STEPS} steps, which no checkpoint needs")
                machine.step(operation.name, argument)
        return machine.stack.pop()
    except (ValueError, TypeError, LookupError, OverflowError, AttributeError) as error:
        raise Malformed(f"{error or type(error).__name__}") from error


class _Limited:
    """A file of which no more is read than a pickle may have."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._left = file, LONGEST

    def read(self, count: int) -> bytes:
        return self._taken(self._file.read(min(count, self._left + 1)))

    def readline(self) -> bytes:
        return self._taken(self._file.readline(self._left + 1))

    def _taken(self, found: bytes) -> bytes:
        self._left -= len(found)
        if self._left < 0:
            raise Malformed(f"it has more than {LONGEST} bytes of names and numbers")
        return found


@dataclass(slots=True)
class _Machine:
    known: Known
    persistent: Callable[[Any], Any]
    stack: list[Any] = field(default_factory=list)
    below: list[list[Any]] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def step(self, operation: str, argument: Any) -> None:
        """Do one operation."""
        if operation in _CONSTANTS:
            self.stack.append(_CONSTANTS[operation])
        elif operation in _VALUES:
            self.stack.append(argument)
        elif operation not in _IGNORED:
            act = _ACTS.get(operation)
            if act is None:
                raise Malformed(f"it uses {operation}, which plain data never does")
            act(self, argument)

    def marked(self) -> list[Any]:
        """Return what was put on the stack since the last mark."""
        found, self.stack = self.stack, self.below.pop()
        return found

    def push(self, value: Any) -> None:
        """Put a value on the stack."""
        self.stack.append(value)

    def mark(self, _: Any) -> None:
        """Begin a new stack."""
        self.below.append(self.stack)
        self.stack = []

    def drop(self, _: Any) -> None:
        """Forget the last value, or the last mark if nothing is behind it."""
        if self.stack:
            self.stack.pop()
        else:
            self.marked()

    def keep(self, place: Any) -> None:
        """Remember the last value; MEMOIZE counts the places itself."""
        self.memo[len(self.memo) if place is None else place] = self.stack[-1]

    def named(self, _: Any) -> None:
        """Put the name that two strings make."""
        name, module = self.stack.pop(), self.stack.pop()
        self.push(_Global(_dotted(module, name)))

    def last(self, count: int) -> None:
        """Put a tuple of the last values."""
        cut = len(self.stack) - count
        if cut < 0:
            raise Malformed("it takes more from the stack than there is")
        found = tuple(self.stack[cut:])
        del self.stack[cut:]
        self.push(found)

    def call(self, _: Any) -> None:
        """Put what a known name makes of its arguments, a placeholder for any other."""
        arguments, what = self.stack.pop(), self.stack.pop()
        make = self.known.get(what.name) if isinstance(what, _Global) else None
        if not isinstance(arguments, tuple) or len(arguments) > _MOST_ARGUMENTS:
            raise Malformed(f"it calls {name_of(what)!a:.80} with what are no arguments")
        self.push(Placeholder(name_of(what)) if make is None else make(*arguments))

    def unknown(self, count: int) -> None:
        """Put a placeholder for an object of a class that is below so many arguments."""
        del self.stack[len(self.stack) - count :]
        self.push(Placeholder(name_of(self.stack.pop())))

    def replace(self, name: str) -> None:
        """Put a placeholder for what is made of all since the last mark."""
        self.marked()
        self.push(Placeholder(name))

    def extend(self, values: list[Any]) -> None:
        """Add to the list below."""
        target = self.stack[-1]
        if isinstance(target, list):
            target += values
        elif not isinstance(target, Placeholder):
            raise Malformed(f"it appends to a {type(target).__name__}")

    def fill(self, values: list[Any]) -> None:
        """Set entries of the dictionary below: keys and values in turn."""
        target = self.stack[-1]
        if isinstance(target, dict):
            target.update(_pairs(values))
        elif not isinstance(target, Placeholder):
            raise Malformed(f"it sets entries of a {type(target).__name__}")

    def build(self, _: Any) -> None:
        """Leave out the state of an object: data has none that matters, and objects are not made."""
        self.stack.pop()
        if not self.stack:
            raise Malformed("it sets the state of nothing")


def _pairs(values: list[Any]) -> dict[Any, Any]:
    keys = values[::2]
    if len(values) % 2 or not all(isinstance(key, str | int | float | bytes | None) or _flat(key) for key in keys):
        raise Malformed("a dictionary in it has keys that are no names or numbers")
    return dict(zip(keys, values[1::2], strict=True))


def _flat(key: Any) -> bool:
    """Return whether a key is a short tuple of names and numbers; the hash of a deep one would recurse."""
    return isinstance(key, tuple) and len(key) < 9 and all(isinstance(one, str | int | float) for one in key)


def _dotted(module: Any, name: Any) -> str:
    if not isinstance(module, str) or not isinstance(name, str):
        raise Malformed("it names something by what is no name")
    return f"{module}.{name}"


def name_of(what: Any) -> str:
    """Return the name of something that a pickle names."""
    return what.name if isinstance(what, _Global | Placeholder) else f"an object of a {type(what).__name__}"


_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_IGNORED = {"PROTO", "FRAME", "STOP"}
_VALUES = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
}
_ACTS: dict[str, Callable[[_Machine, Any], None]] = {
    "MARK": _Machine.mark,
    "POP": _Machine.drop,
    "POP_MARK": lambda machine, _: machine.marked().clear(),
    "DUP": lambda machine, _: machine.push(machine.stack[-1]),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), _Machine.keep),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), lambda machine, place: machine.push(machine.memo[place])),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "LIST": lambda machine, _: machine.push(machine.marked()),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.marked())),
    "TUPLE1": lambda machine, _: machine.last(1),
    "TUPLE2": lambda machine, _: machine.last(2),
    "TUPLE3": lambda machine, _: machine.last(3),
    "DICT": lambda machine, _: machine.push(_pairs(machine.marked())),
    "APPEND": lambda machine, _: machine.extend([machine.stack.pop()]),
    "APPENDS": lambda machine, _: machine.extend(machine.marked()),
    "SETITEM": lambda machine, _: machine.fill([machine.stack.pop(-2), machine.stack.pop()]),
    "SETITEMS": lambda machine, _: machine.fill(machine.marked()),
    "GLOBAL": lambda machine, name: machine.push(_Global(name.replace(" ", "."))),
    "STACK_GLOBAL": _Machine.named,
    "REDUCE": _Machine.call,
    "BUILD": _Machine.build,
    "NEWOBJ": lambda machine, _: machine.unknown(1),
    "NEWOBJ_EX": lambda machine, _: machine.unknown(2),
    "INST": lambda machine, name: machine.replace(name.replace(" ", ".")),
    "OBJ": lambda machine, _: machine.push(Placeholder(name_of(machine.marked()[0]))),
    "EMPTY_SET": lambda machine, _: machine.push(Placeholder("set")),
    "ADDITEMS": lambda machine, _: machine.marked().clear(),
    "FROZENSET": lambda machine, _: machine.replace("frozenset"),
    "BINPERSID": lambda machine, _: machine.push(machine.persistent(machine.stack.pop())),
}
