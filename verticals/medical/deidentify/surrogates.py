"""What stands in the place of an identifier: made from a secret, alike for a person in one project.

Nothing is stored: a surrogate is chosen by HMAC-SHA256 of the identifier under the project's secret, so it
can be made again by whoever holds the secret, and by nobody else.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

from verticals.medical.deidentify.checksums import check_digit_luhn, check_digit_mod11_2, digits_of
from verticals.medical.deidentify.lexicon import family_zh, is_ambiguous, is_given, words_of
from verticals.medical.deidentify.project import Project
from verticals.medical.deidentify.shift import NUMERALS, date_shift
from verticals.medical.deidentify.span import Span

_GIVEN_ZH = (
    "文博 佳宁 嘉怡 建军 俊杰 立新 美玲 培德 瑞丰 世荣 思雅 天佑 婉清 欣然 学礼 雅芝 怡君 永福 "
    "元庆 正阳 伟 丽 涛 敏 杰 霞 磊 洁 勇 娟 斌 婷"
)
_FAMILY_ZH = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕"
_STREETS = (
    "Alder",
    "Beacon",
    "Cobble",
    "Dunmore",
    "Ferncliff",
    "Granary",
    "Hollin",
    "Larkfield",
    "Millrace",
    "Saltmarsh",
)
_TOWNS = (
    "Ashbourne Vale",
    "Brackwater",
    "Coldmere",
    "Eastholm",
    "Harnsworth",
    "Lowmoor",
    "Thornbeck",
    "Westerleigh",
)
_TOWNS_ZH = ("云州市", "临溪市", "南屏市", "青原市", "平澜市", "东岭市")
_STREETS_ZH = ("长宁路", "文昌街", "松林路", "新华巷", "望江路", "建业街")
_CLINICS_ZH = ("云溪", "松涛", "明湖", "南屏", "青原", "平澜", "望岭", "临溪")
# of any script, with the marks that other scripts write over and under letters
_TOKEN = re.compile(r"[^\W\d_][^\s\d.,;:()/&·-]*(?:-[^\W\d_][^\s\d.,;:()/&·-]*)*")
_PARTICLE = re.compile(r"(?:de|la|van|von|der|den|al|bin|ibn|da|dos|di|el|le|du|del|II|III|IV|Jr|Sr)$")


@dataclass(frozen=True, slots=True)
class Surrogates:
    """Surrogates of one group of texts within one project: of a patient, as a rule.

    `day_first`: how 3/4/2024 is read where the text does not tell.
    """

    project: Project
    group: str
    day_first: bool = False

    @property
    def shift_days(self) -> int:
        """By how many days all dates of the group are moved: intervals stay as they are."""
        return self.project.shift_days(self.group)

    def surrogate(self, text: str, span: Span) -> str:
        """What replaces the span of a text; of the same kind and, for numbers, of the same form."""
        value = text[span.start : span.end]
        if span.kind == "date":
            return self._date(value, text)
        if span.kind == "age":
            return _age(text, span)
        makers = {
            "name": self._name,
            "email": self._email,
            "url": self._url,
            "ip": self._ip,
            "address": self._address,
            "organisation": self._organisation,
            "card": self._card,
            "ssn": self._ssn,
            "resident": self._resident,
        }
        return makers.get(span.kind, self._like)(value)

    def _date(self, value: str, text: str) -> str:
        """The day moved as all dates of the group; what is no day of the calendar gets other figures."""
        plain, around = (unicodedata.normalize("NFKC", one) for one in (value, text))
        moved = date_shift(plain, self.shift_days, text=around, day_first=self.day_first)
        return moved or self._like(value)

    def _pick(self, pool: Sequence[str], kind: str, value: str) -> str:
        at = self.project.number(kind, value) % len(pool)
        return pool[at] if pool[at].casefold() != value.casefold() else pool[(at + 1) % len(pool)]

    def _name(self, value: str) -> str:
        """Word by word, so that "Anna Keller", "KELLER, Anna" and "Keller" stay one person."""
        if _han(value[:1]):
            return self._name_zh(value)
        return _TOKEN.sub(lambda one: self._name_word(one[0]), value)

    def _name_word(self, word: str) -> str:
        if _PARTICLE.match(word):
            return word
        if len(word) == 1:
            return chr(ord("A") + self.project.number("initial", word) % 26)
        given = is_given(word) or is_ambiguous(word)
        pool = sorted(words_of("given" if given else "family"))
        chosen = self._pick(pool, "name", word)
        return chosen.upper() if word.isupper() else chosen if word[0].isupper() else chosen.lower()

    def _name_zh(self, value: str) -> str:
        parts = re.split(r"[·•‧・]", value)
        if len(parts) > 1:
            return "·".join(self._pick(_GIVEN_ZH.split(), "name", part) for part in parts)
        family = 2 if value[:2] in family_zh()[1] else 1
        given = [one for one in _GIVEN_ZH.split() if len(one) == min(2, len(value) - family)]
        chosen = self._pick(_FAMILY_ZH, "family", value[:family])
        return chosen + (self._pick(given, "given", value[family:]) if given else "")

    def _like(self, value: str) -> str:
        """The same form with other digits and letters."""
        # blanks and marks do not count, so that 138 1234 5678 and 13812345678 stay one number
        plain = "".join(one for one in value if one.isalnum())
        stream = cycle(self.project.number("like", plain).to_bytes(32, "big"))
        return "".join(_other(one, step) for one, step in zip(value, stream, strict=False))

    def _email(self, value: str) -> str:
        return f"user{self.project.number('email', value) % 10**8:08}@example.org"

    def _url(self, value: str) -> str:
        return f"https://example.org/{self.project.number('url', value) % 10**8:08}"

    def _ip(self, value: str) -> str:
        number = self.project.number("ip", value)
        # the ranges for documentation: RFC 5737 and RFC 3849
        return f"2001:db8::{number % 65536:x}" if ":" in value else f"192.0.2.{1 + number % 254}"

    def _address(self, value: str) -> str:
        number = self.project.number("address", re.sub(r"\W", "", value))
        if digits_of(value) == re.sub(r"\W", "", value):
            return self._like(value)
        if any(_han(one) for one in value):
            town, street = _TOWNS_ZH[number % 6], _STREETS_ZH[number // 6 % 6]
            return f"{town}{street}{1 + number // 36 % 300}号"
        street, town = _STREETS[number % 10], _TOWNS[number // 10 % 8]
        return f"{1 + number // 80 % 300} {street} Street, {town}"

    def _organisation(self, value: str) -> str:
        if any(_han(one) for one in value):
            kind = re.search(r"(?:医院|卫生院|中心|诊所|门诊部|[一-鿿]院|卫生室)", value)
            return self._pick(_CLINICS_ZH, "organisation", value) + (kind[0] if kind else "医院")
        return f"{self._pick(_STREETS, 'organisation', value)} {value.split()[-1]}"

    def _card(self, value: str) -> str:
        """Passes Luhn's test, and begins with 9, which no card network has (ISO/IEC 7812-1)."""
        body = "9" + digits_of(self._like(value))[1:-1]
        digits = iter(body + check_digit_luhn(body))
        return "".join(next(digits) if one.isdigit() else one for one in value)

    def _ssn(self, value: str) -> str:
        """Of the areas from 900 on, which are never given out."""
        digits = iter("9" + digits_of(self._like(value))[1:])
        return "".join(next(digits) if one.isdigit() else one for one in value)

    def _resident(self, value: str) -> str:
        """With the date of birth moved as all dates, of a region that is not; the check digit holds."""
        value = unicodedata.normalize("NFKC", value)  # recognisers read digits of full width too
        if not re.fullmatch(r"[0-9]{17}[0-9Xx]", value):
            return self._like(value)
        born = date_shift(value[6:14], self.shift_days, text="", day_first=False) or value[6:14]
        region, order = (self.project.number(kind, value) for kind in ("region", "order"))
        body = f"99{region % 10**4:04}{born}{order % 1000:03}"
        return body + check_digit_mod11_2(body)


def _other(character: str, step: int) -> str:
    if character.isdigit():
        return str(step % 10)
    if character in NUMERALS:
        return NUMERALS[step % 10]
    if character.isascii() and character.isalpha():
        return chr(ord("A" if character.isupper() else "a") + step % 26)
    return character


def _han(text: str) -> bool:
    return bool(text) and "一" <= text <= "鿿"


def _age(text: str, span: Span) -> str:
    """Ninety or more, told as one group."""
    following = text[span.end : span.end + 2].lstrip()[:1]
    if following in ("多", "余", "来"):
        return "90"
    return "90余" if following and following in "周岁" else "90+"
