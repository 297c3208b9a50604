"""The tables of the medical vertical."""

from verticals.medical.features.models import Feature

__all__ = ["Feature"]
