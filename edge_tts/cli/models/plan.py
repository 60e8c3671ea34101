"""`edge-tts disk plan`: what models would take of the disk, and what has to change if it is too much."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from edge_tts import store
from edge_tts.cli.terminal import bar, bold, green, print_json, red, size, table
from edge_tts.config.loading import load as load_config
from edge_tts.disk import Unit, models
from edge_tts.disk.admission import describe
from edge_tts.store import Change, Plan
from edge_tts.store.plan import VOCODER_OF, Wanted

_COLUMNS = {
    "model": "MODEL",
    "part": "PART",
    "bytes": "SIZE",
    "share": "SHARE OF THE BUDGET",
    "smaller": "COULD BE",
}


def show(options: argparse.Namespace) -> None:
    """Show the plan for all named models; nothing is installed."""
    settings = load_config()
    names = [path_or_name(name) for name in options.names]
    plan, installed = store.plan_for(settings, names), models(settings.paths)
    if options.json:
        print_json(as_json(plan, installed))
    else:
        print_plan(plan, installed)


def path_or_name(name: str) -> str | Path:
    """Return a path for what looks like one, otherwise a name of the catalog."""
    return Path(name) if "/" in name or name.endswith(".toml") else name


def print_plan(plan: Plan, installed: list[Unit]) -> None:
    """Print the table of parts, the totals, and whether it fits."""
    budget, room = plan.room.budget_bytes, plan.room
    print(table(_rows(plan), _COLUMNS))
    for model in plan.models:
        if model.installed:
            print(f"{model.name} {model.version} is installed already and counts in what is in use")
    print()
    kept = room.used_bytes - room.evictable_bytes
    facts = {
        "download": size(sum(model.download_bytes for model in plan.models)),
        "in the end": size(plan.final_bytes),
        "on the way": f"{size(plan.peak_bytes)} at most",
        "in use": f"{size(room.used_bytes)}, {size(room.evictable_bytes)} of it can be evicted",
        "budget": f"{_share(kept + plan.peak_bytes, budget)}  {size(kept + plan.peak_bytes)} of {size(budget)}",
        "free": f"{size(room.free_bytes)} on the disk of the models, {size(room.keep_free_bytes)} must stay so",
    }
    for name, value in facts.items():
        print(f"{bold(f'{name:<11}')} {value}")
    for line in [*_verdict(plan, installed), *_exchanges(plan)]:
        print(line)


def as_json(plan: Plan, installed: list[Unit]) -> dict[str, Any]:
    """Return the plan for programs."""
    return {
        "models": [
            {
                "name": model.name,
                "version": model.version,
                "installed": model.installed,
                "download_bytes": model.download_bytes,
                "installed_bytes": model.installed_bytes,
                "prepared_bytes": model.prepared_bytes,
                "peak_bytes": model.peak_bytes,
                "parts": [
                    {"name": part.name, "bytes": part.bytes, "smaller": dict(part.smaller)} for part in model.parts
                ],
            }
            for model in plan.models
        ],
        "final_bytes": plan.final_bytes,
        "peak_bytes": plan.peak_bytes,
        "budget_bytes": plan.room.budget_bytes,
        "used_bytes": plan.room.used_bytes,
        "evictable_bytes": plan.room.evictable_bytes,
        "free_bytes": plan.room.free_bytes,
        "over_budget_bytes": plan.over_budget_bytes,
        "lacking_bytes": plan.lacking_bytes,
        "changes": [
            {"model": change.model, "part": change.part, "form": change.form, "saved_bytes": change.saved_bytes}
            for change in plan.changes()
        ],
        "removable": [{"path": unit.path, "bytes": unit.bytes, "last_used": unit.used} for unit in installed],
    }


def _rows(plan: Plan) -> list[dict[str, Any]]:
    budget, rows = plan.room.budget_bytes, []
    for model in plan.models:
        parts = [(part.name, part.bytes, part.smaller) for part in model.parts]
        if model.prepared_bytes:
            parts.append(("prepared graphs", model.prepared_bytes, ()))
        for name, taken, smaller in sorted(parts, key=lambda part: -part[1]) or [("no files", 0, ())]:
            forms = ", ".join(f"{form} {size(less)}" for form, less in smaller)
            rows.append(
                {
                    "model": model.name,
                    "part": name,
                    "bytes": size(taken),
                    "share": _share(taken, budget),
                    "smaller": forms,
                }
            )
    return rows


def _share(taken: int, budget: int) -> str:
    share = taken / budget if budget else 1.0
    return f"{bar(min(share, 1.0))} {share:5.1%}"


def _verdict(plan: Plan, installed: list[Unit]) -> list[str]:
    over, lacking = plan.over_budget_bytes, plan.lacking_bytes
    if not over and not lacking:
        left = plan.room.budget_bytes - plan.room.used_bytes + plan.room.evictable_bytes - plan.final_bytes
        return [green(f"it fits, {size(left)} of the budget are left then")]
    lines = [red(f"the disk has {size(lacking)} too little free")] if lacking else []
    if over:
        lines += [red(f"it is {size(over)} more than the budget allows"), *_remedies(plan, installed)]
    return lines


def _exchanges(plan: Plan) -> list[str]:
    """Return what smaller vocoders of other models would save, and how to have them."""
    return [
        f"with the {form} {model.name} takes {size(part.bytes - less)} less: {_exchange(model, form)}"
        for model in plan.models
        for part in model.parts
        for form, less in part.smaller
        if form.startswith(VOCODER_OF)
    ]


def _exchange(model: Wanted, form: str) -> str:
    """Return the commands that have a model speak with a vocoder, for a shell."""
    install = f"edge-tts models install {shlex.quote(model.install)} && " if model.install else ""
    return f"{install}edge-tts models exchange-vocoder {model.name} {shlex.quote(form.removeprefix(VOCODER_OF))}"


def _remedies(plan: Plan, installed: list[Unit]) -> list[str]:
    changes, lines = plan.changes(), []
    if changes:
        saved = sum(change.saved_bytes for change in changes)
        enough = "it fits with" if saved >= plan.over_budget_bytes else "even this is not enough:"
        lines.append(f"{enough} {', and '.join(map(_words, changes))}: {size(saved)} less")
    if installed:
        lines.append(f"models that could be removed: {', '.join(map(describe, installed))}")
    lines.append(f"or with a budget of {size(plan.room.budget_bytes + plan.over_budget_bytes)} (disk.budget_bytes)")
    return lines


def _words(change: Change) -> str:
    if not change.part:
        return f"without {change.model}"
    return f"{change.part} of {change.model} as {change.form} (saves {size(change.saved_bytes)})"
