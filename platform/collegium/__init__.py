"""Collegium: every field of expertise is an app."""

__version__ = "0.1.0"
