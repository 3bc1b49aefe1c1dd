"""The jail of the process: bounds, no network, no other program, no file but its own.

Linux alone; what a kernel does not have is left out, and ``shut`` says so.

Source:
    Linux manual pages landlock(7), seccomp(2), setrlimit(2).
"""

import ctypes
import errno
import os
import platform
import resource
import struct
import sys
from pathlib import Path

from soc_monitor.decoding.bounds import FILE, MEMORY

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_READ = 1 << 2 | 1 << 3
_EXECUTE, _WRITE, _MAKE, _REMOVE, _TRUNCATE = 1 << 0, 1 << 1, 1 << 8, 1 << 5, 1 << 14
_ON_FILES = _READ | _EXECUTE | _WRITE | _TRUNCATE
_FILES_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2
# socket, connect, socketpair, execve, execveat, ptrace, io_uring_setup
_DENIED = {
    "x86_64": (0xC000003E, (41, 42, 53, 59, 322, 101, 425)),
    "aarch64": (0xC00000B7, (198, 203, 199, 221, 281, 117, 425)),
}
_LIBRARIES = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime")
_DEVICES = ("/dev/null", "/dev/urandom")


def limit(cpu_s: int) -> None:
    """Bound memory, processor time and the size of what is written; no dump of memory.

    Args:
        cpu_s: processor time [s].
    """
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def shut(source: Path, folder: Path) -> dict[str, int]:
    """Close everything but reading beside ``source`` and writing in ``folder``, for good.

    Called after the libraries are loaded: they are then in memory, and read no more than their
    own files.

    Returns:
        ``landlock``: version of the kernel's interface, 0 for none; ``seccomp``: 1 or 0.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    # The files first: the second lock would stand in the way of nothing here, but of no use too.
    return {"landlock": _lock_files(libc, source, folder), "seccomp": _lock_calls(libc)}


def _lock_files(libc: ctypes.CDLL, source: Path, folder: Path) -> int:
    abi = int(libc.syscall(_CREATE, None, 0, 1))
    if abi < 1:
        return 0
    every = _FILES_BY_ABI.get(abi, _FILES_BY_ABI[3])
    attributes = [every, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0]
    size = 8 * (1 if abi < 4 else 2 if abi < 6 else 3)
    rules = struct.pack("QQQ", *attributes)
    ruleset = libc.syscall(_CREATE, rules, size, 0)
    if ruleset < 0:
        return 0
    for place in {*_LIBRARIES, sys.prefix, sys.base_prefix}:
        _allow(libc, ruleset, Path(place), every & (_READ | _EXECUTE))
    for place in _DEVICES:
        _allow(libc, ruleset, Path(place), every & (_READ | _WRITE))
    # Its folder holds nothing else; a rule on the file itself would keep its bytes on the disk for
    # a while after it is deleted.
    _allow(libc, ruleset, source.parent, _READ)
    _allow(libc, ruleset, folder, every & (_READ | _WRITE | _MAKE | _REMOVE | _TRUNCATE))
    shut_up = libc.syscall(_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return abi if shut_up else 0


def _allow(libc: ctypes.CDLL, ruleset: int, place: Path, access: int) -> None:
    try:
        handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # Not on this machine: nothing to allow.
    if not place.is_dir():
        access &= _ON_FILES & ~(1 << 3)
    libc.syscall(_ADD, ruleset, 1, struct.pack("=Qi", access, handle), 0)
    os.close(handle)


def _lock_calls(libc: ctypes.CDLL) -> int:
    """Answer the calls that open a socket or start a program with "not permitted"."""
    if platform.machine() not in _DENIED:
        return 0
    machine, denied = _DENIED[platform.machine()]
    load, equal, above, give = 0x20, 0x15, 0x35, 0x06
    allow, refuse = 0x7FFF0000, 0x00050000 | errno.EPERM
    count = len(denied)
    program = [(load, 0, 0, 4), (equal, 0, count + 3, machine), (load, 0, 0, 0)]
    # Calls of the machine's other, 32-bit pointer kind are numbered from here.
    program.append((above, count + 1, 0, 0x40000000))
    program += [(equal, count - n, 0, number) for n, number in enumerate(denied)]
    program += [(give, 0, 0, allow), (give, 0, 0, refuse)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    return int(libc.prctl(_SECCOMP, _FILTER, header, 0, 0) == 0)
