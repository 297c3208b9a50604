"""Answers a question: computed from facts where it asks for figures, else quoted from the reports' text."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from collegium.sdk.answering import AnswerSteps, Query
from collegium.sdk.evidence import Candidate, evidence_choose, quotes_write, refuse_unfound
from collegium.sdk.retrieval import Hit, SearchRequest
from verticals.finance.answering.asked import (
    another_meant,
    asked_properly,
    company_names,
    query_read,
    text_query,
)
from verticals.finance.answering.composed import NAMED_MOST, ask_back, composed
from verticals.finance.answering.compute import compute
from verticals.finance.answering.computed import Computed
from verticals.finance.answering.explanation import explanation_find
from verticals.finance.answering.passages import passages_find
from verticals.finance.answering.reach import Reach, reach_of
from verticals.finance.answering.reasons import reason_text
from verticals.finance.answering.record import composed_record
from verticals.finance.answering.shown import Words
from verticals.finance.answering.there import COMPANIES_MOST, companies_there, reports_there
from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.metrics.value import NotReported, Reason
from verticals.finance.questions.definition import definition_taken
from verticals.finance.questions.metric_words import metric_words
from verticals.finance.questions.proper import question_proper
from verticals.finance.questions.query import Op, TypedQuery, query_as_dict
from verticals.finance.understand import report_query

if TYPE_CHECKING:
    from collegium.sdk.vertical import Vertical

SLUG = "finance"
REASONS_SAID = 3
_WORDS_DONE = """
cagr rank ranked companies company segment segments product products region regions division make made
total versus vs trend margin points basis versus year-on-year yoy cagr business businesses country countries
market markets geography 结果 总额 答案 需要 总计 复合 价值 分部 业务 产品 地区 区域 板块 行业 国家
"""
# Words that make another figure of it than the one that a metric names.
_QUALIFIED = re.compile(
    r"^(?:exclud(?:e[sd]?|ing)|except|without|adjusted|non|gaap|organic|guidance|expected|forecast|pro|forma)$"
    r"|母公司|不包括|不含|剔除|扣除|调整后|预计|预测"
)
_DONE = frozenset(_WORDS_DONE.split())  # they say what to do with figures, not which ones


def question_answer(vertical: "Vertical", steps: AnswerSteps) -> None:
    """Compute where facts allow it; ask back or say what is there; else quote the reports' text."""
    question = steps.question
    reach = reach_of(question.asker, knowledge_bases=question.knowledge_bases)
    query = query_read(question, reach)
    defined = definition_taken(query, question.text, catalogue(), metric_words())
    answer = _Answering(vertical, steps, reach, defined or query)
    if not reach.names:
        answer.quote()
    elif query.missing:
        answer.ask_back()
    elif query.op is Op.LIST and query.everyone and not query.metrics:
        answer.companies()
    elif answer.in_words or defined is None:  # the question defines another metric than there is
        answer.quote()
    else:
        answer.compute()


def words_unread(query: TypedQuery) -> list[str]:
    """The words of a question that its typed query leaves out, apart from those that say what to do."""
    members = " ".join(query.members).casefold()
    return [
        word
        for word in query.unread
        if len(word) > 1 and word not in _DONE and word.casefold() not in members
    ]


