"""Clinical notes with planted identifiers: templates, filled with made-up values whose places are known.

templates/tuned_*.txt may be looked at while recognisers are written; templates/unseen_*.txt was written
before them and is only counted. The values differ by half as well (templates/values.yaml).
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from verticals.medical.deidentify.checksums import (
    check_digit_iban,
    check_digit_luhn,
    check_digit_mod11_2,
    check_digit_nhs,
)

TEMPLATES = Path(__file__).with_name("templates")
HALVES = ("tuned", "unseen")
LANGUAGES = ("en", "zh")
NOTES_PER_TEMPLATE = 10
SEED = 20240318
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_SLOT = re.compile(r"\{(\w+)(?:\.(\d))?\}")
# Slots that plant the same kind: a name is planted whole, by family name or by given name.
_KINDS = {
    "family": "name",
    "given": "name",
    "name_reversed": "name",
    "nhs": "record",
    "hospital": "organisation",
}
_REGIONS = ("110108", "330106", "440305", "510107", "320508")


@dataclass(frozen=True, slots=True)
class Planted:
    """A planted identifier; `kind`: of the span that should be found; none where either way is right."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Note:
    """A text and all the identifiers in it."""

    text: str
    language: str
    half: str
    template: str
    planted: tuple[Planted, ...]
    source: str = "notes"


def notes_make(half: str, language: str, count: int = NOTES_PER_TEMPLATE, seed: int = SEED) -> Iterator[Note]:
    """`count` notes of every template of a half and language; the same seed makes the same notes."""
    values = yaml.safe_load((TEMPLATES / "values.yaml").read_text(encoding="utf-8"))[half][language]
    for number, template in enumerate(_templates(half, language)):
        for turn in range(count):
            rng = random.Random(f"{seed}/{half}/{language}/{number}/{turn}")
            yield _filled(template, _Values(rng, values, language), half, f"{half}_{language}/{number}")


def _templates(half: str, language: str) -> list[str]:
    text = (TEMPLATES / f"{half}_{language}.txt").read_text(encoding="utf-8")
    return [part.strip() for part in text.split("===\n") if part.strip()]


def _filled(template: str, values: "_Values", half: str, name: str) -> Note:
    parts: list[str] = []
    planted: list[Planted] = []
    at = length = 0
    for slot in _SLOT.finditer(template):
        parts.append(template[at : slot.start()])
        length += len(parts[-1])
        value = values.value(slot[1], slot[2] or "1")
        # an article before a date identifies nobody: "the 5th of March"
        lead = len("the ") if value.startswith("the ") else 0
        planted.append(Planted(length + lead, length + len(value), _KINDS.get(slot[1], slot[1])))
        parts.append(value)
        length += len(value)
        at = slot.end()
    return Note("".join([*parts, template[at:]]), values.language, half, name, tuple(planted))


class _Values:
    """The values of one note: a person keeps one name through it."""

    def __init__(self, rng: random.Random, values: Mapping[str, Any], language: str) -> None:
        self.rng, self.values, self.language = rng, values, language
        self.people: dict[str, tuple[str, str]] = {}

    def value(self, slot: str, person: str) -> str:
        if slot in ("name", "family", "given", "name_reversed"):
            return self._name(slot, person)
        return str(getattr(self, f"_{slot}")())

    def _name(self, slot: str, person: str) -> str:
        if self.language == "zh":
            if person not in self.people:
                foreign = self.rng.random() < 0.05
                whole = self._pick("foreign") if foreign else self._pick("family") + self._pick("given")
                self.people[person] = (whole, "")
            return self.people[person][0]
        if person not in self.people:
            self.people[person] = (self._pick("given"), self._pick("family"))
        given, family = self.people[person]
        if slot == "name" and self.rng.random() < 0.2:
            return f"{given} {self.rng.choice('ABDEHJLMRST')}. {family}"
        forms = {
            "name": f"{given} {family}",
            "family": family,
            "given": given,
            "name_reversed": f"{family.upper()}, {given}",
        }
        return forms[slot]

    def _pick(self, key: str) -> str:
        return str(self.rng.choice(self.values[key]))

    def _date(self) -> str:
        rng, month = self.rng, self.rng.randint(1, 12)
        year = rng.randint(2015, 2024)
        # days from the 4th on take "th" in English, but for the 21st to 23rd
        day = rng.choice([d for d in range(4, 28) if d not in (21, 22, 23)])
        form = self._pick("dates")
        return form.format(
            y=year, y2=year % 100, m=month, d=day, month=MONTHS[month - 1], mon=MONTHS[month - 1][:3]
        )

    def _digits(self, form: str) -> str:
        return re.sub(r"\{n(\d+)\}", lambda n: self._number(int(n[1])), form)

    def _number(self, length: int) -> str:
        return str(self.rng.randint(1, 9)) + "".join(str(self.rng.randint(0, 9)) for _ in range(length - 1))

    def _phone(self) -> str:
        form = self._digits(self._pick("phones"))
        return form.format(a=f"{self.rng.randint(200, 999)}", b=f"{self.rng.randint(0, 9999):04}")

    def _age(self) -> str:
        return self._pick("ages")

    def _address(self) -> str:
        if self.language == "zh":
            return self._pick("addresses")
        return f"{self._pick('streets')}, {self._pick('towns')}"

    def _hospital(self) -> str:
        return self._pick("hospitals")

    def _email(self) -> str:
        user = self.rng.choice(["m.keller", "jane_roe77", "wangli", "q-zhou", "info.desk"])
        return f"{user}@{self.rng.choice(['example.org', 'mail.example.com', 'clinic.example.cn'])}"

    def _url(self) -> str:
        return self.rng.choice(
            [
                "https://portal.example.org/r/8f3a?id=77",
                "www.example-clinic.net/results",
                "http://example.cn/bg/20871",
            ]
        )

    def _ip(self) -> str:
        if self.rng.random() < 0.2:
            return "2001:db8:85a3::8a2e:370:7334"
        return "10." + ".".join(str(self.rng.randint(1, 254)) for _ in range(3))

    def _record(self) -> str:
        return self._digits(self._pick("records"))

    def _device(self) -> str:
        return self._digits(self._pick("devices"))

    def _plate(self) -> str:
        return self._digits(self._pick("plates"))

    def _account(self) -> str:
        return self._number(self.rng.choice([9, 12]))

    def _insurance(self) -> str:
        return self.rng.choice(["", "HX", "B"]) + self._number(self.rng.choice([9, 10]))

    def _ssn(self) -> str:
        return f"{self.rng.randint(100, 665)}-{self.rng.randint(10, 99)}-{self.rng.randint(1000, 9999)}"

    def _card(self) -> str:
        body = self.rng.choice(["4539", "5412", "6222"]) + self._number(11)
        card = body + check_digit_luhn(body)
        return card if self.rng.random() < 0.5 else " ".join(card[at : at + 4] for at in range(0, 16, 4))

    def _iban(self) -> str:
        body = self._number(18)
        return f"DE{check_digit_iban('DE', body)}{body}"

    def _nhs(self) -> str:
        while True:
            body = self._number(9)
            if (digit := check_digit_nhs(body)) is not None:
                return f"{body[:3]} {body[3:6]} {body[6:]}{digit}"

    def _resident(self) -> str:
        born = date(self.rng.randint(1930, 2015), self.rng.randint(1, 12), self.rng.randint(1, 28))
        body = f"{self.rng.choice(_REGIONS)}{born:%Y%m%d}{self._number(3)}"
        return body + check_digit_mod11_2(body)
