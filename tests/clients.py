"""Browsers without scripts, in which a person is signed in."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test import Client

    from collegium.accounts.models import User


def client_of(user: "User") -> "Client":
    """A client that is signed in as that person."""
    from django.test import Client

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
