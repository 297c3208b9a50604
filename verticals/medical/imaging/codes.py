"""The meaning of codes as the standard's own lists give it."""

from functools import cache

from pydicom.sr import codes

_SCHEMES = ("DCM", "SCT", "UCUM", "LN", "FMA", "RADLEX", "NCIt", "UMLS", "PUBCHEM_CID", "MSH", "NEU", "SRT")


@cache
def _meanings(scheme: str) -> dict[str, str]:
    if scheme not in _SCHEMES:
        return {}
    found: dict[str, str] = {}
    source = "SCT" if scheme == "SRT" else scheme
    try:
        concepts = getattr(codes, source)
    except AttributeError:
        return {}
    for name in concepts.dir():
        known = getattr(concepts, name)
        found[known.value] = known.meaning
    return found


def code_meaning(scheme: str, value: str) -> str:
    """The meaning, at most 64 characters as its representation has them; empty where it is not known."""
    return _meanings(scheme.strip()).get(value.strip(), "")[:64]
