"""A project of de-identified data: the secret of which its surrogates are made, in texts and images."""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from django.utils.crypto import salted_hmac

SECRET_BYTES = 16  # a shorter one can be guessed, and with it every name
SHIFT_DAYS = 365  # dates go back by 1 to this many days
NAME_MAX_CHARS = 60


class SecretTooShort(ValueError):
    """The secret could be guessed, and every surrogate be traced back."""


@dataclass(frozen=True, slots=True)
class Project:
    """Within a project the same name, number or identifier has the same surrogate everywhere.

    `secret`: at least 16 random bytes; whoever has it can make the surrogates again, and nobody else.
    """

    name: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < SECRET_BYTES:
            raise SecretTooShort(
                f"The secret has {len(self.secret)} bytes; give at least {SECRET_BYTES} random ones, such as "
                "secrets.token_bytes(32)."
            )

    def number(self, kind: str, value: str) -> int:
        """A number of 256 bits for a value of a kind; upper and lower case do not count."""
        message = "\0".join((self.name, kind, value.casefold())).encode()
        return int.from_bytes(hmac.new(self.secret, message, sha256).digest(), "big")

    def shift_days(self, group: str) -> int:
        """By how many days all dates of a group are moved, which is one patient as a rule: -365 to -1."""
        return -1 - self.number("shift", group) % SHIFT_DAYS


def project_open(workspace: UUID, name: str) -> Project:
    """The project of that name in a workspace: the same as long as the installation keeps its secret key."""
    salt = f"{workspace}\0{name}"
    return Project(name, salted_hmac("medical.deidentify.project", salt, algorithm="sha256").digest())
