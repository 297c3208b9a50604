"""Age and date of birth: what one says of the other, and whether they go together."""

import re
from calendar import monthrange
from datetime import date

from django.utils.translation import gettext as _

from collegium.sdk.errors import Invalid

DAYS_A_YEAR = 365.25
AGE_MAX = 130
_BIRTH = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")


def age_years(born: date, today: date) -> float:
    """The age in years with its fraction; below nought for a birth that lies ahead."""
    return (today - born).days / DAYS_A_YEAR


def age_whole(born: date, today: date) -> int:
    """The age in whole years, as people state it."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def birth_problem(born: date, today: date) -> str:
    """What is wrong with a date of birth; nothing where it can be one."""
    if born > today:
        return _("The birth date %(born)s lies in the future.") % {"born": born.isoformat()}
    if age_whole(born, today) > AGE_MAX:
        return _("The birth date %(born)s makes an age above %(most)s years.") % {
            "born": born.isoformat(),
            "most": AGE_MAX,
        }
    return ""


def age_problem(age: float, born: date, today: date, *, tolerance_years: float = 0.0) -> str:
    """How an age contradicts a date of birth, with both values; nothing where they go together.

    Args:
        tolerance_years: by how much a stated age may be off; 0 compares whole years.
    """
    if tolerance_years:
        agree = abs(age_years(born, today) - age) <= tolerance_years
    else:
        agree = age == age_whole(born, today)
    if agree or born > today:
        return ""
    return _contradiction(age, born.isoformat(), str(age_whole(born, today)), today)


def birth_span(born: str) -> tuple[date, date]:
    """The first and last day that a birth date in FHIR's form may be: a day, a month, or a year alone."""
    try:
        parts = [int(part) for part in born.split("-")] if _BIRTH.fullmatch(born) else []
        year, month, day = (*parts, *(0, 0, 0)[len(parts) :])
        last = month or 12
        return date(year, month or 1, day or 1), date(year, last, day or monthrange(year, last)[1])
    except ValueError as error:
        told = _("The birth date '%(born)s' is no date; write it as 1980-02-29.")
        raise Invalid(told % {"born": born[:40]}, code="invalid_context") from error


def ages_of(born: str, today: date) -> tuple[int, int]:
    """The least and greatest age in whole years that a birth date in FHIR's form makes. Raises Invalid."""
    first, last = birth_span(born)
    if problem := birth_problem(first, today) if first > today else birth_problem(min(last, today), today):
        raise Invalid(problem, code="invalid_context")
    return age_whole(min(last, today), today), age_whole(first, today)


def age_outside(age: int, born: str, today: date) -> str:
    """How an age contradicts a birth date in FHIR's form; nothing where they go together."""
    least, most = ages_of(born, today)
    if least <= age <= most:
        return ""
    years = str(least) if least == most else _("%(least)s or %(most)s") % {"least": least, "most": most}
    return _contradiction(age, born, years, today)


def _contradiction(age: float, born: str, years: str, today: date) -> str:
    return _(
        "The age %(age)s contradicts the birth date %(born)s, which makes %(years)s years on %(today)s. "
        "Correct one of them, or leave it out."
    ) % {"age": f"{age:g}", "born": born, "years": years, "today": today.isoformat()}
