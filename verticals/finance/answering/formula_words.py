"""A formula written out twice: in the names of what it reads, and in their figures."""

from typing import TYPE_CHECKING

from verticals.finance.metrics.formula import Binary, Call, Days, Name, Negative, Node, Number
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.value import MetricValue

if TYPE_CHECKING:
    from verticals.finance.answering.shown import Words

_RANK = {"+": 1, "-": 1, "*": 2, "/": 2}
_SIGNS = {"+": "+", "-": "-", "*": "×", "/": "÷"}
_CALLS = {
    "average": {"en": "average {}", "zh": "平均{}"},
    "opening": {"en": "opening {}", "zh": "期初{}"},
    "prior": {"en": "{} a year earlier", "zh": "上年同期{}"},
    "previous": {"en": "{} of the period before", "zh": "上期{}"},
}


def formula_words(tree: Node, value: MetricValue, words: "Words") -> tuple[str, str]:
    """The formula of a computed value in names and in figures."""
    found = {(one.metric, one.period, one.opening): one for one in value.operands}
    return _Writer(value, found, words).both(tree)


class _Writer:
    def __init__(
        self, value: MetricValue, found: dict[tuple[str, FiscalPeriod, bool], MetricValue], words: "Words"
    ) -> None:
        self._value = value
        self._found = found
        self._words = words

    def both(self, node: Node, outer: int = 0) -> tuple[str, str]:
        match node:
            case Number(number):
                return str(number), str(number)
            case Days():
                name = "期间天数" if self._words.chinese else "days of the period"
                return name, name
            case Name(code):
                return self._words.metric(code), self._figure(code, "")
            case Negative(operand):
                names, figures = self.both(operand, 3)
                return f"-{names}", f"-{figures}"
            case Call(function, operand):
                return self._call(function, operand, outer)
            case Binary(operator, left, right):
                return self._binary(operator, left, right, outer)

    def _binary(self, operator: str, left: Node, right: Node, outer: int) -> tuple[str, str]:
        rank = _RANK[operator]
        sides = self.both(left, rank), self.both(right, rank + (operator in "-/"))
        texts = [f"{sides[0][at]} {_SIGNS[operator]} {sides[1][at]}" for at in (0, 1)]
        if rank < outer:
            texts = [f"({text})" for text in texts]
        return texts[0], texts[1]

    def _call(self, function: str, operand: Node, outer: int) -> tuple[str, str]:
        if function == "optional":
            return self.both(operand, outer)
        if not isinstance(operand, Name):
            return self.both(operand, outer)
        name = _CALLS[function][self._words.language].format(self._words.metric(operand.code))
        if function == "average":
            first, last = self._figure(operand.code, "opening"), self._figure(operand.code, "")
            return name, f"{first}与{last}的平均" if self._words.chinese else f"average of {first} and {last}"
        return name, self._figure(operand.code, function)

    def _figure(self, code: str, shift: str) -> str:
        """The figure of a metric as it went into the formula; what was not reported went in as nothing."""
        period = self._value.period
        if shift == "prior":
            period = period.prior()
        elif shift == "previous":
            period = period.previous() or period
        found = self._found.get((code, period, shift == "opening" or self._value.opening))
        return "0" if found is None else self._words.value(found)