class _Answering:
    """One answer on its way."""

    def __init__(self, vertical: "Vertical", steps: AnswerSteps, reach: Reach, query: TypedQuery) -> None:
        self._vertical = vertical
        self._steps = steps
        self._reach = reach
        self._query = query
        self._language = steps.question.language
        self._words = Words(catalogue(), self._language, reach.names)

    @property
    def in_words(self) -> bool:
        """Whether the question is for text, or for another figure than the metric that it names."""
        query = self._query
        asks = query.op in {Op.TEXT, Op.LIST} or not query.metrics
        text = question_proper(self._steps.question.text)
        return asks or any(map(_QUALIFIED.search, query.unread)) or another_meant(query, text)

    def compute(self) -> None:
        computed = compute(self._query, self._reach.source, tuple(self._reach.names))
        if not computed.answered:
            if self._query.scope:
                self.quote()  # the group's figure is not the parent company's
            else:
                self._unanswered(computed)
            return
        self._understood()
        composed_record(self._steps, composed(computed, self._reach.names, language=self._language))
        if computed.op is Op.WHY:
            self._explain(computed)
        elif unread := words_unread(self._query):
            self._beside(unread)

    def ask_back(self) -> None:
        """Ask which company is meant, unless the text of the reports may tell without one."""
        query = self._query
        line = ask_back(query, self._words)
        first = [line] if query.unknown else []
        self._tells_of(query.near or self._companies(NAMED_MOST))
        text_may_tell = not query.near and (query.unknown or query.unread)
        if text_may_tell and self.quote(first=first, about=query.unknown, refuse=False):
            return
        self._refuse("unknown_company" if query.unknown and not query.near else "which_company", line)

    def _refuse(self, code: str, detail: str) -> None:
        self._understood()
        self._steps.refuse(code=code, detail=detail)

    def companies(self) -> None:
        self._understood()
        self._tells_of(self._companies(COMPANIES_MOST))
        self._steps.write(companies_there(self._reach.names, self._language), kind="notice")

    def quote(self, *, first: Sequence[str] = (), about: str = "", refuse: bool = True) -> bool:
        """Quote what the reports state, then let the model rephrase it; whether anything was found.

        `first` is said before. `about`: only passages that hold this name count.
        """
        found = text_query(self._vertical, self._steps.question, self._query, self._reach)
        search, notes = found.search, found.notes
        self._steps.understood(found)
        chosen = self._evidence(
            search, about, passages_find(self._steps.retrieve, search, self._query, catalogue())
        )
        if not chosen:  # beside the words that were added a question's own may weigh too little
            chosen = self._evidence(search, about, self._steps.retrieve(search))
        if not chosen:
            if refuse:
                self._nothing(first)
            return False
        for line in first:
            self._steps.find(check="coverage", action="noted", message=line)
        self._steps.write("\n".join(first), kind="notice")
        if missing := notes.get("years_missing"):
            self._years_missing(missing)
        quotes = quotes_write(self._steps, chosen)
        self._steps.rephrase(self._vertical.prompt(self._steps.question), quotes)
        return True

    def _evidence(self, search: SearchRequest, about: str, hits: Sequence[Hit]) -> list[Candidate]:
        told = [hit for hit in hits if about.casefold() in _said(hit)]
        return evidence_choose(asked_properly(search), told)

    def _unanswered(self, computed: Computed) -> None:
        """Where facts do not tell: the text may; what no text can tell is refused with what is there."""
        reasons = [one for one in computed.refused if isinstance(one, NotReported)]
        said = list(dict.fromkeys(reason_text(one, self._words) for one in reasons))[:REASONS_SAID]
        read, unread = self._reach.source.filings_read(self._query.entities)
        years = {one.period.year for one in reasons}
        if self._query.everyone and not self._query.entities:
            self._nothing(said)
        elif not read or words_unread(self._query):
            self.quote()  # without facts, or of a question that asks for more: the text is all there is
        elif all(one.reason is Reason.NOT_STATED for one in reasons) or any(
            filing.fiscal_year in years for filing in unread
        ):
            self.quote(first=said)
        else:
            self._nothing(said)

    def _nothing(self, said: Sequence[str]) -> None:
        """Refuse, say why, and say what is there of the companies asked about."""
        self._understood()
        filings = self._reach.source.filings(self._query.entities)
        there = [
            reports_there(self._reach.names[key], filings[key], self._language)
            for key in self._query.entities[:REASONS_SAID]
        ]
        self._steps.rests_on(self._reach.source.documents(list(filings)))
        if self._query.everyone and not there:
            self._tells_of(self._companies(COMPANIES_MOST))
            there = [companies_there(self._reach.names, self._language)]
        if not said and not there:
            refuse_unfound(self._steps)
            return
        gap = "" if self._language == "zh" else " "
        self._steps.refuse(
            code="not_reported" if said else "nothing_relevant", detail=gap.join([*said, *there])
        )

    def _companies(self, most: int) -> list[str]:
        """The companies that come first by name."""
        return sorted(self._reach.names, key=lambda key: self._reach.names[key])[:most]

    def _tells_of(self, companies: Sequence[str]) -> None:
        """The answer names these companies: one report of each has to be open to whom it is shown."""
        self._steps.rests_on(self._reach.source.newest_documents(companies))

    def _explain(self, computed: Computed) -> None:
        """After the figures, what management says of them; where it says nothing, that."""
        cells = [cell for cell in computed.cells if cell.role == "asked" and cell.value]
        if not cells:
            return
        chosen = explanation_find(
            self._steps,
            names=self._names([cell.entity for cell in cells]),
            metrics=list(dict.fromkeys(cell.metric for cell in cells)),
            period=cells[0].period,
            known=catalogue(),
        )
        if not chosen:
            text = "现有报告未说明原因。" if self._language == "zh" else "The reports at hand do not say why."
            self._steps.write(text, kind="notice")
            return
        quotes = quotes_write(self._steps, chosen)
        self._steps.rephrase(self._vertical.prompt(self._steps.question), quotes)

    def _beside(self, unread: Sequence[str]) -> None:
        """The computing passed words over: say so, and quote what the reports say in these words."""
        listed = ("、" if self._language == "zh" else ", ").join(unread)
        text = (
            f"计算中未考虑以下字词：{listed}。"
            if self._language == "zh"
            else f"Not taken into account in computing: {listed}."
        )
        self._steps.interpret([text])
        query = report_query(self._vertical, self._steps.question)
        hits = passages_find(self._steps.retrieve, query.search, self._query, catalogue())
        if chosen := evidence_choose(asked_properly(query.search), hits):
            quotes_write(self._steps, chosen)

    def _understood(self) -> None:
        """Keep the typed query, and a search for follow-up questions that ask for text."""
        question = self._steps.question
        companies = self._names(self._query.entities)
        search = SearchRequest(
            text=question.text,
            knowledge_bases=question.knowledge_bases,
            vertical=SLUG,
            filters={"company": companies} if companies else {},
        )
        notes = {"typed": query_as_dict(self._query), "years": self._years()}
        self._steps.understood(Query(search=search, notes=notes))

    def _names(self, keys: Sequence[str]) -> list[str]:
        return company_names(self._reach, keys)

    def _years(self) -> list[int]:
        return sorted({one.named.year for one in self._query.periods if one.named})

    def _years_missing(self, years: Sequence[int]) -> None:
        named = ", ".join(str(year) for year in years)
        text = (
            f"未找到该公司 {named} 年的报告，以下引文来自其他期间的报告。"
            if self._language == "zh"
            else f"No report for {named} is among the documents; what follows is from other periods."
        )
        self._steps.find(check="period", action="noted", message=text)
        self._steps.write(text, kind="notice")


def _said(hit: Hit) -> str:
    return f"{hit.title}\n{hit.text}\n{hit.metadata.get('company', '')}".casefold()
