"""Every error of the project, one tree; the first split is whose fault it is.

    EdgeTTSError                    code                 exit  raised when
    ├─ ProtocolError                protocol_error         3   the peer's bytes are not our protocol
    ├─ RequestError                 bad_request            4   well formed, but cannot be served
    │  ├─ UnknownVoice              unknown_voice          4   no installed model has that voice
    │  ├─ UnsupportedText           unsupported_text       4   nothing in the text can be read aloud, or too long
    │  ├─ QueueFull                 queue_full             4   too many utterances wait; try again later
    │  ├─ Interrupted               interrupted          130   the utterance was stopped or cut
    │  └─ NotAllowed                not_allowed            4   the peer may not do this
    ├─ StoreError                   store_error            5   the model store cannot do it
    │  ├─ UnknownModel              unknown_model          5   neither the catalog nor the store has that name
    │  ├─ SourceUnavailable         source_unavailable     5   no source of a file answered with the right bytes
    │  ├─ ModelCorrupt              model_corrupt          5   a file differs from its digest
    │  ├─ ModelUnreachable          model_unreachable      5   the disk that holds the model is not there
    │  ├─ LicenseNotAccepted        license_not_accepted   5   the model's licence asks for an agreement
    │  ├─ NeedsConversion           needs_conversion       5   the model has to be converted on a workstation first
    │  ├─ BudgetExceeded            budget_exceeded        5   it would not fit into the disk budget
    │  └─ DiskFull                  disk_full              5   the disk has no room
    ├─ EngineError                  engine_error           6   the engine could not speak this
    │  ├─ EngineCrashed             engine_crashed         6   the worker process ended
    │  └─ EngineTimeout             engine_timeout         6   the worker did not answer in time
    ├─ SinkError                    sink_error             7   no sound device, or it failed
    ├─ DaemonUnavailable            daemon_unavailable     8   nobody answers on the socket
    ├─ ConfigError                  config_error           9   the configuration is wrong
    └─ ConversionError              conversion_error      10   a checkpoint cannot be converted

The code goes over the wire in `failed`; the exit status is the command line's. Neither ever changes.
"""

from __future__ import annotations

from collections.abc import Iterator


class EdgeTTSError(Exception):
    """Base of every error that this package raises on purpose.

    Attributes:
        code: stable name for programs, sent over the wire.
        exit_code: exit status of the command line.
        retry_after: seconds after which trying again makes sense, or None.
    """

    code = "internal"
    exit_code = 1

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """Keep the message for people; it says what was expected and what came."""
        super().__init__(message)
        self.retry_after = retry_after


class ProtocolError(EdgeTTSError):
    """The peer's bytes are not our protocol; the connection cannot go on."""

    code = "protocol_error"
    exit_code = 3


class RequestError(EdgeTTSError):
    """The request is well formed but cannot be served."""

    code = "bad_request"
    exit_code = 4


class UnknownVoice(RequestError):
    """No installed model has a voice of that name."""

    code = "unknown_voice"


class UnsupportedText(RequestError):
    """Nothing in the text can be read aloud, or there is too much of it."""

    code = "unsupported_text"


class QueueFull(RequestError):
    """Too many utterances are waiting."""

    code = "queue_full"


class Interrupted(RequestError):
    """The utterance was stopped before its end."""

    code = "interrupted"
    exit_code = 130


class NotAllowed(RequestError):
    """The peer's credentials do not permit the request."""

    code = "not_allowed"


class StoreError(EdgeTTSError):
    """The model store cannot do what was asked."""

    code = "store_error"
    exit_code = 5


class UnknownModel(StoreError):
    """Neither the catalog nor the store knows a model of that name."""

    code = "unknown_model"


class SourceUnavailable(StoreError):
    """No source of a file answered with the right bytes."""

    code = "source_unavailable"


class ModelCorrupt(StoreError):
    """A file of a model differs from its digest."""

    code = "model_corrupt"


class ModelUnreachable(StoreError):
    """The disk that holds an installed model is not there."""

    code = "model_unreachable"


class LicenseNotAccepted(StoreError):
    """The licence of a model has to be agreed to before it is installed."""

    code = "license_not_accepted"


class NeedsConversion(StoreError):
    """What was to be installed is a package of another project, which has to be converted first."""

    code = "needs_conversion"


class BudgetExceeded(StoreError):
    """The installation would exceed the disk budget."""

    code = "budget_exceeded"


class DiskFull(StoreError):
    """The disk has no room for what would be written."""

    code = "disk_full"


class EngineError(EdgeTTSError):
    """The engine could not speak the utterance."""

    code = "engine_error"
    exit_code = 6


class EngineCrashed(EngineError):
    """The worker process ended while it was needed."""

    code = "engine_crashed"


class EngineTimeout(EngineError):
    """The worker process did not answer in time and was killed."""

    code = "engine_timeout"


class SinkError(EdgeTTSError):
    """There is no sound device, or it failed."""

    code = "sink_error"
    exit_code = 7


class DaemonUnavailable(EdgeTTSError):
    """Nobody answers on the socket."""

    code = "daemon_unavailable"
    exit_code = 8


class ConfigError(EdgeTTSError):
    """The configuration file or the environment is wrong."""

    code = "config_error"
    exit_code = 9


class ConversionError(EdgeTTSError):
    """A checkpoint of another project is damaged, unsupported or not what was expected."""

    code = "conversion_error"
    exit_code = 10


def _tree(root: type[EdgeTTSError]) -> Iterator[type[EdgeTTSError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


def from_wire(code: str, message: str, retry_after: float | None = None) -> EdgeTTSError:
    """Return the error that a `failed` reply stands for; an unknown code gives the base class."""
    for kind in _tree(EdgeTTSError):
        if kind.code == code:
            return kind(message, retry_after=retry_after)
    return EdgeTTSError(f"{code}: {message}", retry_after=retry_after)
