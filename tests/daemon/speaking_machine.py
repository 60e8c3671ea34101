"""Everything that can happen to utterances, in any order, and what must hold after each step: a hypothesis machine."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edge_tts.config.loading import load as load_config
from edge_tts.daemon.caching import Prepared
from edge_tts.daemon.sources import FromCache
from edge_tts.daemon.speaking import Speaking
from edge_tts.errors import BudgetExceeded, EdgeTTSError, EngineError, StoreError
from edge_tts.wire import PRIORITIES, Accepted, Audio, Done, Mark, Message, Speak, Started
from edge_tts.wire.replies import Failed
from tests.support import fakes

MODELS = {"a": fakes.model("a"), "b": fakes.model("b"), "newer a": fakes.model("a", "1")}
FAULTS = [
    *("crash", "crash", "crash", "loading fails", "a sentence fails", "a sentence fails", "no process", "processes"),
    *("no device", "device", "budget", "disk", "cannot read", "unexpected"),
]
ROUNDS = 400
"""More than anything that may happen takes to come to its end when nothing fails any more."""


class Asked:
    """A request to speak, and what its client has heard of it."""

    def __init__(self, client: fakes.Client, speak: Speak) -> None:
        self.client, self.speak = client, speak
        self.refused = False
        self.heard = True  # a client that has gone hears no last reply

    @property
    def got(self) -> list[Message]:
        return [message for message in self.client.got if message.id == self.speak.id]

    @property
    def ended(self) -> bool:
        return self.refused or any(isinstance(message, Done | Failed) for message in self.got)


class SpeakingMachine(RuleBasedStateMachine):
    """Clients, workers, sound, cache and time, each a step at a time."""

    counts: ClassVar[Counter[str]] = Counter()
    """How often each thing was tried."""

    def __init__(self) -> None:
        super().__init__()
        config = load_config({"EDGE_TTS_HOME": "/nowhere"})
        self.config = replace(config, limits=replace(config.limits, queue=6, client_queue=3))
        self.clock = fakes.Clock()
        self.speaking = Speaking(
            self.config,
            self.clock,  # type: ignore[arg-type]
            pool=self._made("pool", fakes.Pool),
            loudspeaker=self._made("sound", fakes.Loudspeaker),
            caching=self._made("caching", fakes.Caching),
        )
        self.ids = itertools.count(1)
        self.asked: list[Asked] = []
        self.recordings: list[fakes.Recording] = []

    pool: fakes.Pool
    sound: fakes.Loudspeaker
    caching: fakes.Caching

    def _made(self, name: str, kind: Callable[[Any], Any]) -> Any:
        def make(report: Any) -> Any:
            setattr(self, name, kind(report))
            return getattr(self, name)

        return make

    @initialize()
    def connect(self) -> None:
        self.clients = [fakes.Client(user) for user in (1000, 1000, 1001)]

    # clients

    @rule(
        who=st.integers(0, 2),
        model=st.sampled_from(sorted(MODELS)),
        sentences=st.integers(1, 3),
        output=st.sampled_from(["play", "return", "both", "none"]),
        priority=st.sampled_from(PRIORITIES),
        cached=st.booleans(),
        pin=st.booleans(),
    )
    def speak(self, who: int, model: str, sentences: int, output: str, priority: str, cached: bool, pin: bool) -> None:
        self.counts["speak"] += 1
        client = self.clients[who]
        speak = Speak(id=next(self.ids), text="一" * sentences, voice="v", output=output, priority=priority, pin=pin)
        recording = None
        if cached:
            self.recordings.append(fakes.Recording())
            recording = FromCache(self.recordings[-1], speak, self.caching.reading)  # type: ignore[arg-type]
        asked = Asked(client, speak)
        self.asked.append(asked)
        try:
            self.speaking.submit(client, Prepared(speak, MODELS[model], f"{speak.id:040x}", "1", recording))
        except EdgeTTSError:
            asked.refused = True

    @rule(who=st.integers(0, 2), full=st.booleans())
    def read_slowly(self, who: int, full: bool) -> None:
        self.counts["read_slowly"] += 1
        self.clients[who].full = full
        self.speaking.advance()

    @precondition(lambda self: self.asked)
    @rule(scope=st.sampled_from(["one", "one", "one", "client", "client", "all"]), which=st.integers(0, 99))
    def stop(self, scope: str, which: int) -> None:
        self.counts[f"stop {scope}"] += 1
        one = self.asked[-1 - which % len(self.asked)]
        wanted = {
            "one": lambda u: u.client is one.client and u.speak.id == one.speak.id,
            "client": lambda u: u.client is one.client,
            "all": lambda _: True,
        }[scope]
        self.speaking.stop(wanted, "stopped on request")
        assert one.ended or not one.heard
        assert not [utterance for utterance in self.speaking.queue if wanted(utterance)]

    @rule(who=st.integers(0, 2), really=st.sampled_from([True, False, False]))
    def disconnect(self, who: int, really: bool) -> None:
        if not really:
            return
        self.counts["disconnect"] += 1
        gone = self.clients[who]
        gone.gone = True
        for one in self.asked:
            if one.client is gone and not one.ended:
                one.heard = False
        self.speaking.stop(lambda u: u.client is gone, "the client has gone")
        self.clients[who] = fakes.Client(gone.user)

    # workers, loudspeaker, cache, time

    def _possible(self) -> list[tuple[str, Callable[[], None]]]:
        """What could go on now: a worker loads, speaks or is heard, sound is played, the cache's disk answers."""
        found: list[tuple[str, Callable[[], None]]] = []
        for worker in self.pool.all:
            if worker.outbox:
                found.append(("hear a worker", worker.deliver))
            if worker.state == "loading" and not (worker.killed or worker.outbox):
                found.append(("load", partial(worker.load, None)))
            if worker.works:
                found.append(("make a sentence", worker.work))
        if self.sound.events:
            found.append(("hear the loudspeaker", self.sound.deliver))
        if self.sound.playing:
            found.append(("play", self._play))
        if self.caching.reading.waiting:
            found.append(("read the cache", self.caching.reading.work))
        if self.caching.pending:
            found.append(("keep audio", partial(self.caching.settle, None)))
        return found

    def _play(self) -> None:
        self.sound.play()
        self.speaking.advance()  # as Low makes the loop do

    def _go_on(self, choices: list[int]) -> None:
        for choice in choices:
            if not (possible := self._possible()):
                return
            name, step = possible[choice % len(possible)]
            self.counts[name] += 1
            step()
            self.pool.all = [worker for worker in self.pool.all if worker.outbox or not worker.gone]

    go_on = rule(choices=st.lists(st.integers(0, 11), min_size=1, max_size=6))(_go_on)
    go_on_longer = rule(choices=st.lists(st.integers(0, 11), min_size=4, max_size=16))(_go_on)

    @rule(what=st.sampled_from(sorted(FAULTS)), which=st.integers(0, 9))
    def fail(self, what: str, which: int) -> None:
        alive = [worker for worker in self.pool.all if not worker.killed]
        match what:
            case "crash" if alive:
                alive[which % len(alive)].die(-9 if which % 2 else 1)
            case "loading fails" if loading := [w for w in alive if w.state == "loading" and not w.outbox]:
                loading[which % len(loading)].load(EngineError("a file is damaged"))
            case "a sentence fails" if working := [w for w in alive if w.works]:
                working[which % len(working)].fail()
            case "no process" | "processes":
                self.pool.refuses = what == "no process"
            case "no device" | "device":
                self.sound.refuses = what == "no device"
                self.sound.break_down()
            case "budget" | "disk" if self.caching.pending:
                self.caching.settle(BudgetExceeded("full") if what == "budget" else StoreError("broken"))
            case "cannot read" | "unexpected" if self.caching.reading.waiting:
                self.caching.reading.work(RuntimeError() if what == "unexpected" else StoreError("cannot be read"))
            case _:
                return
        self.counts[what] += 1

    @rule(seconds=st.sampled_from([0.1, 0.1, 1.0, 1.0, 8.0, 40.0, 200.0]))
    def wait(self, seconds: float) -> None:
        """Let time pass; a worker that was at work all the while hangs."""
        self.counts[f"wait {seconds:g} s"] += 1
        self.clock.run(self.clock.now + seconds)

    # what must hold

    @invariant()
    def replies_come_in_order_and_the_last_one_once(self) -> None:
        for one in self.asked:
            kinds = [type(message) for message in one.got]
            if one.refused:
                assert kinds == []
                continue
            if one.heard or kinds:
                assert kinds[:1] == [Accepted]
            assert kinds.count(Started) <= 1
            if Audio in kinds:
                assert Started in kinds[: kinds.index(Audio)]
                assert Mark in kinds[: kinds.index(Audio)]
            last = [kind for kind in kinds if kind in (Done, Failed)]
            assert len(last) <= 1
            assert not last or kinds[-1] is last[0]

    @invariant()
    def nobody_is_left_behind(self) -> None:
        open_ = {(id(one.client), one.speak.id) for one in self.asked if not one.ended and one.heard}
        queued = [(id(utterance.client), utterance.speak.id) for utterance in self.speaking.queue]
        assert len(queued) == len(set(queued))
        assert open_ == set(queued)

    @invariant()
    def the_loudspeaker_has_one_owner(self) -> None:
        assert self.sound.most_owners <= 1
        audible = self.speaking.queue.audible
        assert audible is None or audible in self.speaking.queue

    @invariant()
    def nothing_takes_more_than_its_share(self) -> None:
        assert len(self.speaking.queue) <= self.config.limits.queue

    def teardown(self) -> None:
        """Let nothing fail any more: then everybody is spoken to the end; shut down, and nothing is left."""
        if not hasattr(self, "clients"):
            return
        self.pool.refuses = self.sound.refuses = False
        for client in self.clients:
            client.full = False
        for _ in range(ROUNDS):
            if not self.speaking.queue:
                break
            self.speaking.advance()
            self._go_on(list(range(len(self._possible()))))
            self.replies_come_in_order_and_the_last_one_once()
        self.nobody_is_left_behind()
        assert len(self.speaking.queue) == 0
        self.speaking.close()
        self.replies_come_in_order_and_the_last_one_once()
        while self.caching.reading.waiting:
            self.caching.reading.work()
        assert all(recording.closed == 1 for recording in self.recordings)
