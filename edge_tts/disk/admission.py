"""Decides whether a write may begin, from numbers alone; nothing is looked at or changed here."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from edge_tts.config.settings import Disk
from edge_tts.disk.eviction import plan
from edge_tts.disk.units import Unit
from edge_tts.errors import BudgetExceeded, DiskFull, StoreError
from edge_tts.sizes import size


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the budget that one category may take at most.

    Attributes:
        category: the category that has this share.
        limit_bytes: the most bytes that the category may take.
        used_bytes: the bytes that it takes, with what is reserved for it.
    """

    category: str
    limit_bytes: int
    used_bytes: int


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision is made from.

    Attributes:
        used_bytes: what we take of all disks.
        reserved_bytes: what others were promised and have not written yet.
        free_bytes: the free space of the disk that would be written to.
        promised_bytes: the part of `reserved_bytes` that goes to that disk.
        limits: the budget and the reserve.
        share: the share of the category that would be written to, None where only the budget limits.
        evictable: what may be removed; () if nobody has looked.
        now: seconds since the epoch.
    """

    used_bytes: int
    reserved_bytes: int
    free_bytes: int
    promised_bytes: int
    limits: Disk
    share: Share | None = None
    evictable: Sequence[Unit] = ()
    now: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided: admitted, admitted after an eviction, or refused.

    Attributes:
        evict: what must go first, in this order.
        over_budget_bytes: the bytes by which it would exceed the budget even then.
        over_share_bytes: the bytes by which it would exceed its category's share even then.
        lacking_bytes: the bytes that the disk lacks, with what must stay free; nothing is evicted for that.
    """

    evict: Sequence[Unit]
    over_budget_bytes: int
    over_share_bytes: int
    lacking_bytes: int

    @property
    def possible(self) -> bool:
        """Whether it may begin, now or after the eviction."""
        return max(self.over_budget_bytes, self.over_share_bytes, self.lacking_bytes) <= 0

    @property
    def admitted(self) -> bool:
        """Whether it may begin now."""
        return self.possible and not self.evict


def decide(situation: Situation, wanted_bytes: int) -> Verdict:
    """Decide about a write that takes at most so many bytes."""
    over_share = _over_share(situation, wanted_bytes)
    own = _of_its_own(situation, over_share)
    freed = sum(unit.bytes for unit in own)
    over = situation.used_bytes + situation.reserved_bytes + wanted_bytes - situation.limits.budget_bytes - freed
    gone = {unit.path for unit in own}
    rest = [unit for unit in situation.evictable if unit.path not in gone]
    more = plan(rest, over, situation.now, situation.limits)
    over -= sum(unit.bytes for unit in more)
    keep = situation.limits.reserve_bytes
    lacking = wanted_bytes + situation.promised_bytes + keep - situation.free_bytes if wanted_bytes else 0
    return Verdict((*own, *more), max(over, 0), max(over_share - freed, 0), max(lacking, 0))


def _over_share(situation: Situation, wanted_bytes: int) -> int:
    share = situation.share
    return share.used_bytes + wanted_bytes - share.limit_bytes if share else 0


def _of_its_own(situation: Situation, over_share: int) -> list[Unit]:
    """Return what must go so that a category keeps to its share."""
    if situation.share is None or over_share <= 0:
        return []
    own = [unit for unit in situation.evictable if unit.category == situation.share.category]
    return plan(own, over_share, situation.now, situation.limits)


def refusal(
    situation: Situation, verdict: Verdict, wanted_bytes: int, purpose: str, place: str, models: Sequence[Unit]
) -> StoreError:
    """Return the error that says why: both numbers, and what could be removed.

    Args:
        situation: what was decided on.
        verdict: what was decided.
        wanted_bytes: the bytes that were asked for.
        purpose: what the bytes are for, such as "installing model kokoro".
        place: the folder that would be written to.
        models: the installed models, the least recently used first.
    """
    needs, limits = f"{purpose} needs {size(wanted_bytes)}", situation.limits
    if verdict.over_budget_bytes > 0:
        evictable = sum(unit.bytes for unit in verdict.evict)
        return BudgetExceeded(
            f"{needs}, which is {size(verdict.over_budget_bytes)} too much: of the budget of "
            f"{size(limits.budget_bytes)}, {size(situation.used_bytes)} are used ({size(evictable)} of that could be "
            f"evicted) and {size(situation.reserved_bytes)} promised to others; {_removable(models)}"
        )
    if situation.share and verdict.over_share_bytes > 0:
        share = situation.share
        taken = f"of the share of {size(share.limit_bytes)} of {share.category}, {size(share.used_bytes)} are in use"
        return BudgetExceeded(f"{needs}, which is {size(verdict.over_share_bytes)} too much: {taken}")
    return DiskFull(
        f"{purpose} needs {wanted_bytes} bytes in {place}, the disk has {situation.free_bytes} free, "
        f"{situation.promised_bytes} of them promised to others; {limits.reserve_bytes} must stay free"
    )


def _removable(models: Sequence[Unit]) -> str:
    if not models:
        return "there is no model to remove"
    return f"models that could be removed: {', '.join(map(describe, models))}"


def describe(model: Unit) -> str:
    """Return name, version, size and last use of an installed model, for people."""
    name, version = model.path.rsplit("/", 2)[1:]
    last_use = "in use" if model.leased else time.strftime("last used %Y-%m-%d", time.localtime(model.used))
    return f"{name} {version} ({size(model.bytes)}, {last_use})"
