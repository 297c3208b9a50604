"""The forms of a language model compared in one run: quality, size, memory and speed, each against float32.

python -m engine.bench.compress --model DIR --text FILE ... [--also FORM=DIR ...] [--rounds 5]
    [--out var/bench]

float32 and bfloat16 are the model as it is; int8 and int4 are made of it here. The server of float32 stays,
and each other form is measured in turn with it, so that the ratios hold on a machine that does other things
as well. A form passes its gate when its perplexity is at most 1 % above float32's, and when it prefers the
same next token as float32 in 97 of 100 places; only a form that does and is faster is worth serving. With
--rounds 0 speed is left out, which needs a machine that does nothing else.
"""

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, stdev
from tempfile import TemporaryDirectory

from tokenizers import Tokenizer

from engine.bench.report import Row, report
from engine.bench.served_form import DECODE_PROMPT_TOKENS, PREFILL_TOKENS, Scored, ServedForm, served
from engine.compress.forms import FORMS
from engine.compress.model import model_compress
from engine.errors import EngineUnavailable

PERPLEXITY_RATIO_MOST = 1.01
AGREEMENT_LEAST = 0.97
WINDOW_TOKENS = 512
MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A form to be measured: where its files are, and the number format of what is not compressed."""

    form: str
    directory: Path
    dtype: str


@dataclass(frozen=True, slots=True)
class Quality:
    """A form's answers against float32's; `interval` is the half width of the ratio's 95 % interval."""

    perplexity: float
    ratio: float
    interval: float
    agreement: float

    @property
    def passes(self) -> bool:
        return self.ratio <= PERPLEXITY_RATIO_MOST and self.agreement >= AGREEMENT_LEAST


def windows_of(model: Path, texts: Sequence[Path], most: int) -> list[list[int]]:
    """Held-out text as token windows of equal length, at most so many."""
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    text = "\n\n".join(path.read_text(encoding="utf-8") for path in texts)
    ids = tokenizer.encode(text).ids
    starts = range(0, len(ids) - WINDOW_TOKENS + 1, WINDOW_TOKENS)
    return [ids[start : start + WINDOW_TOKENS] for start in starts][:most]


def quality_of(exact: Sequence[Scored], form: Sequence[Scored]) -> Quality:
    """Compares what two forms said of the same windows.

    The interval comes from the windows' mean differences in log-likelihood, which are paired.
    """
    pairs = list(zip(exact, form, strict=True))
    losses = [loss for scored in form for loss in scored.losses]
    shifts = [(sum(f.losses) - sum(e.losses)) / len(e.losses) for e, f in pairs]
    same = [a == b for e, f in pairs for a, b in zip(e.choices, f.choices, strict=True)]
    ratio = math.exp(sum(shifts) / len(shifts))
    spread = 1.96 * stdev(shifts) / math.sqrt(len(shifts)) if len(shifts) > 1 else math.inf
    return Quality(math.exp(sum(losses) / len(losses)), ratio, ratio * spread, sum(same) / len(same))


def speed_ratios(
    exact: ServedForm, form: ServedForm, windows: Sequence[Sequence[int]], rounds: int
) -> dict[str, float]:
    """Medians over interleaved pairs of how many times as fast the form is; empty without any round."""
    ratios: dict[str, list[float]] = {"prefill": [], "decode 1": [], "decode 8": []}
    for number in range(rounds):
        window = windows[number % len(windows)]
        fresh = [number + 100, *window[: PREFILL_TOKENS - 1]]  # no prefix that the cache knows
        short = [number + 200, *window[: DECODE_PROMPT_TOKENS - 1]]
        ratios["prefill"].append(form.prefill_tokens_s(fresh) / exact.prefill_tokens_s(fresh))
        for sequences in (1, 8):
            pair = [server.decode_tokens_s(short, sequences) for server in (form, exact)]
            ratios[f"decode {sequences}"].append(pair[0] / pair[1])
    return {name: median(values) for name, values in ratios.items() if values}


