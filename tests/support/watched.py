"""Runs a command while the kernel reports what it and its children do: internet sockets, and what they write.

A seccomp filter (seccomp_unotify(2), Linux 5.5 and later) hands the calls in question to this process, which refuses
internet sockets and lets everything else go on. It needs no right, no package, and cannot be shaken off by a child.
As a program, `watched.py SOCKET COMMAND…` installs the filter, sends its listener through the socket, and runs COMMAND.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import select
import socket
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

_INTERNET = (socket.AF_INET, socket.AF_INET6)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

# Numbers of the calls: asm/unistd_64.h and asm-generic/unistd.h. A path stands after the folder it is relative to.
_X86 = {
    "socket": 41, "openat": 257, "open": 2, "creat": 85, "mkdir": 83, "mkdirat": 258, "rename": 82, "renameat": 264,
    "renameat2": 316, "symlink": 88, "symlinkat": 266, "link": 86, "linkat": 265, "mknod": 133, "mknodat": 259,
}  # fmt: skip
_ARM = {
    "socket": 198, "openat": 56, "mkdirat": 34, "renameat": 38, "renameat2": 276, "symlinkat": 36, "linkat": 37,
    "mknodat": 33,
}  # fmt: skip
_MACHINES = {"x86_64": (0xC000003E, _X86), "aarch64": (0xC00000B7, _ARM)}  # linux/audit.h
_TARGETS = {  # which arguments are the folder and the path of what is made; -1: the current folder
    "openat": (0, 1), "open": (-1, 0), "creat": (-1, 0), "mkdir": (-1, 0), "mkdirat": (0, 1), "rename": (-1, 1),
    "renameat": (2, 3), "renameat2": (2, 3), "symlink": (-1, 1), "symlinkat": (1, 2), "link": (-1, 1),
    "linkat": (2, 3), "mknod": (-1, 0), "mknodat": (0, 1),
}  # fmt: skip
_FLAGS = {"openat": 2, "open": 1}

_NR, _ARCH = 0, 4  # linux/seccomp.h: struct seccomp_data
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06  # linux/bpf_common.h
_ALLOW, _NOTIFY = 0x7FFF0000, 0x7FC00000
_PR_SET_NO_NEW_PRIVS, _SECCOMP, _SET_MODE_FILTER, _NEW_LISTENER = 38, {"x86_64": 317, "aarch64": 277}, 1, 8
_RECEIVE, _SEND, _CONTINUE = 0xC0502100, 0xC0182101, 1
_NOTICE, _ANSWER = struct.Struct("=QIIiIQ6Q"), struct.Struct("=QqiI")


@dataclass(slots=True)
class Watched:
    """What a command did.

    Attributes:
        result: its status and output.
        internet: for each internet socket, the process that wanted it.
        written: what was opened for writing or made, by whom; whether or not it succeeded.
    """

    result: subprocess.CompletedProcess[str] | None = None
    internet: list[str] = field(default_factory=list)
    written: dict[Path, str] = field(default_factory=dict)

    def outside(self, *places: Path) -> dict[Path, str]:
        """Return what was written outside of some folders, and outside of devices and the kernel's own files."""
        own = (*places, Path("/proc"), Path("/dev"))
        shared = Path("/dev/shm")
        return {
            path: who
            for path, who in self.written.items()
            if not any(path.is_relative_to(place) for place in own)
            or (path.is_relative_to(shared) and not any(path.is_relative_to(place) for place in places))
        }


def run(command: list[str], environ: dict[str, str], seconds: float = 100, **options: object) -> Watched:
    """Run a command to its end, and watch until the last of its children has ended too."""
    watched = Watched()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno()), *command],
            env=environ, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            pass_fds=[theirs.fileno()], **options,  # type: ignore[call-overload]
        )  # fmt: skip
        theirs.close()
        _, (listener, *_), _, _ = socket.recv_fds(ours, 1, 1)
    watcher = threading.Thread(target=_serve, args=(listener, watched))
    watcher.start()
    try:
        out, err = process.communicate(timeout=seconds)
    finally:
        process.kill()
        watcher.join(seconds)
    assert not watcher.is_alive(), f"a child of {command} still runs"
    watched.result = subprocess.CompletedProcess(command, process.returncode, out, err)
    return watched


