"""What can be configured: the tables, their keys, units and defaults. How they are read is in loading.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field
from pathlib import Path
from typing import Any

from edge_tts.system import values
from edge_tts.system.values import Kind

PROVIDERS = ("auto", "cpu", "cuda", "tensorrt")
"""What `engines.provider` may be."""

_KINDS = {bool: values.flag(), str: values.string()}


def within(low: float, high: float, default: float) -> Any:
    """Declare a number in [low, high] with its default, an integer where the default is one."""
    whole = isinstance(default, int)
    return _of(values.integer(int(low), int(high)) if whole else values.number(low, high), default)


def kind_of(entry: Field[Any]) -> Kind:
    """Return what a key may be."""
    kind: Kind = entry.metadata.get("kind") or _KINDS[type(entry.default)]
    return kind


def _of(kind: Kind, default: Any) -> Any:
    return field(default=default, metadata={"kind": kind})


@dataclass(frozen=True, slots=True)
class Paths:
    """The directories and the socket.

    Attributes:
        state: what must survive: installed models, prepared graphs, logs.
        cache: what can be made again.
        socket: the Unix socket of the daemon.
    """

    state: Path
    cache: Path
    socket: Path

    @property
    def models(self) -> Path:
        """Installed models."""
        return self.state / "models"

    @property
    def catalog(self) -> Path:
        """Manifests that this machine has beside the catalog, such as pinned ones."""
        return self.state / "catalog"

    @property
    def prepared(self) -> Path:
        """Graphs prepared for this machine."""
        return self.state / "prepared"

    @property
    def temporary(self) -> Path:
        """Unfinished writes; on the file system of `models`, so that a rename completes them."""
        return self.state / "tmp"

    @property
    def downloads(self) -> Path:
        """Downloads that were cut and can go on."""
        return self.state / "downloads"

    @property
    def reservations(self) -> Path:
        """Who may write how much; see disk/reservations.py."""
        return self.state / "reservations"

    @property
    def audio(self) -> Path:
        """Synthesized audio that may be asked for again."""
        return self.cache / "audio"

    @property
    def voice_states(self) -> Path:
        """Voices cloned from a reference clip."""
        return self.cache / "voice_states"

    @property
    def lexicon(self) -> Path:
        """The user's own words."""
        return self.state / "lexicon.tsv"

    @property
    def log(self) -> Path:
        """Log of a daemon that the command line started."""
        return self.state / "log" / "daemon.log"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a peer may ask for, table `[limits]`; sent in `welcome`.

    Attributes:
        frame_bytes: longest frame accepted.
        text_characters: longest text of one `speak`.
        queue: how many utterances may wait or be spoken at once.
        connections: how many clients may be connected at once.
        unread_bytes: how much audio may wait for a client to read it; synthesis for it pauses then.
        unread_seconds: how long a client may leave it unread before its connection is closed.
        frame_seconds: how long a frame may take from its first byte to its last.
        silent_seconds: how long a client that never sent a frame keeps its place when others want it.
        user_percent: the share of `connections` and of `queue` that one user may have.
        client_queue: how many utterances of one client may wait or be spoken at once.
        audio_seconds: most audio of one utterance.
        pause_seconds: most silence that marks in one text may ask for, together.
        unstreamed_bytes: most bytes of audio with `stream` false that a worker keeps until its end; all but the first
            two megabytes of an utterance lie on the disk and count towards the budget.
        stalled_seconds: how long an utterance that no engine works on may stand still, and how long a disk may take to
            answer, before the request ends with an error.
        shutdown_seconds: how long utterances may go on after SIGTERM.
    """

    frame_bytes: int = within(1024, 64 << 20, 1_048_576)
    text_characters: int = within(1, 1_000_000, 10_000)
    queue: int = within(1, 1024, 64)
    connections: int = within(1, 4096, 64)
    unread_bytes: int = within(65_536, 256 << 20, 1_048_576)
    unread_seconds: float = within(0.1, 3600, 10.0)
    frame_seconds: float = within(0.1, 3600, 10.0)
    silent_seconds: float = within(0.1, 3600, 10.0)
    user_percent: int = within(1, 100, 75)
    client_queue: int = within(1, 1024, 16)
    audio_seconds: float = within(1, 1_000_000, 7200.0)
    pause_seconds: float = within(0, 1_000_000, 600.0)
    unstreamed_bytes: int = within(65_536, 1 << 40, 1 << 30)
    stalled_seconds: float = within(0.1, 3600, 30.0)
    shutdown_seconds: float = within(0, 60, 1.0)


@dataclass(frozen=True, slots=True)
class Speech:
    """How to speak when a request leaves it open, table `[speech]`.

    Attributes:
        voice: the default voice; "auto" for that of the model that sounds best and is fast enough on this machine.
        rtf_limit: what counts as fast enough: at most so many seconds of synthesis for a second of audio, as measured
            at installation.
        preload: whether the daemon loads that voice's model when it starts.
    """

    voice: str = "auto"
    rtf_limit: float = within(0.01, 100, 0.7)
    preload: bool = False


@dataclass(frozen=True, slots=True)
class Engines:
    """How workers run, table `[engines]`.

    Attributes:
        threads: how many threads compute, 0 for one per core.
        load_seconds: how long loading (and preparing) a model may take.
        sentence_seconds: how long one sentence may take.
        idle_seconds: how long an unused model stays loaded, 0 for ever.
        provider: what computes: "auto" for what was measured best at installation, "cpu", "cuda" or "tensorrt"; where a
            GPU cannot be used, the CPU computes, and `status` says why.
        gpu_memory_bytes: most memory of the GPU that each graph may take, 0 for all there is.
    """

    threads: int = within(0, 256, 0)
    load_seconds: float = within(0.1, 86_400, 120.0)
    sentence_seconds: float = within(0.1, 86_400, 60.0)
    idle_seconds: float = within(0, 31_536_000, 600.0)
    provider: str = _of(values.choice(PROVIDERS), "auto")
    gpu_memory_bytes: int = within(0, 10**15, 0)


@dataclass(frozen=True, slots=True)
class Sound:
    """How to play, table `[sound]`.

    Attributes:
        device: PortAudio's name of the device or a part of it, "" for the system's default.
        idle_seconds: how long the device stays open after the last sound.
        ahead_seconds: how much audio is kept ready ahead of playback.
    """

    device: str = ""
    idle_seconds: float = within(0, 86_400, 2.0)
    ahead_seconds: float = within(0, 60, 4.0)


@dataclass(frozen=True, slots=True)
class Disk:
    """What the daemon may take of the disk, table `[disk]`; bytes may be written as "10GB" or "9.5 GiB".

    Attributes:
        budget_bytes: the most that all our files together may take.
        audio_bytes: the most of it that cached audio may take.
        audio_max_age: for how many days after its last use cached audio and its text are kept, pinned audio longer;
            0 for ever.
        log_bytes: the most of it that logs may take.
        reserve_bytes: how much stays free on a disk; a write that would take it is refused, nothing is deleted for it.
        high_water_percent: the part of the budget above which what can be made again is evicted.
        low_water_percent: the part of the budget down to which it is evicted.
        temporary_seconds: how long an unfinished write that nobody holds is kept.
        download_seconds: how long a download that was cut is kept.
        sweep_seconds: how often everything is measured anew; in between, changes are followed.
        count_environment: whether the Python environment counts towards the budget.
    """

    budget_bytes: int = within(0, 10**18, 10_000_000_000)
    audio_bytes: int = within(0, 10**18, 1_000_000_000)
    audio_max_age: float = within(0, 36_500, 180.0)
    log_bytes: int = within(0, 10**15, 20_000_000)
    reserve_bytes: int = within(0, 10**18, 100_000_000)
    high_water_percent: int = within(1, 100, 95)
    low_water_percent: int = within(0, 100, 90)
    temporary_seconds: float = within(1, 31_536_000, 300.0)
    download_seconds: float = within(1, 315_360_000, 604_800.0)
    sweep_seconds: float = within(1, 604_800, 600.0)
    count_environment: bool = False


@dataclass(frozen=True, slots=True)
class Downloads:
    """How models are downloaded, table `[downloads]`.

    Attributes:
        hub: address of the Hugging Face hub or of a mirror with its layout; `HF_ENDPOINT` is read too.
        modelscope: address of the ModelScope hub.
        connect_seconds: how long a host may take to accept a connection.
        stall_seconds: how long a download may bring almost nothing before it counts as cut.
        attempts: how many attempts in a row may bring nothing new before the next source is taken.
        wait_seconds: pause before the second attempt; it doubles with each further one.
        parallel: how many downloads run at once.
        offline: whether only what is on this machine is used.
    """

    hub: str = "https://huggingface.co"
    modelscope: str = "https://modelscope.cn"
    connect_seconds: float = within(0.1, 3600, 10.0)
    stall_seconds: float = within(0.1, 3600, 30.0)
    attempts: int = within(1, 1000, 5)
    wait_seconds: float = within(0, 3600, 0.5)
    parallel: int = within(1, 64, 4)
    offline: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration."""

    paths: Paths
    limits: Limits = field(default_factory=Limits)
    speech: Speech = field(default_factory=Speech)
    engines: Engines = field(default_factory=Engines)
    sound: Sound = field(default_factory=Sound)
    disk: Disk = field(default_factory=Disk)
    downloads: Downloads = field(default_factory=Downloads)

    def as_message(self) -> dict[str, Any]:
        """Return the tables as plain values, for a process of ours."""
        tables = asdict(self)
        return {**tables, "paths": {name: str(path) for name, path in tables["paths"].items()}}

    @classmethod
    def from_message(cls, tables: Mapping[str, Mapping[str, Any]]) -> Config:
        """Return what `as_message` was made from."""
        return cls(
            paths=Paths(**{name: Path(path) for name, path in tables["paths"].items()}),
            limits=Limits(**tables["limits"]),
            speech=Speech(**tables["speech"]),
            engines=Engines(**tables["engines"]),
            sound=Sound(**tables["sound"]),
            disk=Disk(**tables["disk"]),
            downloads=Downloads(**tables["downloads"]),
        )
