"""Expression constraints as conditions on concepts, in one SQL statement on a workspace's current version."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from collegium.sdk.asker import Asker
from verticals.medical.terminology import rf2_names as rf2
from verticals.medical.terminology.ecl import (
    Code,
    Combined,
    EclInvalid,
    Everything,
    Expression,
    Hierarchy,
    MemberOf,
    Refinement,
    ecl_read,
)  # fmt: skip

# The one place that says which version is asked: the current one of the asker's own workspace.
CURRENT = (
    "(SELECT v.id FROM medical_terminologyversion v WHERE v.workspace_id = %(workspace)s "
    "AND v.terminology = %(terminology)s AND v.state = 'current')"
)


@dataclass(frozen=True, slots=True)
class FoundConcept:
    id: int
    code: str
    name: str


def expand(
    asker: Asker, terminology: str, text: str, *, after: int = 0, limit: int | None = None
) -> list[FoundConcept]:
    """The active concepts that an expression names, in the order of their ids, from after that id.

    Raises EclInvalid, with the position, for what cannot be read and for codes that there are not.
    """
    where, params = _condition(asker, terminology, text)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id, c.code, c.name FROM medical_concept c WHERE {where} AND c.id > %(after)s "
            "ORDER BY c.id LIMIT %(limit)s",
            {**params, "after": after, "limit": limit},
        )
        return [FoundConcept(*row) for row in cursor.fetchall()]


def expansion_count(asker: Asker, terminology: str, text: str) -> int:
    """How many concepts an expression names."""
    where, params = _condition(asker, terminology, text)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM medical_concept c WHERE {where}", params)
        return cursor.fetchone()[0]


def _condition(asker: Asker, terminology: str, text: str) -> tuple[str, dict[str, Any]]:
    expression = ecl_read(text)
    scope = {"workspace": asker.workspace_id, "terminology": terminology}
    writer = _Writer(_resolved(expression, scope), scope)
    condition = writer.condition(expression, "c")
    return f"c.version_id = {CURRENT} AND c.active AND {condition}", writer.params


@dataclass(frozen=True, slots=True)
class _Resolved:
    id: int
    lineage: list[int]


def _codes(expression: "Expression | Decimal | str") -> Iterator[Code]:
    if isinstance(expression, Code):
        yield expression
    elif isinstance(expression, Hierarchy):
        yield from _codes(expression.focus)
    elif isinstance(expression, Combined):
        for part in expression.parts:
            yield from _codes(part)
    elif isinstance(expression, Refinement):
        for one in (expression.focus, expression.attribute, expression.value):
            yield from _codes(one)


def _resolved(expression: Expression, scope: dict[str, Any]) -> dict[str, _Resolved]:
    """The concepts that the expression names, by code. Raises EclInvalid for the first that there is not."""
    codes = list(_codes(expression))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.code, c.id, c.lineage FROM medical_concept c "
            f"WHERE c.version_id = {CURRENT} AND c.code = ANY(%(codes)s)",
            {**scope, "codes": [one.code for one in codes]},
        )
        found = {code: _Resolved(number, lineage) for code, number, lineage in cursor.fetchall()}
    for one in codes:
        if one.code not in found:
            raise EclInvalid(f"there is no concept {one.code} in '{scope['terminology']}'.", one.position)
    return found


@dataclass(slots=True)
class _Writer:
    """Writes conditions; every value goes into `params`, none into the text."""

    concepts: dict[str, _Resolved]
    params: dict[str, Any]
    aliases: int = 0
    values: int = field(default=0)

    def condition(self, expression: Expression, alias: str) -> str:
        """What holds of the concept `alias` where the expression names it."""
        if isinstance(expression, Code):
            return f"{alias}.id = {self._value(self.concepts[expression.code].id)}"
        if isinstance(expression, Everything):
            return f"{alias}.active"
        if isinstance(expression, MemberOf):
            refset = self._value(expression.refset.code)
            return (
                f"{alias}.id IN (SELECT m.concept_id FROM medical_member m WHERE m.version_id = {CURRENT} "
                f"AND m.refset = {refset} AND m.concept_id IS NOT NULL)"
            )
        if isinstance(expression, Combined):
            parts = [f"({self.condition(part, alias)})" for part in expression.parts]
            joined = {"AND": " AND ", "OR": " OR ", "MINUS": " AND NOT "}[expression.operator].join(parts)
            return f"({joined})"
        if isinstance(expression, Refinement):
            return f"({self.condition(expression.focus, alias)} AND {self._refined(expression, alias)})"
        if isinstance(expression.focus, Code):
            return self._of_one(expression.operator, self.concepts[expression.focus.code], alias)
        return self._of_many(expression.operator, expression.focus, alias)

    def _of_one(self, operator: str, focus: _Resolved, alias: str) -> str:
        number = self._value(focus.id)
        itself = "" if len(operator) == 2 else f" AND {alias}.id <> {number}"
        if operator.startswith(">"):
            return f"({alias}.id = ANY({self._value(focus.lineage)}){itself})"
        return f"({alias}.lineage @> ARRAY[{number}]::bigint[]{itself})"

    def _of_many(self, operator: str, focus: Expression, alias: str) -> str:
        inner = self._alias()
        chosen = (
            f"FROM medical_concept {inner} WHERE {inner}.version_id = {CURRENT} AND {inner}.active "
            f"AND {self.condition(focus, inner)}"
        )
        if operator.startswith(">"):
            above = f"{inner}.lineage" if operator == ">>" else f"array_remove({inner}.lineage, {inner}.id)"
            return f"{alias}.id IN (SELECT unnest({above}) {chosen})"
        foci = f"COALESCE((SELECT array_agg({inner}.id) {chosen}), ARRAY[]::bigint[])"
        proper = f" AND array_remove({alias}.lineage, {alias}.id) && {foci}" if operator == "<" else ""
        return f"({alias}.lineage && {foci}{proper})"

    def _refined(self, refinement: Refinement, alias: str) -> str:
        attribute = self._end("r.type_id", refinement.attribute)
        if isinstance(refinement.attribute, Code) and refinement.attribute.code == rf2.IS_A:
            attribute = "r.type_id IS NULL"
        return (
            f"{alias}.id IN (SELECT r.source_id FROM medical_relationship r WHERE r.version_id = {CURRENT} "
            f"AND {attribute} AND {self._attribute_value(refinement.value)})"
        )

    def _attribute_value(self, value: "Expression | Decimal | str") -> str:
        if isinstance(value, Decimal):
            # CASE: a text value is not read as a number, whatever order the conditions are checked in.
            number = "CASE WHEN r.value ~ '^#[-+]?[0-9.]+$' THEN substr(r.value, 2)::numeric END"
            return f"{number} = {self._value(value)}"
        if isinstance(value, str):
            return f"r.value = {self._value(chr(34) + value + chr(34))}"
        if isinstance(value, Everything):
            return "TRUE"
        return self._end("r.destination_id", value)

    def _end(self, column: str, expression: Expression) -> str:
        if isinstance(expression, Code):
            return f"{column} = {self._value(self.concepts[expression.code].id)}"
        if isinstance(expression, Everything):
            return f"{column} IS NOT NULL"
        inner = self._alias()
        return (
            f"{column} IN (SELECT {inner}.id FROM medical_concept {inner} "
            f"WHERE {inner}.version_id = {CURRENT} AND {self.condition(expression, inner)})"
        )

    def _alias(self) -> str:
        self.aliases += 1
        return f"c{self.aliases}"

    def _value(self, value: Any) -> str:
        self.values += 1
        name = f"value{self.values}"
        self.params[name] = value
        return f"%({name})s"
