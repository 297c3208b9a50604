"""Examples made ready to train on, and the card that says what was done to them.

Of private examples each is treated by itself: what happens to one never depends on another, because the
guarantee compares a training with one that lacks a single record, or a single person's records.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.client import EngineClient
from engine.errors import NoExamples
from engine.train.data.augment import by_model, by_templates
from engine.train.data.card import PRIVATE_STATEMENT, DataCard, part_of
from engine.train.data.duplicates import exact_removed, near_removed
from engine.train.data.example import Example, examples_read
from engine.train.data.filters import filter_of, filters_of
from engine.train.data.negatives import refusals_converted, refusals_mixed
from engine.train.data.options import DataOptions
from engine.train.data.split import Side, by_connected, by_own, share_of, split

PARAPHRASE_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """Examples to train on, examples to measure on, and the card of both."""

    train: tuple[Example, ...]
    held_out: tuple[Example, ...]
    card: DataCard


def prepare(
    examples: Path, options: DataOptions, *, held_out: Path | None, private: bool, seed: int
) -> Prepared:
    """Reads, filters, splits and completes the examples of a file; `held_out` is a file set aside before.

    Raises ConfigInvalid for a line that is no example or for options that private examples do not allow,
    NoExamples when nothing is left to train on.
    """
    if private:
        options.private_check()
    read = list(examples_read(examples))
    kept, removed = _filtered(read, options, private=private)
    train, aside = (kept, []) if held_out else _split(kept, options, private=private, seed=seed)
    if held_out:
        aside, _removed = _filtered(list(examples_read(held_out)), options, private=private)
    if options.max_examples and len(train) > options.max_examples:
        train = _fewer(train, options.max_examples, seed)
    completed = _completed(train, options, private=private, seed=seed)
    if not completed:
        raise NoExamples(_why_none(len(read), removed, len(aside)))
    card = DataCard(
        read=len(read),
        removed=removed,
        added={"refusal": _more(completed, train, "refusal"), "augmented": _more(completed, train, "other")},
        train=part_of(completed),
        held_out=part_of(aside),
        options=asdict(options),
        private=private,
        statement=PRIVATE_STATEMENT if private else "",
    )
    return Prepared(tuple(completed), tuple(aside), card)


def _filtered(
    read: list[Example], options: DataOptions, *, private: bool
) -> tuple[list[Example], dict[str, int]]:
    filters = filters_of(options)
    verdicts = [filter_of(example, filters) for example in read]
    counts = Counter(verdicts)
    removed = {name: counts[name] for name in filters}
    kept = [example for example, verdict in zip(read, verdicts, strict=True) if not verdict]
    distinct = exact_removed(kept, within_group=private)
    removed["duplicate"] = len(kept) - len(distinct)
    if options.near_duplicates and not private:
        unlike = near_removed(distinct, options.near_duplicates)
        removed["near duplicate"] = len(distinct) - len(unlike)
        distinct = unlike
    return distinct, removed


def _split(
    kept: list[Example], options: DataOptions, *, private: bool, seed: int
) -> tuple[list[Example], list[Example]]:
    side: Side = by_own if private else by_connected(kept)
    return split(kept, options.held_out_share, side, seed=seed)


def _fewer(train: list[Example], most: int, seed: int) -> list[Example]:
    """At most so many examples, chosen by a number that belongs to each, in the order that they had."""
    chosen = sorted(range(len(train)), key=lambda at: share_of(train[at].line(), seed))[:most]
    return [train[at] for at in sorted(chosen)]


def _completed(train: list[Example], options: DataOptions, *, private: bool, seed: int) -> list[Example]:
    if private:
        return refusals_converted(train, options.refusal_share, seed=seed)
    completed = list(train)
    if options.template_share:
        completed += by_templates(train, options.template_share, seed=seed)
    if options.paraphrase_share:
        client = EngineClient(options.paraphrase_url, timeout_s=PARAPHRASE_TIMEOUT_S)
        try:
            completed += by_model(train, options.paraphrase_share, seed=seed, client=client)
        finally:
            client.close()
    if options.refusal_share:
        completed = refusals_mixed(completed, options.refusal_share, seed=seed)
    return completed


def _more(completed: list[Example], train: list[Example], kind: str) -> int:
    def count(examples: list[Example]) -> int:
        made = (one for one in examples if one.made_by != "recorded")
        return sum(one.refusal == (kind == "refusal") for one in made)

    return count(completed) - count(train)


def _why_none(read: int, removed: Mapping[str, int], held_out: int) -> str:
    if not read:
        return "the file holds no example: export at least one"
    out = ", ".join(f"{count} by {name}" for name, count in removed.items() if count)
    aside = f"; {held_out} are held out" if held_out else ""
    return f"none of {read} examples is left to train on: removed {out or 'none'}{aside}"
