"""Metrics of a company over HTTP: `GET /api/v1/finance/metrics`."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from collegium.sdk.api import ApiView
from collegium.sdk.documents import knowledge_bases_check
from collegium.sdk.errors import Invalid, NotFound
from verticals.finance.answering.computations import value_row
from verticals.finance.answering.compute import compute
from verticals.finance.answering.computed import Cell
from verticals.finance.answering.interpretation import note_text
from verticals.finance.answering.reasons import reason_text
from verticals.finance.answering.shown import Words
from verticals.finance.api.facts import entity_get
from verticals.finance.api.metric_serializers import MetricsAnswer, MetricsQuery
from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.metrics.stored_facts import StoredFacts
from verticals.finance.metrics.value import NotReported
from verticals.finance.questions.asked_by_name import metric_code, metrics_near, period_asked
from verticals.finance.questions.metric_words import metric_words
from verticals.finance.questions.query import AskedPeriod, TypedQuery

MOST = 20  # metrics, and periods, in one request


class MetricList(ApiView):
    required_scope = "read"

    @extend_schema(operation_id="finance_metrics", parameters=[MetricsQuery], responses=MetricsAnswer)
    def get(self, request: Request) -> Response:
        """Metrics of one company, each computed from facts that the key may see, or why there is none."""
        given = self.read_query(MetricsQuery)
        bases = knowledge_bases_check(
            self.asker, [given["knowledge_base"]] if given["knowledge_base"] else []
        )
        metrics, periods = _metrics(given["metric"]), _periods(given["period"])
        entity = entity_get(self.asker, given["entity"], bases)
        source = StoredFacts(self.asker, {entity.key: entity}, knowledge_bases=bases, as_of=given["as_of"])
        asked = TypedQuery(
            text="",
            language=given["language"],
            entities=(entity.key,),
            metrics=metrics,
            periods=periods,
        )
        computed = compute(asked, source, (entity.key,))
        if not computed.cells:
            raise NotFound(
                f"No filing of {entity.name} reaches '{given['period'] or 'the latest year'}'.",
                code="no_reports",
            )
        words = Words(catalogue(), given["language"], {entity.key: entity.name})
        return Response({"data": [_row(cell, words) for cell in computed.cells if not cell.dims]})


def _metrics(text: str) -> tuple[str, ...]:
    """The codes of the metrics that are named. Raises Invalid, NotFound."""
    known, words = catalogue(), metric_words()
    codes = []
    for one in _listed(text, "metrics"):
        code = metric_code(one, known, words)
        if not code:
            near = metrics_near(one, known)
            hint = f" Did you mean {', '.join(near)}?" if near else ""
            raise NotFound(f"There is no metric '{one}'.{hint}", code="unknown_metric")
        codes.append(code)
    return tuple(dict.fromkeys(codes))


def _periods(text: str) -> tuple[AskedPeriod, ...]:
    """The periods that are named; none for the latest year. Raises Invalid."""
    found = []
    for one in _listed(text, "periods"):
        asked = period_asked(one)
        if asked is None:
            raise Invalid(
                f"'{one}' is no period; write FY2023, 2023Q3, 2023-9M, TTM-2023Q3 or two days with a slash.",
                code="unknown_period",
            )
        found.append(asked)
    return tuple(found)


def _listed(text: str, what: str) -> Sequence[str]:
    parts = [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]
    if len(parts) > MOST:
        raise Invalid(
            f"{len(parts)} {what} were asked for; at most {MOST} go into one request.", code="too_many"
        )
    return parts


def _row(cell: Cell, words: Words) -> dict[str, Any]:
    metric = words.metrics.get(cell.metric)
    about = {
        "entity": cell.entity,
        "metric": cell.metric,
        "names": {language: metric.name(language) for language in ("en", "zh")},
        "period": cell.period.code,
    }
    if isinstance(cell.outcome, NotReported):
        detail = reason_text(cell.outcome, words)
        reason = {"code": str(cell.outcome.reason), "detail": detail}
        none = {"start": None, "end": None, "value": None, "unit": "", "shown": "", "formula": ""}
        return about | none | {"basis": "not_reported", "inputs": [], "notes": [], "reason": reason}
    row = value_row(cell.outcome)
    notes = [text for note in cell.outcome.notes_all() if (text := note_text(note, words))]
    return about | {
        **{name: row[name] for name in ("start", "end", "value", "unit", "basis", "formula")},
        "shown": words.cell(cell),
        "inputs": [int(one) for one in cell.outcome.inputs],
        "notes": notes,
        "reason": None,
    }
