"""What trainers keep in a checkpoint beside the model, as `state_dict()` of PyTorch's classes gives it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Tensors = Mapping[str, NDArray[np.float32]]


def adam(tensors: Tensors, rate: float = 1e-3) -> dict[str, Any]:
    """Return the state of an Adam optimizer after a step: two moments of each tensor, and its settings."""
    state = {
        number: {"step": np.ones((), np.float32), "exp_avg": 0.1 * one, "exp_avg_sq": 0.01 * one * one}
        for number, one in enumerate(tensors.values())
    }
    group = {"lr": rate, "betas": (0.9, 0.98), "eps": 1e-9, "weight_decay": 0.0, "amsgrad": False, "maximize": False}
    group |= {"foreach": None, "capturable": False, "differentiable": False, "fused": None, "initial_lr": rate}
    return {"state": state, "param_groups": [{**group, "params": list(state)}]}


def noam() -> dict[str, Any]:
    """Return the state of the scheduler of acoustic models."""
    state = {"warmup_steps": 4000, "base_lrs": [0.001], "last_epoch": 1, "verbose": False, "_step_count": 2}
    return {**state, "_get_lr_called_within_step": False, "_last_lr": [2.5e-7]}


def multi_step() -> dict[str, Any]:
    """Return the state of MultiStepLR, which keeps its milestones in a Counter."""
    milestones = Counter([200000, 400000, 600000, 800000])
    state = {"milestones": milestones, "gamma": 0.5, "base_lrs": [2e-4], "last_epoch": 0, "verbose": False}
    return {**state, "_step_count": 1, "_get_lr_called_within_step": False, "_last_lr": [2e-4]}


def acoustic(tensors: Tensors, steps: int = 0) -> dict[str, Any]:
    """Return a checkpoint of an acoustic model."""
    return {"optimizer": adam(tensors), "scheduler": noam(), "steps": steps, "model": dict(tensors)}


def vocoder(tensors: Tensors, steps: int = 1) -> dict[str, Any]:
    """Return a checkpoint of a vocoder with its discriminators."""
    judge = {"discriminators.0.weight": np.zeros((2, 3), np.float32)}
    names = ("MultiScaleDiscriminator", "MultiPeriodDiscriminator")
    optimizers = {"generator": adam(tensors), "discriminator": {name: adam(judge) for name in names}}
    schedulers = {"generator": multi_step(), "discriminator": {name: multi_step() for name in names}}
    model = {"generator": dict(tensors), "discriminator": {name: judge for name in names}}
    return {"optimizer": optimizers, "scheduler": schedulers, "steps": steps, "model": model}


def strange() -> dict[str, Any]:
    """Return states that other trainers keep: sets, arrays of NumPy, objects of classes that are nowhere."""
    losses: defaultdict[str, list[float]] = defaultdict(list)
    losses["mel"].append(0.5)
    return {
        "best": np.float64(0.25),
        "random": np.random.default_rng(0).bit_generator.state,
        "seen": {1, 2},
        "fixed": frozenset({3}),
        "losses": losses,
        "shape": np.dtype("float32"),
        "slice": slice(1, 2),
        "number": 2j,
        "bytes": bytearray(b"x"),
        "where": range(3),
    }