def _serve(listener: int, watched: Watched) -> None:
    """Answer the kernel until nobody is left who is watched."""
    names = {number: name for name, number in _MACHINES[platform.machine()][1].items()}
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    with os.fdopen(listener, "rb", buffering=0, closefd=True):
        while not waiting.poll()[0][1] & select.POLLHUP:
            notice = bytearray(_NOTICE.size)
            try:
                fcntl.ioctl(listener, _RECEIVE, notice)
                call, pid, _, number, _, _, *arguments = _NOTICE.unpack(notice)
                name = names[number]
                _note(watched, name, pid, arguments)
                refusal = (-1, 0) if name == "socket" else (0, _CONTINUE)
                fcntl.ioctl(listener, _SEND, bytearray(_ANSWER.pack(call, 0, *refusal)))
            except FileNotFoundError:  # the caller was killed meanwhile
                continue


def _note(watched: Watched, name: str, pid: int, arguments: list[int]) -> None:
    who = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    if name == "socket":
        watched.internet.append(who)
        return
    folder, path = _TARGETS[name]
    directory = ctypes.c_int(arguments[folder]).value if folder >= 0 else -100  # AT_FDCWD
    base = os.readlink(f"/proc/{pid}/cwd" if directory == -100 else f"/proc/{pid}/fd/{directory}")
    target = Path(os.path.normpath(Path(base) / _string(pid, arguments[path])))
    watched.written.setdefault(target, f"{name} by {who}")


def _string(pid: int, address: int) -> str:
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        memory.seek(address)
        length = 4096 - address % 4096  # of its page: the next one may be missing
        content = memory.read(length)
        if b"\0" not in content:
            content += memory.read(4096)
    return os.fsdecode(content.split(b"\0", 1)[0])


def _filter() -> bytes:
    """Return the program that picks the calls out: sockets by family, opening by flags, all others whole."""
    arch, numbers = _MACHINES[platform.machine()]
    code = [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, arch), (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, _NR)]
    for name, number in numbers.items():
        if name == "socket":
            first, second = _INTERNET
            code += [(_EQUAL, 0, 5, number), (_LOAD, 0, 0, _argument(0)), (_EQUAL, 1, 0, first)]
            code += [(_EQUAL, 0, 1, second), (_RETURN, 0, 0, _NOTIFY), (_RETURN, 0, 0, _ALLOW)]
        elif name in _FLAGS:
            code += [(_EQUAL, 0, 4, number), (_LOAD, 0, 0, _argument(_FLAGS[name])), (_ANY_BIT, 0, 1, _WRITING)]
            code += [(_RETURN, 0, 0, _NOTIFY), (_RETURN, 0, 0, _ALLOW)]
        else:
            code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _NOTIFY)]
    code.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _argument(index: int) -> int:
    return 16 + 8 * index  # its lower half


def _install() -> int:
    """Put the filter on this process and return its listener."""
    program = _filter()
    content = ctypes.create_string_buffer(program)
    head = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(content)))
    libc = ctypes.CDLL(None, use_errno=True)
    none = [ctypes.c_ulong(0)] * 3
    libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), *none)
    listener: int = libc.syscall(
        ctypes.c_long(_SECCOMP[platform.machine()]), ctypes.c_ulong(_SET_MODE_FILTER), ctypes.c_ulong(_NEW_LISTENER),
        ctypes.byref(head),
    )  # fmt: skip
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return listener


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        seccomp = _install()
        socket.send_fds(channel, [b"1"], [seccomp])
    os.execvp(sys.argv[2], sys.argv[2:])