def size_bytes(directory: Path) -> int:
    """The size of a model's weights on disk."""
    return sum(path.stat().st_size for path in directory.glob("*.safetensors"))


def row_of(candidate: Candidate, quality: Quality, ratios: dict[str, float], memory: tuple[int, int]) -> Row:
    """One line of the table; `memory` is the form's and float32's, in bytes."""
    row: dict[str, str | int | float] = {
        "form": candidate.form,
        "files MiB": size_bytes(candidate.directory) / MIB,
        "memory MiB": memory[0] / MIB,
        "memory ratio": memory[0] / memory[1],
        "perplexity": quality.perplexity,
        "ppl ratio": round(quality.ratio, 4),
        "ppl +-": round(quality.interval, 4),
        "agreement": round(quality.agreement, 4),
        **{f"{name} ratio": value for name, value in ratios.items()},
        "gate": "passes" if quality.passes else "fails",
    }
    if ratios:
        faster = min(ratios["prefill"], ratios["decode 1"]) > 1
        row["worth serving"] = "yes" if quality.passes and faster else "no"
    return row


def compare(
    exact: Candidate, others: Sequence[Candidate], windows: Sequence[Sequence[int]], rounds: int
) -> list[Row]:
    """The table's lines, each said as soon as it is known; a form that vLLM cannot serve here is left out."""
    with served(exact.directory, exact.dtype) as server:
        truth = [server.score(window) for window in windows]
        nothing = dict.fromkeys(("prefill", "decode 1", "decode 8") if rounds else (), 1.0)
        memory = server.memory_bytes()
        rows = [row_of(exact, quality_of(truth, truth), nothing, (memory, memory))]
        for candidate in others:
            try:
                with served(candidate.directory, candidate.dtype) as other:
                    quality = quality_of(truth, [other.score(window) for window in windows])
                    ratios = speed_ratios(server, other, windows, rounds)
                    rows.append(row_of(candidate, quality, ratios, (other.memory_bytes(), memory)))
            except EngineUnavailable as error:
                print(f"{candidate.form} ({candidate.dtype}) is not served here: {error}", flush=True)
                continue
            print(json.dumps(rows[-1]), flush=True)
    return rows


def candidates_of(model: Path, also: Sequence[str], made: Path, environment: Path) -> list[Candidate]:
    """bfloat16 and the compressed forms, made now unless `also` says where they are (FORM=DIR)."""
    there = {name: Path(path) for name, _, path in (text.partition("=") for text in also)}
    candidates = [Candidate("bfloat16", model, "bfloat16")]
    for name, form in FORMS.items():
        if name not in there:
            there[name] = model_compress(model, form, made / name, environment)
    return candidates + [Candidate(name, path, "bfloat16") for name, path in there.items()]


def main() -> None:
    """Measures and reports."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.compress")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument(
        "--text", type=Path, nargs="+", required=True, help="text the model was not trained on"
    )
    parser.add_argument("--also", nargs="*", default=[], help="FORM=DIR: a form that exists already")
    parser.add_argument("--windows", type=int, default=16, help=f"at most so many, of {WINDOW_TOKENS} tokens")
    parser.add_argument("--rounds", type=int, default=5, help="how often each speed is measured, or 0")
    parser.add_argument("--environment", type=Path, default=Path("var/compress"))
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    options = parser.parse_args()
    windows = windows_of(options.model, options.text, options.windows)
    if len(windows) < 2:
        parser.error(f"the text is too short: at least {2 * WINDOW_TOKENS} tokens are needed")
    with TemporaryDirectory() as made:
        others = candidates_of(options.model, options.also, Path(made), options.environment)
        rows = compare(Candidate("float32", options.model, "float32"), others, windows, options.rounds)
    report(f"compress_{options.model.name}", rows, options.out, tokens=len(windows) * WINDOW_TOKENS)


if __name__ == "__main__":
    main()
