"""Reads the tensors of a PyTorch checkpoint without PyTorch, and without running what a pickle may ask for.

Both formats of torch.save: the zip archive (`data.pkl` and one entry for each storage; PyTorch 1.6 and later) and the
stream of pickles before it. Beside the model, checkpoints carry what trainers keep: states of optimizers and
schedulers, counters, options. What of that is not plain data stays a placeholder (see pickled.py); where a tensor is
asked for, it is refused, so that a checkpoint from a stranger can do no more than be wrong.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from edge_tts.convert.checkpoints import pickled
from edge_tts.convert.checkpoints.pickled import Placeholder
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
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(LookupError, ValueError, TypeError, RuntimeError, OverflowError, MemoryError),
)
"""What reading a damaged archive may raise; RuntimeError is for one with a password."""
_MAGIC = 0x1950A86A20F9469CFC6C
_STREAM_VERSION = 1001
_MOST_AXES = 32


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor whose values are read when they are asked for.

    Attributes:
        storage: reads the flat array that holds its values.
        offset: the index of its first value in that array.
        shape: its number of values along each axis.
        strides: the distance of neighbours along each axis, in values.
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
        except (OSError, *_DAMAGE) as error:
            raise ConversionError(f"the values of a tensor of shape {self.shape} cannot be read: {error}") from error
        if 0 in self.shape:
            return np.zeros(self.shape, np.float32)
        last = self.offset + sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))
        if last >= len(flat):
            raise ConversionError(f"a tensor of shape {self.shape} needs {last + 1} values, there are {len(flat)}")
        strides = tuple(step * flat.itemsize for step in self.strides)
        view = np.lib.stride_tricks.as_strided(flat[self.offset :], self.shape, strides, writeable=False)
        return np.ascontiguousarray(view, np.float32).reshape(self.shape)


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
    except (pickled.Malformed, *_DAMAGE) as error:
        raise ConversionError(f"{path} is no PyTorch checkpoint: {error or type(error).__name__}") from error
    if isinstance(found, Placeholder):
        raise ConversionError(f"{path} {_asks(found)}")
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
        node = node.get(key) if isinstance(node, Mapping) else None
        if isinstance(node, Placeholder):
            raise ConversionError(f"{'.'.join(keys)} of the checkpoint {_asks(node)}")
    if not isinstance(node, Mapping):
        raise ConversionError(f"the checkpoint has no {'.'.join(keys)}, expected a dictionary of tensors")
    if strange := [(name, one) for name, one in node.items() if isinstance(one, Placeholder)]:
        name, one = strange[0]
        raise ConversionError(f"{str(name)!a:.80} of the checkpoint {_asks(one)}")
    return {str(name).removeprefix("module."): value for name, value in node.items() if isinstance(value, Tensor)}


def _asks(what: Placeholder) -> str:
    """Return what is wrong with something that is no data, for people; its name may be any text."""
    return f"asks for {ascii(what.name)[1:-1]:.80}, only tensors and plain data are read"


Values = Callable[[], NDArray[Any]]
"""Reads the flat values of a storage."""


def _unpickled(file: IO[bytes], storages: Callable[[str, str, int], Values]) -> Any:
    """Return what a pickle holds; `storages` gives the values of a storage by its key, type and count."""

    def storage(identity: Any) -> Values | Placeholder:
        kind, dtype, key, _, count, *_ = identity
        if kind != "storage" or not isinstance(key, str) or not isinstance(count, int) or count < 0:
            raise pickled.Malformed("it has a storage that is none")
        name = pickled.name_of(dtype)
        known = _DTYPES.get(name.removeprefix("torch."))
        return storages(key, known, count) if known else Placeholder(name)

    return pickled.load(file, _NAMES, storage)


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> Tensor | Placeholder:
    if isinstance(storage, Placeholder):
        return storage
    numbers = (offset, *shape, *strides) if isinstance(shape, tuple) and isinstance(strides, tuple) else ()
    if not numbers or not all(type(one) is int and one >= 0 for one in numbers) or not callable(storage):
        raise pickled.Malformed("it has a tensor that is none")
    if len(shape) != len(strides) or len(shape) > _MOST_AXES:
        raise pickled.Malformed(f"it has a tensor of {len(shape)} axes with {len(strides)} strides")
    return Tensor(storage, offset, shape, strides)


def _first(data: Any = None, *_: Any) -> Any:
    """Return the first argument: a wrapper around data is left out."""
    return data


def _dictionary(data: Any = None, *_: Any) -> Any:
    """Return the dictionary that another kind of dictionary is made of, a new one where there is none."""
    return data if isinstance(data, dict) else {}


_NAMES: dict[str, Callable[..., Any]] = {
    **dict.fromkeys((f"collections.{name}" for name in ("OrderedDict", "Counter", "defaultdict")), _dictionary),
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _first,
    "torch._utils._rebuild_parameter_with_state": _first,
    "torch.Size": _first,
}


def _read_zip(path: Path) -> Any:
    archive = zipfile.ZipFile(path)
    entries = {name.partition("/")[2]: name for name in archive.namelist()}
    if "data.pkl" not in entries:
        raise ConversionError(f"{path} is a zip archive without data.pkl, no PyTorch checkpoint")
    if "byteorder" in entries and archive.read(_stored(archive, entries["byteorder"], path)).strip() != b"little":
        raise ConversionError(f"{path} has big-endian values, expected little-endian")
    described = _stored(archive, entries["data.pkl"], path)
    if described.file_size > pickled.LONGEST:
        raise ConversionError(f"{path}: its data.pkl is larger than {pickled.LONGEST} bytes")

    def storages(key: str, dtype: str, count: int) -> Values:
        if (name := entries.get(f"data/{key}")) is None:
            raise pickled.Malformed(f"there is no storage {key!a:.40} in it")
        entry = _stored(archive, name, path)
        if entry.file_size < count * np.dtype(dtype).itemsize:
            raise ConversionError(f"{path}: storage {key} has {entry.file_size} bytes for {count} values")
        return lambda: np.frombuffer(archive.read(entry), dtype, count)

    return _unpickled(io.BytesIO(archive.read(described)), storages)


def _stored(archive: zipfile.ZipFile, name: str, path: Path) -> zipfile.ZipInfo:
    """Return an entry that takes as much memory as it takes of the file; PyTorch writes no other."""
    entry = archive.getinfo(name)
    if entry.flag_bits & 1:
        raise ConversionError(f"{path}: {name} has a password, which PyTorch does not do")
    if entry.compress_type != zipfile.ZIP_STORED:
        raise ConversionError(f"{path}: {name} is compressed, which PyTorch does not do; it may unpack to anything")
    return entry


def _read_stream(path: Path) -> Any:
    """Read the older format: four pickles (magic number, version, machine, data), keys, then the storages' bytes."""
    places: dict[str, tuple[int, int]] = {}
    sizes: dict[str, int] = {}

    def storages(key: str, dtype: str, count: int) -> Values:
        def values() -> NDArray[Any]:
            start, stored = places[key]
            if stored < count:
                raise ConversionError(f"{path}: storage {key} has {stored} values, expected {count}")
            return np.fromfile(path, dtype, count, offset=start)

        sizes[key] = np.dtype(dtype).itemsize
        return values

    with open(path, "rb") as file:
        if _unpickled(file, storages) != _MAGIC or _unpickled(file, storages) != _STREAM_VERSION:
            raise ConversionError(f"{path} is no PyTorch checkpoint: wrong magic number or version")
        _unpickled(file, storages)
        found = _unpickled(file, storages)
        for key in _unpickled(file, storages):
            (count,) = struct.unpack("<q", file.read(8))
            places[str(key)] = (file.tell(), count)
            file.seek(count * sizes[str(key)], io.SEEK_CUR)
    return found
