"""Expression constraints as conditions on concepts, in one SQL statement on the asker's current version."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from collegium.sdk.asker import Asker
from collegium.sdk.errors import Invalid
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
from verticals.medical.terminology.visible import version_id

TIMEOUT_S = 5


class EclTooBroad(Invalid):
    """An expression that can be read, but takes too long."""

    code = "ecl_too_broad"


class FoundConcept(NamedTuple):
    """A row as the database gives it: thousands are made for one expression."""

    id: int
    code: str
    name: str


def expand(
    asker: Asker, terminology: str, text: str, *, after: int = 0, limit: int | None = None
) -> list[FoundConcept]:
    """The active concepts that an expression names, in the order of their ids, from after that id.

    Raises EclInvalid, with the position, for what cannot be read and for codes that there are not.
    """
    where, params = _asked(asker, terminology, text)
    rows = _rows(
        f"SELECT c.id, c.code, c.name FROM medical_concept c WHERE {where} AND c.id > %(after)s "
        "ORDER BY c.id LIMIT %(limit)s",
        {**params, "after": after, "limit": limit},
    )
    return [FoundConcept._make(row) for row in rows]


def expansion_count(asker: Asker, terminology: str, text: str) -> int:
    """How many concepts an expression names."""
    where, params = _asked(asker, terminology, text)
    return int(_rows(f"SELECT count(*) FROM medical_concept c WHERE {where}", params)[0][0])


def _rows(statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a query, which may not take long. Raises EclTooBroad where it does."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{TIMEOUT_S}s'")
            cursor.execute(statement, params)
            rows = cursor.fetchall()
            cursor.execute("SET LOCAL statement_timeout = DEFAULT")
            return rows
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise EclTooBroad(
            _("The expression names too much to be worked out in %(most)s seconds. Narrow its parts.")
            % {"most": TIMEOUT_S}
        ) from error


def _asked(asker: Asker, terminology: str, text: str) -> tuple[str, dict[str, Any]]:
    """The condition on concepts `c`, with its values."""
    expression = ecl_read(text)
    version = version_id(asker, terminology)
    writer = _Writer(version, _resolved(expression, version, terminology))
    condition = writer.condition(expression, "c", alone=True)
    return f"c.version_id = {version} AND c.active AND {condition}", writer.params


def _named(expression: "Expression | Decimal | str") -> Iterator[Code | MemberOf]:
    """The concepts and reference sets that an expression names, in the order of their places."""
    if isinstance(expression, Code | MemberOf):
        yield expression
    elif isinstance(expression, Hierarchy):
        yield from _named(expression.focus)
    elif isinstance(expression, Combined):
        for part in expression.parts:
            yield from _named(part)
    elif isinstance(expression, Refinement):
        for one in (expression.focus, expression.attribute, expression.value):
            yield from _named(one)


def _resolved(expression: Expression, version: int, terminology: str) -> dict[str, int]:
    """code -> id of the concepts that the expression names.

    Raises EclInvalid for the first concept or reference set there is not. A concept that is no reference set
    has no members; and members there may be of a set whose concept the release does not hold.
    """
    named = list(_named(expression))
    refsets = [one.refset.code for one in named if isinstance(one, MemberOf)]
    codes = [one.code for one in named if isinstance(one, Code)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, id FROM medical_concept WHERE version_id = %s AND code = ANY(%s)",
            [version, codes + refsets],
        )
        found = dict(cursor.fetchall())
        cursor.execute(
            "SELECT named FROM unnest(%s::text[]) AS named WHERE EXISTS "
            "(SELECT 1 FROM medical_member m WHERE m.version_id = %s AND m.refset = named)",
            [[code for code in refsets if code not in found], version],
        )
        filled = {row[0] for row in cursor.fetchall()}
    for one in named:
        member = isinstance(one, MemberOf)
        code = one.refset if member else one
        if code.code not in found and not (member and code.code in filled):
            told = (
                _("there is no reference set %(code)s in '%(terminology)s'.")
                if member
                else _("there is no concept %(code)s in '%(terminology)s'.")
            )
            raise EclInvalid(told % {"code": code.code, "terminology": terminology}, code.position)
    return found


@dataclass(slots=True)
class _Writer:
    """Writes conditions; every value goes into `params`, none into the text.

    What a hierarchy or several alternatives name is a set of ids that the concept's id is looked for in: the
    database then begins with the smallest set, and a scan of all concepts is the last resort.
    """

    version: int
    concepts: dict[str, int]
    params: dict[str, Any] = field(default_factory=dict)
    aliases: int = 0

    def condition(self, expression: Expression, alias: str, *, alone: bool = False) -> str:
        """What holds of the concept `alias` where the expression names it.

        `alone`: nothing else narrows the concepts, so that a hierarchy's ids are looked up one by one.
        """
        if alone and isinstance(expression, Hierarchy):
            return f"{alias}.id = ANY(ARRAY({self._hierarchy(expression)}))"
        if isinstance(expression, Code):
            return f"{alias}.id = {self._value(self.concepts[expression.code])}"
        if isinstance(expression, Everything):
            return f"{alias}.active"
        if isinstance(expression, Combined) and expression.operator != "OR":
            first = alone and expression.operator == "MINUS"
            parts = [
                f"({self.condition(part, alias, alone=first and not at)})"
                for at, part in enumerate(expression.parts)
            ]
            return f"({(' AND ' if expression.operator == 'AND' else ' AND NOT ').join(parts)})"
        if isinstance(expression, Refinement):
            return f"({self.condition(expression.focus, alias)} AND {self._refined(expression, alias)})"
        return f"{alias}.id IN ({self.ids(expression)})"

    def ids(self, expression: Expression) -> str:
        """A query of the ids that the expression names."""
        if isinstance(expression, Hierarchy):
            return self._hierarchy(expression)
        if isinstance(expression, MemberOf):
            refset = self._value(expression.refset.code)
            return (
                f"SELECT m.concept_id FROM medical_member m WHERE m.version_id = {self.version} "
                f"AND m.refset = {refset} AND m.concept_id IS NOT NULL"
            )
        if isinstance(expression, Combined) and expression.operator == "OR":
            return " UNION ".join(f"({self.ids(part)})" for part in expression.parts)
        inner = self._alias()
        return (
            f"SELECT {inner}.id FROM medical_concept {inner} WHERE {inner}.version_id = {self.version} "
            f"AND {inner}.active AND {self.condition(expression, inner)}"
        )

    def _hierarchy(self, hierarchy: Hierarchy) -> str:
        """Of each concept of the focus its row of the closure; `<` and `>` leave out the concept itself."""
        inner = self._alias()
        if isinstance(hierarchy.focus, Everything):
            return self._hierarchy_of_all(hierarchy.operator, inner)
        found = f"{inner}.{'above' if hierarchy.operator.startswith('>') else 'below'}"
        if len(hierarchy.operator) == 1:
            found = f"array_remove({found}, {inner}.id)"
        focus = hierarchy.focus
        chosen = (
            f"= {self._value(self.concepts[focus.code])}"
            if isinstance(focus, Code)
            else f"IN ({self.ids(focus)})"
        )
        return (
            f"SELECT unnest({found}) FROM medical_closure {inner} "
            f"WHERE {inner}.version_id = {self.version} AND {inner}.id {chosen}"
        )

    def _hierarchy_of_all(self, operator: str, inner: str) -> str:
        """Below or above anything, told by each concept's own row: all pairs need not be gone through."""
        other = "below" if operator.startswith(">") else "above"
        return (
            f"SELECT {inner}.id FROM medical_closure {inner} WHERE {inner}.version_id = {self.version} "
            f"AND cardinality({inner}.{other}) >= {3 - len(operator)}"
        )

    def _refined(self, refinement: Refinement, alias: str) -> str:
        attribute = self._end("r.type_id", refinement.attribute)
        if isinstance(refinement.attribute, Code) and refinement.attribute.code == rf2.IS_A:
            attribute = "r.type_id IS NULL"
        return (
            f"{alias}.id IN (SELECT r.source_id FROM medical_relationship r "
            f"WHERE r.version_id = {self.version} "
            f"AND {attribute} AND {self._attribute_value(refinement.value)})"
        )

    def _attribute_value(self, value: "Expression | Decimal | str") -> str:
        if isinstance(value, Decimal):
            # CASE: a text value is not read as a number, whatever order the conditions are checked in.
            number = "CASE WHEN r.value ~ '^#[-+]?[0-9]+([.][0-9]+)?$' THEN substr(r.value, 2)::numeric END"
            return f"{number} = {self._value(value)}"
        if isinstance(value, str):
            return f"r.value = {self._value(chr(34) + value + chr(34))}"
        if isinstance(value, Everything):
            return "TRUE"
        return self._end("r.destination_id", value)

    def _end(self, column: str, expression: Expression) -> str:
        if isinstance(expression, Code):
            return f"{column} = {self._value(self.concepts[expression.code])}"
        if isinstance(expression, Everything):
            return f"{column} IS NOT NULL"
        return f"{column} IN ({self.ids(expression)})"

    def _alias(self) -> str:
        self.aliases += 1
        return f"c{self.aliases}"

    def _value(self, value: Any) -> str:
        name = f"value{len(self.params)}"
        self.params[name] = value
        return f"%({name})s"
