"""Formulas of metrics: a small expression language, parsed to a tree that only adds, multiplies and shifts.

    expression := term (("+" | "-") term)*
    term       := factor (("*" | "/") factor)*
    factor     := number | metric | "days" | function "(" expression ")" | "(" expression ")" | "-" factor

`prior(x)` is x of the same period a year earlier, `previous(x)` of the period just before, `opening(x)` the
balance at the start of the period, `average(x)` the mean of the balances at its start and end, and
`optional(x)` counts as nothing where x is not reported. `days` is the number of days of the period.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

FUNCTIONS = frozenset({"prior", "previous", "opening", "average", "optional"})
DAYS = "days"
_TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[a-z][a-z0-9_]*)|(?P<mark>[-+*/()]))")


class FormulaError(ValueError):
    """Text that is no formula; the message says where it goes wrong."""


@dataclass(frozen=True, slots=True)
class Number:
    value: Decimal


@dataclass(frozen=True, slots=True)
class Name:
    """The value of another metric, in the period asked about."""

    code: str


@dataclass(frozen=True, slots=True)
class Days:
    """The number of days of the period."""


@dataclass(frozen=True, slots=True)
class Negative:
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str  # + - * /
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    operand: "Node"


Node = Number | Name | Days | Negative | Binary | Call


def formula_parse(text: str) -> Node:
    """The tree of a formula.

    Raises FormulaError where the text is none.
    """
    tokens = _tokens(text)
    reader = _Reader(text, tokens)
    node = reader.expression()
    if reader.peek():
        raise FormulaError(f"'{text}': '{reader.peek()}' is not expected there")
    return node


def formula_names(node: Node) -> Iterator[str]:
    """The codes of the metrics that a formula reads, in order, with repeats."""
    match node:
        case Name(code):
            yield code
        case Negative(operand) | Call(_, operand):
            yield from formula_names(operand)
        case Binary(_, left, right):
            yield from formula_names(left)
            yield from formula_names(right)


def formula_calls(node: Node) -> Iterator[tuple[str, Node]]:
    """The functions that a formula applies, with what each is applied to."""
    match node:
        case Call(function, operand):
            yield function, operand
            yield from formula_calls(operand)
        case Negative(operand):
            yield from formula_calls(operand)
        case Binary(_, left, right):
            yield from formula_calls(left)
            yield from formula_calls(right)


def formula_text(node: Node) -> str:
    """A formula as it would be written, with no brackets that change nothing."""
    return _text(node, 0)


_RANK = {"+": 1, "-": 1, "*": 2, "/": 2}


def _text(node: Node, outer: int) -> str:
    match node:
        case Number(value):
            return str(value)
        case Name(code):
            return code
        case Days():
            return DAYS
        case Negative(operand):
            return f"-{_text(operand, 3)}"
        case Call(function, operand):
            return f"{function}({_text(operand, 0)})"
        case Binary(operator, left, right):
            rank = _RANK[operator]
            # a - (b - c) and a / (b * c) keep their brackets: the right side binds one step tighter
            inner = f"{_text(left, rank)} {operator} {_text(right, rank + (operator in '-/'))}"
            return f"({inner})" if rank < outer else inner


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if not match:
            raise FormulaError(f"'{text}': '{text[at:].strip()[0]}' is no part of a formula")
        tokens.append(match.group().strip())
        at = match.end()
    return tokens


class _Reader:
    """Reads one formula by recursive descent."""

    def __init__(self, text: str, tokens: list[str]) -> None:
        self._text = text
        self._tokens = tokens
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self.peek()
        if not token:
            raise FormulaError(f"'{self._text}' ends too early")
        self._at += 1
        return token

    def _expect(self, mark: str) -> None:
        if self.peek() != mark:
            raise FormulaError(f"'{self._text}': '{mark}' is missing before '{self.peek() or 'the end'}'")
        self._at += 1

    def expression(self) -> Node:
        node = self._term()
        while self.peek() in {"+", "-"}:
            node = Binary(self._next(), node, self._term())
        return node

    def _term(self) -> Node:
        node = self._factor()
        while self.peek() in {"*", "/"}:
            node = Binary(self._next(), node, self._factor())
        return node

    def _factor(self) -> Node:
        read = self._next()
        if read == "(":
            node = self.expression()
            self._expect(")")
            return node
        if read == "-":
            return Negative(self._factor())
        if read[0].isdigit():
            return Number(Decimal(read))
        if not read[0].isalpha():
            raise FormulaError(f"'{self._text}': '{read}' is not expected there")
        if self.peek() != "(":
            return Days() if read == DAYS else Name(read)
        if read not in FUNCTIONS:
            known = ", ".join(sorted(FUNCTIONS))
            raise FormulaError(f"'{self._text}': there is no function '{read}'; there are {known}")
        self._next()
        operand = self.expression()
        self._expect(")")
        return Call(read, operand)
