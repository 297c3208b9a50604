"""What keeps an XBRL file from being read, in words that say what to do."""

from collegium.sdk.parsing import ParseProblem


class XbrlProblem(ParseProblem):
    """An XBRL file that cannot be read as such."""


def dtd_refused(name: str) -> XbrlProblem:
    return XbrlProblem(
        "dtd_refused",
        f"'{name}' declares a document type with entities of its own. They are neither expanded nor fetched, "
        "and XBRL needs none: remove the DOCTYPE, or upload the file as it was filed.",
    )


def not_well_formed(name: str, reason: str, *, truncated: bool) -> XbrlProblem:
    if truncated:
        return XbrlProblem(
            "truncated",
            f"'{name}' ends before its last element is closed ({reason}). Upload the whole file.",
        )
    return XbrlProblem(
        "not_well_formed",
        f"'{name}' is not well-formed XML ({reason}). Upload the file as it was filed.",
    )


def no_contexts(name: str) -> XbrlProblem:
    return XbrlProblem(
        "no_contexts",
        f"'{name}' holds no contexts, so no period or entity is known for its facts. Upload all files of the "
        "filing together, as one document or as one .zip.",
    )


def no_facts(name: str) -> XbrlProblem:
    return XbrlProblem(
        "no_facts",
        f"'{name}' holds no facts: it belongs to an XBRL filing but is not its instance. Upload it together "
        "with the instance (.xml, or the inline .htm), as one document or as one .zip.",
    )


def unknown_xml(name: str) -> XbrlProblem:
    return XbrlProblem(
        "unknown_xml",
        f"'{name}' is XML but neither an XBRL instance nor a linkbase. Upload an XBRL filing, PDF or HTML.",
    )
