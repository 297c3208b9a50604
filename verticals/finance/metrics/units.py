"""Units of quantities: what may be added, and what a product or a quotient is counted in."""

from collections import Counter

PURE = "pure"
_PERCENT = {"%", "percent", "％"}


class UnitsDiffer(ArithmeticError):
    """Two quantities that may not be added; `left` and `right` are their units."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right} cannot be added.")
        self.left, self.right = left, right


def unit_sum(left: str, right: str) -> str:
    """The unit of a sum. Raises UnitsDiffer."""
    if _powers(left) != _powers(right):
        raise UnitsDiffer(left, right)
    return left


def unit_product(left: str, right: str) -> str:
    powers = _powers(left)
    powers.update(_powers(right))
    return _text(powers)


def unit_quotient(left: str, right: str) -> str:
    powers = _powers(left)
    powers.subtract(_powers(right))
    return _text(powers)


def is_percent(unit: str) -> bool:
    """Whether a stated value is in per cent, where metrics are held as fractions."""
    return unit.lower() in _PERCENT


def is_money(unit: str) -> bool:
    """Whether a unit is a currency: three capital letters (ISO 4217)."""
    return len(unit) == 3 and unit.isascii() and unit.isupper()


def _powers(unit: str) -> "Counter[str]":
    above, _, below = unit.partition("/")
    powers: Counter[str] = Counter(one for one in above.split("*") if one and one != PURE)
    powers.subtract(one for one in below.split("*") if one and one != PURE)
    return Counter({one: power for one, power in powers.items() if power})


def _text(powers: "Counter[str]") -> str:
    above = [one for one in sorted(powers) for _ in range(powers[one])]
    below = [one for one in sorted(powers) for _ in range(-powers[one])]
    if not above and not below:
        return PURE
    return "*".join(above or [PURE]) + (f"/{'*'.join(below)}" if below else "")
