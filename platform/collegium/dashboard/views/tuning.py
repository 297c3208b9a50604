"""Fine-tuning: the runs, starting one from a recipe, one run while it goes on, and several side by side."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.dashboard.access import page
from collegium.dashboard.navigation import in_language
from collegium.dashboard.tuning_charts import compared_chart, epsilon_chart, log_lines, loss_chart
from collegium.dashboard.tuning_forms import (
    base_rows,
    changes_read,
    choices_of,
    fields_of,
    ids_read,
    models_of,
)
from collegium.errors import Invalid, Problem, problem_told
from collegium.jobs.models import JobState
from collegium.tuning.folder import output_tail, run_folder
from collegium.tuning.models import TuningProgress, TuningRun
from collegium.tuning.parameters import PARAMETERS, parameter_value
from collegium.tuning.selectors import (
    ACTIVE,
    RESUMABLE,
    RecipeOf,
    progress_rows,
    recipe_get,
    recipes_open,
    run_get,
    visible_runs,
)
from collegium.tuning.services import job_start, run_cancel, run_resume

RUNS_PER_PAGE = 30
COMPARED_MOST = 6
LOG_LINES = 60
STATE_DOTS = {
    JobState.RUNNING: "running",
    JobState.CANCELLING: "running",
    JobState.SUCCEEDED: "ready",
    JobState.FAILED: "failed",
}


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as pages show it."""

    run: TuningRun
    recipe: str
    dot: str

    @property
    def state(self) -> str:
        return self.run.job.get_state_display() if self.run.job else ""

    @property
    def active(self) -> bool:
        return self.run.job is not None and self.run.job.state in ACTIVE

    @property
    def stopping(self) -> bool:
        return self.run.job is not None and self.run.job.state == JobState.CANCELLING

    @property
    def may_resume(self) -> bool:
        return self.run.job is not None and self.run.job.state in RESUMABLE

    @property
    def problem(self) -> str:
        """Why it failed, in the reader's language."""
        job = self.run.job
        return str(problem_told(job.problem).get("detail", "")) if job and job.problem else ""

    @property
    def percent(self) -> int | None:
        job = self.run.job
        return min(100, round(100 * job.done / job.total)) if job and job.total else None


def row_of(asker: Asker, run: TuningRun) -> RunRow:
    """The run, with its recipe's name in the page's language."""
    labels = {one.key: in_language(one.recipe.label, get_language() or "en") for one in recipes_open(asker)}
    key = f"{run.vertical}.{run.recipe}"
    dot = STATE_DOTS.get(JobState(run.job.state), "") if run.job else ""
    return RunRow(run, labels.get(key, key), dot)


@page("manage")
def runs(request: HttpRequest, asker: Asker) -> HttpResponse:
    rows = visible_runs(asker).order_by("-created_at", "-pk")
    shown = Paginator(rows, RUNS_PER_PAGE).get_page(request.GET.get("page", "1"))
    known = {
        "rows": [row_of(asker, run) for run in shown.object_list],
        "page": shown,
        "page_numbers": list(shown.paginator.get_elided_page_range(shown.number, on_each_side=2, on_ends=1)),
        "any_recipe": bool(recipes_open(asker)),
        "section": "tuning",
    }
    return render(request, "dashboard/tuning.html", known)


@page("manage", methods=("GET", "POST"))
def start(request: HttpRequest, asker: Asker) -> HttpResponse:
    """The form of a recipe; what was typed stays where it is refused."""
    recipes = recipes_open(asker)
    key = (request.POST if request.method == "POST" else request.GET).get("recipe", "")
    chosen = recipe_get(asker, key) if key else (recipes[0] if len(recipes) == 1 else None)
    problem = None
    if request.method == "POST" and chosen is not None:
        try:
            run = job_start(
                asker=asker,
                recipe=chosen.key,
                knowledge_bases=ids_read(request.POST.getlist("base")),
                changes=changes_read(chosen, request.POST),
                language=request.POST.get("language", ""),
                base_model=request.POST.get("base_model", ""),
            )
            return redirect("tuning_run", run.pk)
        except Problem as refused:
            problem = refused
    known = _start_known(request, asker, recipes, chosen) | {"problem": problem}
    return render(request, "dashboard/tuning_start.html", known, status=problem.status if problem else 200)


def _start_known(
    request: HttpRequest, asker: Asker, recipes: list[RecipeOf], chosen: RecipeOf | None
) -> dict[str, Any]:
    known: dict[str, Any] = {
        "choices": choices_of(recipes, chosen, get_language() or "en"),
        "chosen": chosen,
        "section": "tuning",
    }
    if chosen is None:
        return known
    given = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    models, default = models_of()
    return known | {
        "bases": base_rows(asker, chosen, request.POST.getlist("base") or request.GET.getlist("base")),
        "fields": fields_of(chosen, given),
        "models": models,
        "model": given.get("base_model") or default,
        "language": given.get("language", ""),
    }


