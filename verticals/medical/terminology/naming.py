"""Names of concepts in the language of whoever reads; where there is none in it, the name as released."""


def name_in(alias: str, language: str) -> str:
    """SQL for the name of the concept `alias` in a language; its parameters are %(version)s and %(shown)s.

    Full names come before preferred synonyms, and these before others.
    """
    if language in ("", "en"):
        return f"{alias}.name"
    return (
        "COALESCE((SELECT n.term FROM medical_description n WHERE n.version_id = %(version)s "
        f"AND n.concept_id = {alias}.id AND n.language = %(shown)s AND n.kind <> 'definition' "
        f"ORDER BY n.kind = 'name' DESC, cardinality(n.preferred_in) DESC, n.id LIMIT 1), {alias}.name)"
    )
