"""Who asks: the one value that every query over people's data takes."""

import uuid
from dataclasses import dataclass, field

SCOPES = ("read", "search", "ask", "upload", "manage", "models")
ROLE_SCOPES = {
    "analyst": frozenset({"read", "search", "ask", "models"}),
    "editor": frozenset({"read", "search", "ask", "models", "upload"}),
    "admin": frozenset(SCOPES),
}


@dataclass(frozen=True, slots=True)
class Asker:
    """A person in a workspace, or a key of it; `user_id` is None for a key that acts for nobody."""

    workspace_id: uuid.UUID
    user_id: int | None = None
    key_id: uuid.UUID | None = None
    role: str = "analyst"
    scopes: frozenset[str] = field(default_factory=frozenset)
    verticals: frozenset[str] = field(default_factory=frozenset)  # empty: all that the workspace has enabled

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def may_use(self, vertical: str) -> bool:
        return not self.verticals or vertical in self.verticals

    @property
    def sees_restricted(self) -> bool:
        """Administrators who are people see restricted documents; keys without a user never do."""
        return self.role == "admin" and self.user_id is not None
