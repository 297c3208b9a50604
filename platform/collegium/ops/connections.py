"""Database connections are given back while a request waits for something else: there are few of them."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import connections

P = ParamSpec("P")
R = TypeVar("R")


def connections_release() -> None:
    """Give back this thread's connections that are in no transaction; the next query takes one again."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that asks the database in the request's thread, which then holds no connection.

    A coroutine that waits while its request's thread holds one can wait for those that wait for a connection.
    """

    def run() -> R:
        try:
            return function(*args, **kwargs)
        finally:
            connections_release()

    return await sync_to_async(run)()
