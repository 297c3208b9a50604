"""The socket a server listens on: a Unix path or an address, with refusals that say what to do."""

import os
import socket
from pathlib import Path

from engine.errors import ConfigInvalid

UDS_PATH_BYTES = 100  # the kernel's limit is 107; some of it is kept for a suffix while loading


def uds_path_check(path: Path) -> None:
    """Raises ConfigInvalid when a Unix socket cannot be made at the path."""
    if len(os.fsencode(path)) > UDS_PATH_BYTES:
        raise ConfigInvalid(
            f"the socket path {path} has {len(os.fsencode(path))} bytes, more than {UDS_PATH_BYTES}: "
            "choose a shorter one"
        )
    if not path.parent.is_dir():
        raise ConfigInvalid(f"the directory of the socket {path} does not exist")
    if path.exists() and not path.is_socket():
        raise ConfigInvalid(f"{path} exists and is not a socket")


def uds_open(path: Path) -> socket.socket:
    """Binds a Unix socket that only this user may use, in place of one that nobody listens on."""
    uds_path_check(path)
    if path.exists():
        if _answers(path):
            raise ConfigInvalid(f"another server listens on {path}: stop it, or choose another path")
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        raise ConfigInvalid(f"cannot listen on {path}: {error.strerror}") from error
    finally:
        os.umask(mask)
    return listener


def tcp_open(host: str, port: int) -> socket.socket:
    """Binds a TCP socket; port 0 lets the system choose."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigInvalid(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return listener


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
