"""Reads expression constraints (ECL); an error says at which character."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from collegium.sdk.errors import Invalid

TEXT_MAX_CHARS = 4000
DEPTH_MAX = 40  # of parentheses
_GRAMMAR = Path(__file__).with_name("ecl.lark")
_WORDS = {
    "CODE": gettext_lazy("a concept's code"), "TERM": gettext_lazy("a term between |"),
    "OPERATOR": "< << > >>", "CIRCUMFLEX": "^",
    "STAR": "*", "LPAR": "(", "RPAR": ")", "COLON": ":", "EQUAL": "=", "COMMA": "AND",
    "NUMBER": gettext_lazy("a number such as #5"), "STRING": gettext_lazy("a text in quotation marks"),
    "$END": gettext_lazy("the end"),
}  # fmt: skip


class EclInvalid(Invalid):
    """An expression that cannot be read; `position` counts characters from 1."""

    code = "ecl_invalid"

    def __init__(self, what: str, position: int) -> None:
        told = _("The expression cannot be read at character %(position)s: %(what)s")
        super().__init__(told % {"position": position, "what": what}, position=position)


@dataclass(frozen=True, slots=True)
class Code:
    """One concept; `position` is where its code stands, from 1."""

    code: str
    position: int


@dataclass(frozen=True, slots=True)
class Everything:
    """Every active concept."""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The concepts below (<) or above (>) those of `focus`; doubled, with these themselves."""

    operator: str
    focus: "Expression"


@dataclass(frozen=True, slots=True)
class MemberOf:
    refset: Code


@dataclass(frozen=True, slots=True)
class Combined:
    operator: str  # AND | OR | MINUS
    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Refinement:
    """The concepts of `focus` with an attribute of `attribute` that has the value."""

    focus: "Expression"
    attribute: "Expression"
    value: "Expression | Decimal | str"


Expression = Code | Everything | Hierarchy | MemberOf | Combined | Refinement


class _Tree(Transformer[Token, Any]):
    def start(self, items: list[Any]) -> Any:
        return items[0]

    def reference(self, items: list[Token]) -> Code:
        return Code(str(items[0]), (items[0].start_pos or 0) + 1)

    def any(self, items: list[Any]) -> Everything:
        return Everything()

    def hierarchy(self, items: list[Any]) -> Hierarchy:
        return Hierarchy(str(items[0]), items[1])

    def member(self, items: list[Any]) -> MemberOf:
        return MemberOf(items[0])

    def conjunction(self, items: list[Any]) -> Combined:
        return Combined("AND", tuple(items))

    def disjunction(self, items: list[Any]) -> Combined:
        return Combined("OR", tuple(items))

    def exclusion(self, items: list[Any]) -> Combined:
        return Combined("MINUS", tuple(items))

    def operand_attribute(self, items: list[Any]) -> Any:
        return items[0]

    def refinement(self, items: list[Any]) -> Refinement:
        return Refinement(*items)

    def number(self, items: list[Token]) -> Decimal:
        return Decimal(items[0][1:])

    def string(self, items: list[Token]) -> str:
        return items[0][1:-1].replace('\\"', '"').replace("\\\\", "\\")


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR.read_text(encoding="utf-8"), parser="lalr")


def ecl_read(text: str) -> Expression:
    """What an expression says. Raises EclInvalid with the position of what cannot be read."""
    if len(text) > TEXT_MAX_CHARS:
        told = _("it is longer than %(most)s characters.") % {"most": TEXT_MAX_CHARS}
        raise EclInvalid(told, TEXT_MAX_CHARS + 1)
    _depth_check(text)
    try:
        return _Tree().transform(_parser().parse(text))
    except UnexpectedInput as error:
        raise _told(text, error) from error


def _depth_check(text: str) -> None:
    depth = 0
    for at, char in enumerate(text, 1):
        depth += (char == "(") - (char == ")")
        if depth > DEPTH_MAX:
            raise EclInvalid(_("it is nested deeper than %(most)s levels.") % {"most": DEPTH_MAX}, at)


def _told(text: str, error: UnexpectedInput) -> EclInvalid:
    if isinstance(error, UnexpectedCharacters):
        position, wanted = error.pos_in_stream + 1, error.allowed or set()
        met = f"'{text[error.pos_in_stream]}'"
    elif isinstance(error, UnexpectedToken) and error.token.type != "$END":
        position, wanted = (error.token.start_pos or 0) + 1, error.accepts or error.expected
        met = f"'{str(error.token)[:40]}'"
    else:
        position, met = len(text) + 1, _("the end")
        wanted = set(error.accepts or error.expected if isinstance(error, UnexpectedToken) else [])
        if isinstance(error, UnexpectedEOF):
            wanted = set(error.expected)
    said = sorted({str(_WORDS.get(name, name)) for name in wanted})
    what = _("there is %(met)s, where %(wanted)s is expected.") % {
        "met": met,
        "wanted": _(" or ").join(said) or _("something else"),
    }
    if met.strip("'").upper() in _MIXED:
        hint = _("AND, OR and MINUS are not mixed without parentheses, and MINUS stands between two.")
        what = f"{what} {hint}"
    return EclInvalid(what, position)


_MIXED = {"AND", "OR", "MINUS", ","}
