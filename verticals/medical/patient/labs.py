"""Which laboratory values are abnormal, as far as the record says so; no range of ours judges them."""

import re

from verticals.medical.patient.fields import Resource, codes_of, comparator_of, objects_of, quantity_of

# HL7 v3 ObservationInterpretation: high, low, critical, abnormal
ABNORMAL = {"H", "HH", "HU", "L", "LL", "LU", "A", "AA"}
_SAID = re.compile(
    r"\b(?:(?:high|low)(?![- ](?:density|sensitiv|molecular))|raised|elevated|increased|decreased"
    r"|reduced|abnormal|critical)\b|(?<= )(?-i:HH?|LL?)$"
    r"|[↑↓]|偏[高低]|升高|增高|降低|减低|异常|过[高低]",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\d:：=<>≥≤↑↓(（]{2,80}")


def value_abnormal(observation: Resource) -> bool:
    """Whether an observation says that its value is abnormal, or lies outside the range that it gives."""
    said = (
        code
        for one in objects_of(observation, "interpretation")
        for code in codes_of(one, "Observation.interpretation")
    )
    if ABNORMAL & set(said):
        return True
    value, ranges = quantity_of(observation, "valueQuantity"), objects_of(observation, "referenceRange")
    if value is None or len(ranges) != 1:
        return False  # several ranges are for several kinds of people
    place = "Observation.referenceRange"
    low, high = (quantity_of(ranges[0], bound, f"{place}.{bound}") for bound in ("low", "high"))
    comparator = comparator_of(observation, "valueQuantity")
    if comparator.startswith("<"):
        high = None  # it may be as low as can be
    elif comparator.startswith(">"):
        low = None
    return low is not None and value < low or high is not None and value > high


def abnormal_named(text: str) -> str:
    """The name of a laboratory value that its text calls abnormal (potassium 6.1 high); else nothing."""
    if not _SAID.search(text):
        return ""
    named = _NAME.match(_SAID.sub(" ", text).strip())
    return " ".join(named.group().split()) if named else ""
