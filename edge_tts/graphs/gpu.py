"""Whether ONNX Runtime can compute on an NVIDIA GPU here and, if not, what is missing.

It asks the driver and reads the installed files; onnxruntime is not imported.
"""

from __future__ import annotations

import ctypes
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import util
from pathlib import Path
from typing import Literal

from edge_tts.errors import EngineError

Device = Literal["cpu", "cuda", "tensorrt"]
"""What computes; what a GPU has no kernels for is left to the CPU."""

PROVIDERS = {"cuda": "CUDAExecutionProvider", "tensorrt": "TensorrtExecutionProvider"}
"""ONNX Runtime's names of what computes on a GPU."""

INSTALL = "pip uninstall onnxruntime, then pip install 'edge-tts-daemon[gpu]'; on a Jetson NVIDIA's wheel"
"""How to get an ONNX Runtime that can."""

_DRIVER = "libcuda.so.1"
_OPENED_LATER = {"cuda": ("libcudnn.so.9",), "tensorrt": ()}
"""Libraries that the provider opens when it first needs them."""
_DYNAMIC, _NEEDED, _STRINGS, _STRINGS_SIZE = 2, 1, 5, 10  # PT_DYNAMIC, DT_NEEDED, DT_STRTAB, DT_STRSZ of <elf.h>


@dataclass(frozen=True, slots=True)
class Gpu:
    """The first GPU.

    Attributes:
        name: as the driver calls it.
        memory_bytes: of its own.
        cuda: the newest version of CUDA that the driver supports, as (12, 4).
    """

    name: str
    memory_bytes: int
    cuda: tuple[int, int]


@cache
def find() -> Gpu:
    """Return the GPU that ONNX Runtime can use.

    Raises:
        EngineError: there is none; it says what is missing.
    """
    needed = _runtime_cuda()
    gpu = ask_driver()
    if gpu.cuda < (needed[0], 0):  # within a major version an older driver serves newer libraries
        raise EngineError(
            f"the NVIDIA driver is too old: it supports CUDA {_version(gpu.cuda)}, "
            f"this ONNX Runtime needs {needed[0]}.0 or newer"
        )
    return gpu


def problem() -> str:
    """Return why no GPU is used, "" if one can be."""
    try:
        find()
    except EngineError as error:
        return str(error)
    return ""


def check_libraries(provider: str) -> None:
    """See that every library is there that a provider needs.

    Args:
        provider: a key of PROVIDERS.

    Raises:
        EngineError: names the first one that is missing.
    """
    path = _runtime_folder() / f"libonnxruntime_providers_{provider}.so"
    if not path.is_file():
        raise EngineError(f"the installed ONNX Runtime has no {PROVIDERS[provider]}")
    for name in (*needed_libraries(path), *_OPENED_LATER[provider]):
        try:
            ctypes.CDLL(name)
        except OSError as error:
            how = "pip install tensorrt" if name.startswith("libnv") else "pip install 'edge-tts-daemon[gpu]'"
            raise EngineError(f"{PROVIDERS[provider]} needs {name}, which cannot be loaded; {how}") from error


def needed_libraries(path: Path) -> list[str]:
    """Return the names of the libraries that a 64-bit ELF library is linked with; none if it is something else."""
    with open(path, "rb") as file:
        header = file.read(64)
        if header[:6] != b"\x7fELF\x02\x01":
            return []
        table, size, count = *struct.unpack_from("<Q", header, 32), *struct.unpack_from("<HH", header, 54)
        file.seek(table)
        segments = [struct.unpack_from("<IIQQQQ", entry) for entry in (file.read(size) for _ in range(count))]

        def at(address: int) -> int:
            """Return where in the file something is that is loaded to an address."""
            return int(next(s[2] + address - s[3] for s in segments if s[0] == 1 and s[3] <= address < s[3] + s[5]))

        dynamic = next(segment for segment in segments if segment[0] == _DYNAMIC)
        file.seek(dynamic[2])
        entries = list(struct.iter_unpack("<qQ", file.read(dynamic[5])))
        values = dict(entries)
        file.seek(at(values[_STRINGS]))
        strings = file.read(values[_STRINGS_SIZE])
    return [strings[value:].partition(b"\0")[0].decode() for tag, value in entries if tag == _NEEDED]


def _runtime_folder() -> Path:
    spec = util.find_spec("onnxruntime")
    places: Iterator[str] = iter(spec.submodule_search_locations or ()) if spec else iter(())
    folder = next(places, None)
    if folder is None:
        raise EngineError("onnxruntime is not installed")
    return Path(folder) / "capi"


def _runtime_cuda() -> tuple[int, int]:
    """Return the version of CUDA that the installed ONNX Runtime was built with."""
    folder = _runtime_folder()
    if not (folder / "libonnxruntime_providers_cuda.so").is_file():
        raise EngineError(f"the installed ONNX Runtime is for the CPU only; {INSTALL}")
    try:
        built = (folder / "build_and_package_info.py").read_text(encoding="utf-8")
    except OSError:
        built = ""
    found = re.search(r"""cuda_version\s*=\s*['"](\d+)\.(\d+)""", built)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def ask_driver() -> Gpu:
    """Return the first device, as the driver says; the functions are those of CUDA's driver API, cuda.h.

    Raises:
        EngineError: there is no driver, or no device that it can use.
    """
    try:
        driver = ctypes.CDLL(_DRIVER)
    except OSError as error:
        raise EngineError(f"there is no NVIDIA driver ({_DRIVER})") from error
    if status := driver.cuInit(0):
        raise EngineError(f"the NVIDIA driver has no GPU to offer: {_error_name(driver, status)}")
    number, version, memory, name = ctypes.c_int(), ctypes.c_int(), ctypes.c_size_t(), ctypes.create_string_buffer(256)
    for status in (
        driver.cuDriverGetVersion(ctypes.byref(version)),
        driver.cuDeviceGet(ctypes.byref(number), 0),
        driver.cuDeviceGetName(name, len(name), number),
        driver.cuDeviceTotalMem_v2(ctypes.byref(memory), number),
    ):
        if status:
            raise EngineError(f"the NVIDIA driver does not answer: {_error_name(driver, status)}")
    return Gpu(name.value.decode(errors="replace"), memory.value, (version.value // 1000, version.value % 1000 // 10))


def _error_name(driver: ctypes.CDLL, status: int) -> str:
    text = ctypes.c_char_p()
    driver.cuGetErrorName(status, ctypes.byref(text))
    return f"{text.value.decode()}, {status}" if text.value else f"error {status}"


def _version(cuda: tuple[int, int]) -> str:
    return f"{cuda[0]}.{cuda[1]}"
