"""The tables of the medical vertical."""

from verticals.medical.features.models import Feature
from verticals.medical.imaging.models import ImagingInstance, ImagingRelease
from verticals.medical.tagging.models import PassageTag
from verticals.medical.terminology.models import (
    Axiom,
    Closure,
    Concept,
    Description,
    Member,
    Relationship,
    State,
    TerminologyVersion,
    TermWord,
)

__all__ = [
    "Axiom",
    "Closure",
    "Concept",
    "Description",
    "Feature",
    "ImagingInstance",
    "ImagingRelease",
    "Member",
    "PassageTag",
    "Relationship",
    "State",
    "TermWord",
    "TerminologyVersion",
]
