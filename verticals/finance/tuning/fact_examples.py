"""Examples from facts: a question, the computed figures, and the sentences that tell them.

The sentences are those of a computed answer; an example is kept only where every number of them is a figure
that it was given.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone

from collegium.sdk.answering import Prompt
from collegium.sdk.evidence import rephrasing_asked
from collegium.sdk.numbers import numbers_find
from collegium.sdk.tuning import Example, Export, Message
from verticals.finance.answering.composed import composed
from verticals.finance.answering.compute import compute
from verticals.finance.answering.computed import Computed
from verticals.finance.answering.figures import exact
from verticals.finance.answering.grounded import numbers_ungrounded
from verticals.finance.answering.reach import Reach, reach_of
from verticals.finance.answering.shown import Words
from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.metrics.units import is_money
from verticals.finance.metrics.value import MetricValue
from verticals.finance.questions.reading import question_read

YEARS_MOST = 4  # of one company, the latest first
FACTS_MOST = 12
METRICS = (
    "revenue", "cost_of_revenue", "gross_profit", "gross_margin", "operating_income", "operating_margin",
    "net_income", "net_margin", "research_expense", "operating_cash_flow", "free_cash_flow",
    "capital_expenditure", "total_assets", "total_equity", "inventory", "eps_diluted",
)  # fmt: skip
PROMPTS = {
    "en": Prompt(
        version="figures/1",
        system="You word answers from figures and quotations of company reports. Use only the facts, numbers "
        "and names that they state. Give no advice.",
        instruction="Answer the question in one or two sentences from these figures. Copy numbers with their "
        "units exactly.",
    ),
    "zh": Prompt(
        version="figures/1",
        system="你用公司报告中的数字和引文组织回答。只使用其中的事实、数字和名称，不提供投资建议。",
        instruction="请根据以下数字用一两句话回答问题。数字和单位必须完全一致。",
    ),
}
_ASKED = {
    "en": ("What was {whose} {metric} in {year}?", "How did {whose} {metric} change in {year}?"),
    "zh": ("{whose}{year}年的{metric}是多少？", "{whose}{year}年的{metric}同比增长多少？"),
}

_ROLES = {
    "en": {"movement": "rate of change of {}", "change": "change of {}", "average": "average of {}"},
    "zh": {"movement": "{}变动率", "change": "{}变动额", "average": "{}平均值"},
}


@dataclass(frozen=True, slots=True)
class _Company:
    key: str
    years: tuple[int, ...]
    document: str  # what a refusal rests on


def facts_export(export: Export) -> Iterator[Example]:
    """The examples of the facts that the asker sees, by company, year and metric."""
    reach = reach_of(export.asker, knowledge_bases=export.knowledge_bases)
    for company in _companies(reach):
        language = "zh" if any("一" <= one <= "鿿" for one in reach.names[company.key]) else "en"
        if export.language in ("", language):
            yield from _company_examples(company, reach, language)


def _companies(reach: Reach) -> Iterator[_Company]:
    for key in sorted(reach.names):
        filings = reach.source.filings([key])[key]
        years = sorted({one.fiscal_year for one in filings if one.fiscal_year}, reverse=True)
        documents = sorted(map(str, reach.source.newest_documents([key])))
        if years and documents:
            yield _Company(key, tuple(years[:YEARS_MOST]), documents[0])


def _company_examples(company: _Company, reach: Reach, language: str) -> Iterator[Example]:
    words = Words(catalogue(), language, reach.names)
    whose = words.entity(company.key) if words.chinese else words.possessive(company.key)
    for year in company.years:
        known: list[str] = []  # figures of the year, to say of another that they do not tell it
        for code in METRICS:
            metric = words.metric(code)
            for form in _ASKED[language]:
                text = form.format(whose=whose, metric=metric, year=year)
                if example := _example(text, company, reach, words, known):
                    yield example


def _example(text: str, company: _Company, reach: Reach, words: Words, known: list[str]) -> Example | None:
    """The example of a question; None where it is read as another, or its sentences need other numbers."""
    query = question_read(text, reach.directory, today=timezone.localdate(), language=words.language)
    if query.missing or not query.metrics or query.entities != (company.key,):
        return None
    computed = compute(query, reach.source, tuple(reach.names))
    answer = composed(computed, reach.names, language=words.language)
    if not answer.answered:
        if not computed.refused or not known:
            return None
        return _made(text, known[:FACTS_MOST], answer.sentences, company.document, words, refusal=True)
    facts = _facts_told(computed, words)
    known += [one for one in facts if one not in known]
    documents = [fact.document for value in computed.values for fact in value.facts if fact.document]
    if not documents or len(facts) > FACTS_MOST:
        return None
    told = any(cell.value is not None for cell in computed.cells if cell.role != "base")
    return _made(text, facts, answer.sentences, documents[0], words, refusal=not told)


def _facts_told(computed: Computed, words: Words) -> list[str]:
    """The figures of an answer and those that they were computed from, a line each."""
    cells = [cell for cell in computed.cells if cell.value is not None]
    lines = {_line(cell.value, words.cell(cell), words, cell.role): None for cell in cells if cell.value}
    waiting = [value for cell in cells if cell.value for value in cell.value.operands]
    while waiting:
        value = waiting.pop(0)
        lines[_line(value, words.value(value), words)] = None
        waiting += value.operands
    return list(lines)


def _line(value: MetricValue, shown: str, words: Words, role: str = "") -> str:
    """Whose figure, when, of what, and the figure: in full where it was rounded for reading."""
    full = exact(value.value, value.unit, words.language) if is_money(value.unit) else shown
    figure = shown if full == shown else f"{shown} ({full})"
    named = _ROLES[words.language].get(role, "{}").format(words.metric(value.metric))
    return f"{words.entity(value.entity)}, {value.period.label(words.language)}, {named}: {figure}"


def _made(
    text: str, facts: list[str], said: tuple[str, ...], document: str, words: Words, *, refusal: bool
) -> Example | None:
    answer = ("" if words.chinese else " ").join(said)
    numbers = [number.value for line in facts for number in numbers_find(line)]
    if not answer or numbers_ungrounded(answer, numbers, names=list(words.names.values())):
        return None
    prompt = PROMPTS[words.language]
    return Example(
        (
            Message("system", prompt.system),
            Message("user", rephrasing_asked(prompt, text, words.language, enumerate(facts, 1))),
            Message("assistant", answer),
        ),
        source=document,
        language=words.language,
        made_by="template",
        evidence=() if refusal else tuple(facts),
        refusal=refusal,
    )
