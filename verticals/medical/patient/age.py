"""Age and date of birth: what one says of the other, and whether they go together."""

from datetime import date

from django.utils.translation import gettext as _

DAYS_A_YEAR = 365.25
AGE_MAX = 130


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
    return _(
        "The age %(age)s contradicts the birth date %(born)s, which makes %(years)s years on %(today)s. "
        "Correct one of them, or leave it out."
    ) % {
        "age": f"{age:g}",
        "born": born.isoformat(),
        "years": age_whole(born, today),
        "today": today.isoformat(),
    }
