"""Serves the site on a socket that the supervisor opened: `python -m collegium.ops.web --fd N`."""

import argparse
import socket
import sys

import uvicorn
from uvicorn.supervisors import Multiprocess

GRACEFUL_SHUTDOWN_S = 3


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m collegium.ops.web", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="the listening socket's descriptor")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(arguments)
    listener = socket.socket(fileno=options.fd)
    config = uvicorn.Config(
        "collegium.asgi:application",
        workers=options.workers,
        lifespan="off",
        access_log=False,  # our own middleware logs requests, without the questions in their addresses
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
    )
    if options.workers > 1:
        Multiprocess(config, sockets=[listener]).run()
    else:
        uvicorn.Server(config).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