@page("manage")
def run(request: HttpRequest, asker: Asker, run_id: UUID) -> HttpResponse:
    return render(request, "dashboard/tuning_run.html", _run_known(asker, run_get(asker, run_id)))


@page("manage")
def run_part(request: HttpRequest, asker: Asker, run_id: UUID) -> HttpResponse:
    """What changes of a run; it asks for itself again only while the run goes on."""
    return render(request, "dashboard/_tuning_live.html", _run_known(asker, run_get(asker, run_id)))


def _run_known(asker: Asker, shown: TuningRun) -> dict[str, Any]:
    row = row_of(asker, shown)
    rows = progress_rows(shown)
    events = output_tail(run_folder(shown.pk).output(shown.execution), LOG_LINES)
    charts = {
        "tuning-loss": (_("Loss"), loss_chart(rows, moves=row.active)),
        "tuning-epsilon": (_("ε spent"), epsilon_chart(rows, moves=row.active)),
    }
    return {
        "row": row,
        "run": shown,
        "last": rows[-1] if rows else None,
        "held_out": next((one for one in reversed(rows) if one.held_out_loss is not None), None),
        "charts": [(name, label, chart) for name, (label, chart) in charts.items() if chart],
        "log": log_lines(events),
        "parameters": parameters_shown(shown),
        "spendings": shown.spendings.select_related("budget").order_by("-execution", "budget__label"),
        "section": "tuning",
    }


def parameters_shown(shown: TuningRun) -> list[tuple[Any, Any]]:
    """The run's parameters that people may change, by their labels."""
    found = [(one.label, parameter_value(one, shown.parameters)) for one in PARAMETERS]
    return [(label, value) for label, value in found if value is not None]


@page("manage", methods=("POST",))
def cancel(request: HttpRequest, asker: Asker, run_id: UUID) -> HttpResponse:
    run_cancel(asker=asker, run_id=run_id)
    return redirect("tuning_run", run_id)


@page("manage", methods=("POST",))
def resume(request: HttpRequest, asker: Asker, run_id: UUID) -> HttpResponse:
    run_resume(asker=asker, run_id=run_id)
    return redirect("tuning_run", run_id)


@page("manage")
def compare(request: HttpRequest, asker: Asker) -> HttpResponse:
    """Several runs side by side: their parameters, their curves, and what came out."""
    wanted = list(dict.fromkeys(ids_read(request.GET.getlist("run"))))
    if not 2 <= len(wanted) <= COMPARED_MOST:
        raise Invalid(
            _("Choose 2 to %(most)s runs to compare.") % {"most": COMPARED_MOST}, code="choose_runs"
        )
    shown = [run_get(asker, one) for one in wanted]
    measured = [(one, progress_rows(one)) for one in shown]
    known = {
        "rows": [row_of(asker, one) for one in shown],
        "lines": _compared_lines(measured),
        "chart": compared_chart(measured),
        "section": "tuning",
    }
    return render(request, "dashboard/tuning_compare.html", known)


def _compared_lines(
    measured: list[tuple[TuningRun, list[TuningProgress]]],
) -> list[tuple[Any, list[Any], bool]]:
    """A line a fact, with whether the runs differ in it."""
    lines: list[tuple[Any, list[Any]]] = [
        (_("Base model"), [one.base_label for one, _rows in measured]),
        (_("Recipe"), [f"{one.vertical}.{one.recipe}" for one, _rows in measured]),
        (_("Knowledge bases"), [", ".join(s["name"] for s in one.sources) for one, _rows in measured]),
        (_("Examples"), [one.examples_count for one, _rows in measured]),
        *(
            (parameter.label, [parameter_value(parameter, one.parameters) for one, _rows in measured])
            for parameter in PARAMETERS
        ),
        *(
            (label, [_figure((one.result or {}).get(name)) for one, _rows in measured])
            for name, label in (
                ("train_loss", _("Loss at the end")),
                ("held_out_loss", _("Loss on held-out examples")),
                ("base_held_out_loss", _("The same before the training")),
                ("tokens_per_s", _("Tokens a second")),
                ("seconds", _("Seconds")),
            )
        ),
        (_("ε certified"), [(one.certificate or {}).get("epsilon") for one, _rows in measured]),
    ]
    told = [(label, values) for label, values in lines if any(value is not None for value in values)]
    return [(label, values, len({str(value) for value in values}) > 1) for label, values in told]


def _figure(value: Any) -> Any:
    return f"{value:.4g}" if isinstance(value, float) else value
