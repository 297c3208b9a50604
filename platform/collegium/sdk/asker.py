"""Who asks, as verticals see it."""

from collegium.accounts.asker import Asker

__all__ = ["Asker"]
