"""Reads the tensors of a PyTorch checkpoint without PyTorch, and without running what a pickle may ask for.

Both formats of torch.save: the zip archive (`data.pkl` and one entry for each storage; PyTorch 1.6 and later) and the
stream of pickles before it. The pickle may only build dictionaries, lists, numbers, strings and tensors; every other
name in it is refused, so that a checkpoint from a stranger can do no more than be wrong.
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import ConversionError

_DTYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
_DAMAGE = (
    *(pickle.UnpicklingError, zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, TypeError),
    *(LookupError, AttributeError, NotImplementedError, RecursionError, OverflowError, MemoryError),
)
"""What reading a damaged pickle or archive may raise."""
_MAGIC = 0x1950A86A20F9469CFC6C
_STREAM_VERSION = 1001
_LONGEST_PICKLE = 64_000_000  # bytes; names and shapes of the largest checkpoints take under one million


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor whose values are read when they are asked for.

    Attributes:
        storage: reads the flat values it is part of.
        offset: of its first value in them.
        shape: of the tensor.
        strides: in values.
    """

    storage: Callable[[], NDArray[Any]]
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self) -> NDArray[np.float32]:
        """Return its values as contiguous float32.

        Raises:
            ConversionError: the checkpoint has fewer values than the tensor needs.
        """
        try:
            flat = self.storage()
        except (OSError, LookupError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise ConversionError(f"the values of a tensor of shape {self.shape} cannot be read: {error}") from error
        last = self.offset + sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))
        if min((self.offset, *self.shape, *self.strides)) < 0 or (0 not in self.shape and last >= len(flat)):
            raise ConversionError(f"a tensor of shape {self.shape} needs {last + 1} values, there are {len(flat)}")
        strides = tuple(step * flat.itemsize for step in self.strides)
        view = np.lib.stride_tricks.as_strided(flat[self.offset :], self.shape, strides, writeable=False)
        return np.ascontiguousarray(view, np.float32)


Tree = Mapping[str, Any]
"""What a checkpoint holds: dictionaries in dictionaries, with tensors, numbers and strings as leaves."""


def read(path: Path) -> Tree:
    """Read a checkpoint; tensors stay on the disk until their `array` is asked for.

    Raises:
        ConversionError: it is missing, damaged, no dictionary, or asks for more than data.
    """
    try:
        found = _read_zip(path) if zipfile.is_zipfile(path) else _read_stream(path)
    except OSError as error:
        raise ConversionError(f"{path} cannot be read: {error.strerror or error}") from error
    except _DAMAGE as error:
        raise ConversionError(f"{path} is no PyTorch checkpoint: {error or type(error).__name__}") from error
    if not isinstance(found, Mapping):
        raise ConversionError(f"{path} holds a {type(found).__name__}, expected a dictionary")
    return found


def tensors(tree: Tree, *keys: str) -> dict[str, Tensor]:
    """Return the tensors under a path of keys by name, without the prefix that distributed training adds.

    Raises:
        ConversionError: there is nothing at that path.
    """
    node: Any = tree
    for key in keys:
        if not isinstance(node, Mapping) or not isinstance(node.get(key), Mapping):
            raise ConversionError(f"the checkpoint has no {'.'.join(keys)}, expected a dictionary of tensors")
        node = node[key]
    return {str(name).removeprefix("module."): value for name, value in node.items() if isinstance(value, Tensor)}


class _Unpickler(pickle.Unpickler):
    """Builds plain data; `storages` gives the values of a storage by its key."""

    def __init__(self, file: IO[bytes], storages: Callable[[str, str, int], Callable[[], NDArray[Any]]]) -> None:
        super().__init__(file, encoding="utf-8")
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        """Return one of the few names that data needs."""
        if module == "torch" and name in _DTYPES:
            return name
        found = _NAMES.get((module, name))
        if found is None:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, only tensors and plain data are read")
        return found

    def persistent_load(self, identity: Any) -> Callable[[], NDArray[Any]]:
        """Return what reads a storage."""
        kind, dtype, key, _, count, *_ = identity
        if kind != "storage" or dtype not in _DTYPES or not isinstance(count, int):
            raise pickle.UnpicklingError(f"unknown storage {kind!r} of type {dtype!r}")
        return self._storages(str(key), _DTYPES[dtype], count)


def _tensor(storage: Any, offset: int, shape: Any, strides: Any, *_: Any) -> Tensor:
    return Tensor(storage, int(offset), tuple(map(int, shape)), tuple(map(int, strides)))


def _parameter(data: Any, *_: Any) -> Any:
    return data


_NAMES: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch", "Size"): tuple,
}


def _read_zip(path: Path) -> Any:
    archive = zipfile.ZipFile(path)
    entries = {name.partition("/")[2]: name for name in archive.namelist()}
    if "data.pkl" not in entries:
        raise ConversionError(f"{path} is a zip archive without data.pkl, no PyTorch checkpoint")
    if "byteorder" in entries and archive.read(_stored(archive, entries["byteorder"], path)).strip() != b"little":
        raise ConversionError(f"{path} has big-endian values, expected little-endian")
    if _stored(archive, entries["data.pkl"], path).file_size > _LONGEST_PICKLE:
        raise ConversionError(f"{path}: its data.pkl is larger than {_LONGEST_PICKLE} bytes")

    def storages(key: str, dtype: str, count: int) -> Callable[[], NDArray[Any]]:
        entry = _stored(archive, entries[f"data/{key}"], path)
        if entry.file_size < count * np.dtype(dtype).itemsize:
            raise ConversionError(f"{path}: storage {key} has {entry.file_size} bytes for {count} values")
        return lambda: np.frombuffer(archive.read(entry), dtype, count)

    return _Unpickler(io.BytesIO(archive.read(entries["data.pkl"])), storages).load()


def _stored(archive: zipfile.ZipFile, name: str, path: Path) -> zipfile.ZipInfo:
    """Return an entry that takes as much memory as it takes of the file; PyTorch writes no other."""
    entry = archive.getinfo(name)
    if entry.compress_type != zipfile.ZIP_STORED:
        raise ConversionError(f"{path}: {name} is compressed, which PyTorch does not do; it may unpack to anything")
    return entry


def _read_stream(path: Path) -> Any:
    """Read the older format: four pickles (magic number, version, machine, data), keys, then the storages' bytes."""
    places: dict[str, tuple[int, int]] = {}

    def storages(key: str, dtype: str, count: int) -> Callable[[], NDArray[Any]]:
        def values() -> NDArray[Any]:
            start, stored = places[key]
            if stored < count:
                raise ConversionError(f"{path}: storage {key} has {stored} values, expected {count}")
            return np.fromfile(path, dtype, count, offset=start)

        sizes[key] = np.dtype(dtype).itemsize
        return values

    sizes: dict[str, int] = {}
    with open(path, "rb") as file:
        if _Unpickler(file, storages).load() != _MAGIC or _Unpickler(file, storages).load() != _STREAM_VERSION:
            raise ConversionError(f"{path} is no PyTorch checkpoint: wrong magic number or version")
        _Unpickler(file, storages).load()
        found = _Unpickler(file, storages).load()
        for key in _Unpickler(file, storages).load():
            (count,) = struct.unpack("<q", file.read(8))
            places[str(key)] = (file.tell(), count)
            file.seek(count * sizes[str(key)], io.SEEK_CUR)
    return found
