"""Who did what, on the workspace's record."""

from collegium.accounts.services import audit_record

__all__ = ["audit_record"]
