"""Why a figure is missing, said so that the reader knows what it would take."""

from verticals.finance.answering.segments import member_name
from verticals.finance.answering.shown import Words
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.value import NotReported, Reason

_REPORT = {
    "Q1": {"en": "first-quarter report {}", "zh": "{}年第一季度报告"},
    "H1": {"en": "half-year report {}", "zh": "{}年半年度报告"},
    "Q2": {"en": "second-quarter report {}", "zh": "{}年第二季度报告"},
    "9M": {"en": "nine-month (third-quarter) report {}", "zh": "{}年第三季度报告"},
    "Q3": {"en": "third-quarter report {}", "zh": "{}年第三季度报告"},
    "FY": {"en": "annual report {}", "zh": "{}年年度报告"},
}


def reason_text(outcome: NotReported, words: Words) -> str:
    """One sentence on why there is no value."""
    head = _head(outcome, words)
    tail = _TEXTS[outcome.reason](outcome, words)
    return f"{head}{tail}" if words.chinese else f"{head} {tail}"


def _head(outcome: NotReported, words: Words) -> str:
    period = outcome.period.label(words.language)
    part = words.named(outcome.dims, member_name(outcome.dims)) if outcome.dims else ""
    if words.chinese:
        return f"{words.entity(outcome.entity)}{period}{part}的{words.metric(outcome.metric)}："
    part = f" ({part})" if part else ""
    return f"{words.entity(outcome.entity)}{part}, {words.metric(outcome.metric)}, {period}:"


def report_named(period: FiscalPeriod, language: str) -> str:
    """The report that states a period to date."""
    texts = _REPORT.get(period.part)
    return texts[language].format(period.year) if texts else period.label(language)


def _needs(outcome: NotReported, words: Words) -> str:
    names = list(dict.fromkeys(words.metric(code) for code in outcome.needs or (outcome.metric,)))
    return ("、" if words.chinese else ", ").join(names)


def _when(outcome: NotReported, words: Words) -> str:
    """The period in which something was missing, where it is another than the one asked about."""
    needed = outcome.data.get("needed_in")
    if outcome.data.get("opening"):
        return "期初" if words.chinese else "at the start of the period"
    if isinstance(needed, FiscalPeriod) and needed != outcome.period:
        return needed.label(words.language) if words.chinese else f"for {needed.label('en')}"
    return ""


def _not_stated(outcome: NotReported, words: Words) -> str:
    needs, when = _needs(outcome, words), _when(outcome, words)
    if words.chinese:
        return f"现有报告未披露{when}{needs}，因此未作计算。"
    return f"not reported; the reports at hand do not state {needs}{' ' + when if when else ''}."


def _other_periods(outcome: NotReported, words: Words) -> str:
    if outcome.periods:
        reports = [report_named(period, words.language) for period in outcome.periods]
        if words.chinese:
            return f"现有报告只披露累计数，缺少{'、'.join(reports)}，无法得出该期间的单独数据。"
        return f"only cumulative figures are stated; the {' or the '.join(reports)} is missing to derive it."
    needs, when = _needs(outcome, words), _when(outcome, words)
    if words.chinese:
        return f"现有报告未披露{when or '该期间的'}{needs}，只有其他期间的数据。"
    return f"the reports at hand state {needs} for other periods only{', not ' + when if when else ''}."


def _not_additive(outcome: NotReported, words: Words) -> str:
    if words.chinese:
        return f"{_needs(outcome, words)}只有其他期间的数据，且不能相加减，因此不作推算。"
    return f"{_needs(outcome, words)} is stated for other periods only and may not be added or subtracted."


def _not_applicable(outcome: NotReported, words: Words) -> str:
    industry = words.metrics.industries.get(str(outcome.data.get("industry")))
    if industry is None:
        return (
            "该公司的报表没有此项指标。" if words.chinese else "the company's statements have no such figure."
        )
    name = industry.names[words.language]
    if words.chinese:
        return f"该公司为{name}，其报表没有此项指标。"
    article = "an" if name[0] in "aeiou" else "a"
    return f"the company is {article} {name}; its statements have no such figure."


def _scope(outcome: NotReported, words: Words) -> str:
    if words.chinese:
        return "披露的营业成本未涵盖全部营业收入，两者之差不是毛利，因此不作计算。"
    return "the stated cost does not cover all of the revenue: their difference is no gross profit."


def _units(outcome: NotReported, words: Words) -> str:
    left, right = outcome.data.get("left"), outcome.data.get("right")
    if words.chinese:
        return f"所需数据的单位不一致（{left}与{right}），不能相加减。"
    return f"the figures are in units that do not agree ({left} and {right})."


def _zero(outcome: NotReported, words: Words) -> str:
    if words.chinese:
        return f"{_needs(outcome, words)}为零，不能作除数。"
    return f"{_needs(outcome, words)} is zero, so that nothing can be divided by it."


def _not_by_month(outcome: NotReported, words: Words) -> str:
    day = outcome.period.day
    if words.chinese:
        which = "没有截至该日的数据" if day else "没有单月数据"
        return f"报告按季度和年度披露{_needs(outcome, words)}，{which}，也不以其他期间的数据代替。"
    which = "up to that day" if day else "by month"
    return (
        f"reports state {_needs(outcome, words)} by quarter and by year, not {which};"
        " the figure of another period is not given in its place."
    )


def _no_balance(outcome: NotReported, words: Words) -> str:
    if words.chinese:
        which = "该日" if outcome.period.day else "该月末"
        return f"{which}不是季末，报告没有该日的{_needs(outcome, words)}余额。"
    which = "on that day" if outcome.period.day else "in that month"
    return f"no quarter ends {which}, so that no report states a balance of {_needs(outcome, words)} for it."


def _negative(outcome: NotReported, words: Words) -> str:
    needs, when, below = _needs(outcome, words), _when(outcome, words), outcome.data.get("sign") == "negative"
    if words.chinese:
        how = "为负数" if below else "为零"
        return f"{when or '该期间的'}{needs}{how}，年复合增长率只能在两个正数之间计算，因此不作计算。"
    how = "negative" if below else "zero"
    return (
        f"{needs}{' ' + when if when else ''} is {how}; a growth rate per year can only be computed between"
        " two figures above zero."
    )


def _no_period(outcome: NotReported, words: Words) -> str:
    if words.chinese:
        return "没有可比的上一期间。"
    return "there is no period before it to compare with."


_TEXTS = {
    Reason.NOT_STATED: _not_stated,
    Reason.OTHER_PERIODS: _other_periods,
    Reason.NOT_ADDITIVE: _not_additive,
    Reason.NOT_APPLICABLE: _not_applicable,
    Reason.SCOPE: _scope,
    Reason.UNITS: _units,
    Reason.ZERO: _zero,
    Reason.NOT_BY_MONTH: _not_by_month,
    Reason.NO_BALANCE: _no_balance,
    Reason.NEGATIVE: _negative,
    Reason.NO_PERIOD: _no_period,
}
