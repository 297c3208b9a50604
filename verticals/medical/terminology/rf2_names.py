"""Identifiers and columns of SNOMED CT Release Format 2 that reading depends on.

Source: SNOMED CT Release File Specifications, sections 4.2 (components) and 5.2 (reference sets).
"""

ROOT = "138875005"
IS_A = "116680003"
DEFINED = "900000000000073002"
FULLY_SPECIFIED_NAME = "900000000000003001"
SYNONYM = "900000000000013009"
DEFINITION = "900000000000550004"
STATED = "900000000000010007"
PREFERRED = "900000000000548007"
ACCEPTABLE = "900000000000549004"

_HEAD = ("id", "effectiveTime", "active", "moduleId")
_DESCRIPTION = (*_HEAD, "conceptId", "languageCode", "typeId", "term", "caseSignificanceId")
_RELATIONSHIP_END = ("relationshipGroup", "typeId", "characteristicTypeId", "modifierId")
REFSET = (*_HEAD, "refsetId", "referencedComponentId")
COLUMNS = {
    "Concept": (*_HEAD, "definitionStatusId"),
    "Description": _DESCRIPTION,
    "TextDefinition": _DESCRIPTION,
    "Relationship": (*_HEAD, "sourceId", "destinationId", *_RELATIONSHIP_END),
    "RelationshipConcreteValues": (*_HEAD, "sourceId", "value", *_RELATIONSHIP_END),
}
# What a reference set's columns beyond the common six say of its kind.
REFSET_KINDS = {
    (): "simple",
    ("acceptabilityId",): "language",
    ("targetComponentId",): "association",
    ("owlExpression",): "axiom",
}
