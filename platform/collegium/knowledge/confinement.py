"""Cuts a process off from the network, for good, before it reads what strangers uploaded. Loads no Django.

Linux, without any privilege: a seccomp filter under which no socket can be made, neither one of the network
nor one of a Unix socket, behind which the installation's own servers are. Where the kernel takes no filter, a
namespace without a network (unshare), which leaves Unix sockets; where it takes neither, nothing, and
`network_cut` says so. See seccomp(2), Documentation/userspace-api/seccomp_filter.rst, unshare(2).
"""

import ctypes
import errno
import platform
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER = 2
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
# AUDIT_ARCH_*, socket; a machine that is not here gets no filter. io_uring makes sockets, too.
MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
IO_URING_SETUP = 425
X32_CALLS = 0x40000000  # x86_64's second set of numbers for the same calls
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
KILL, ALLOW, REFUSE = 0x80000000, 0x7FFF0000, 0x00050000 | errno.EACCES
NUMBER_AT, MACHINE_AT = 0, 4  # in struct seccomp_data


class _Instruction(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction))]


class NotConfined(OSError):
    """The kernel did not take the restriction."""


def sockets_refuse() -> None:
    """Let this process and its children make no socket from now on. Raises NotConfined."""
    if platform.machine() not in MACHINES:
        raise NotConfined(f"no filter is known for {platform.machine()}")
    machine, socket = MACHINES[platform.machine()]
    steps = (
        (LOAD, 0, 0, MACHINE_AT),
        (EQUAL, 1, 0, machine),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER_AT),
        (AT_LEAST, 3, 0, X32_CALLS),
        (EQUAL, 2, 0, socket),
        (EQUAL, 1, 0, IO_URING_SETUP),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    )
    instructions = (_Instruction * len(steps))(*steps)
    program = _Program(len(steps), instructions)
    libc = ctypes.CDLL(None, use_errno=True)
    _demand(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _demand(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0))


def network_leave() -> None:
    """Move this process into a namespace without a network; its Unix sockets stay. Raises NotConfined."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:  # no privilege: some kernels give one's own namespaces to anybody
        _demand(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET))


def network_cut() -> str:
    """Cut this process off as far as the kernel allows it; return why it is not, or an empty string."""
    if sys.platform != "linux":
        return f"{sys.platform} has no way to do it"
    reasons = []
    for way in (sockets_refuse, network_leave):
        try:
            way()
        except NotConfined as error:
            reasons.append(error.strerror or str(error))
        else:
            return ""
    return "; ".join(reasons)


def _demand(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise NotConfined(number, errno.errorcode.get(number, str(number)))
