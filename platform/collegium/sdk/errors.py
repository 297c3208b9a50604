"""Errors that reach people, with a code, a status and a sentence that says what to do."""

from collegium.errors import Conflict, Forbidden, Invalid, NotFound, Problem

__all__ = ["Conflict", "Forbidden", "Invalid", "NotFound", "Problem"]
