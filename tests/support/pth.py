"""Writes what torch.save writes, without PyTorch: the pickle names PyTorch's functions, none of them is needed.

Whatever is no array goes into the pickle as it is: a Counter stays one, an object of any class as Python pickles it.
"""

from __future__ import annotations

import io
import pickle
import sys
import types
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

_STORAGES = {"float32": "FloatStorage", "float64": "DoubleStorage", "int64": "LongStorage"}


def _modules() -> dict[str, types.ModuleType]:
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for name in _STORAGES.values():
        setattr(torch, name, type(name, (), {"__module__": "torch"}))

    def _rebuild_tensor_v2(*_: Any) -> None: ...

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]
    return {"torch": torch, "torch._utils": utils}


class _Storage:
    def __init__(self, key: str, array: np.ndarray[Any, Any]) -> None:
        self.key, self.array = key, array


class _Tensor:
    def __init__(self, storage: _Storage, rebuild: Any) -> None:
        self.storage, self.rebuild = storage, rebuild

    def __reduce__(self) -> Any:
        shape = self.storage.array.shape
        strides = tuple(int(np.prod(shape[axis + 1 :])) for axis in range(len(shape)))
        return self.rebuild, (self.storage, 0, shape, strides, False, OrderedDict())


class _StateDict(OrderedDict[str, Any]):
    """As the `state_dict()` of a module: its pickle has an attribute beside the entries."""

    def __reduce__(self) -> Any:
        versions = OrderedDict({"": {"version": 1}})
        return OrderedDict, (), {"_metadata": versions}, None, iter(self.items())


def save(path: Path, tree: Mapping[str, Any]) -> None:
    """Write nested dictionaries of arrays and numbers as a checkpoint."""
    saved = {name: sys.modules.get(name) for name in ("torch", "torch._utils")}
    modules = _modules()
    sys.modules.update(modules)
    try:
        _save(path, tree, modules)
    finally:
        for name, module in saved.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def _save(path: Path, tree: Mapping[str, Any], modules: Mapping[str, Any]) -> None:
    storages: list[_Storage] = []

    def as_torch(node: Any) -> Any:
        if isinstance(node, np.ndarray):
            storages.append(_Storage(str(len(storages)), node))
            return _Tensor(storages[-1], modules["torch._utils"]._rebuild_tensor_v2)
        if type(node) is dict:
            whole = node and all(isinstance(value, np.ndarray) for value in node.values())
            return (_StateDict if whole else dict)((key, as_torch(value)) for key, value in node.items())
        return [as_torch(value) for value in node] if type(node) is list else node

    class Pickler(pickle.Pickler):
        def persistent_id(self, node: Any) -> Any:
            if not isinstance(node, _Storage):
                return None
            kind = getattr(modules["torch"], _STORAGES[str(node.array.dtype)])
            return "storage", kind, node.key, "cpu", node.array.size

    stream = io.BytesIO()
    Pickler(stream, 2).dump(as_torch(tree))
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        name = path.stem
        archive.writestr(f"{name}/data.pkl", stream.getvalue())
        archive.writestr(f"{name}/.format_version", "1")
        archive.writestr(f"{name}/byteorder", "little")
        for storage in storages:
            archive.writestr(f"{name}/data/{storage.key}", storage.array.tobytes())
        archive.writestr(f"{name}/version", "3\n")
        archive.writestr(f"{name}/.data/serialization_id", "0" * 40)
