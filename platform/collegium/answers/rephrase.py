"""Lets the model say the quotations in its own words, sentence by sentence, and drops what they do not
support.
"""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import closing

from django.conf import settings

from collegium.answers.events import PULSE, Event
from collegium.answers.sentence_stream import SentenceStream
from collegium.answers.steps import RecordedSteps, Rephrasing
from collegium.answers.verify import Evidence
from collegium.errors import Problem
from collegium.ops.logs import request_id
from collegium.ops.metrics import ANSWER_SECONDS
from collegium.sdk.answering import Prompt, Question, Quote
from collegium.sdk.evidence import rephrasing_asked
from collegium.sdk.vertical import Finding, Vertical
from collegium.serving.engines import EngineHandle
from collegium.serving.priority import priority_current
from collegium.serving.services import engine_for
from engine.client import ChatMessage, Scheduling
from engine.errors import EngineError, EngineRejected, EngineTimeout, EngineUnavailable

log = logging.getLogger(__name__)
DROPS_MAX = 6  # a model that adds this much goes on adding
SENTENCES_MAX = 12
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # what PostgreSQL and UTF-8 do not hold a model may write


def rephrase(vertical: Vertical, steps: RecordedSteps, wish: Rephrasing) -> Iterator[Event]:
    """Stream the verified sentences as deltas. Whatever the engine does, the quotations stand and a notice
    says so.
    """
    try:
        engine = engine_for(steps.question.asker)
    except Problem:
        steps.notice("engine_down")
        yield from steps.events()
        return
    if not engine.speaks(steps.question.language):
        steps.notice("engine_language")
        yield from steps.events()
        return
    state = engine.state()
    if state.state != "ready":
        steps.notice("engine_loading" if state.state == "loading" else "engine_down")
        yield from steps.events()
        return
    writer = _Writer(vertical, steps, wish)
    try:
        yield from writer.run(engine)
    except EngineError as error:
        log.warning("the engine did not finish a rephrasing: %s", error)
        steps.notice(_notice_of(error))
    finally:
        writer.keep(engine)
    if not writer.kept and not any(block.get("code") for block in steps.record.blocks):
        steps.notice("engine_screened" if writer.screened else "engine_unsupported")
    yield from steps.events()


def _notice_of(error: EngineError) -> str:
    if isinstance(error, EngineTimeout):
        return "engine_slow"
    if isinstance(error, EngineUnavailable):
        return "engine_down"
    return "engine_refused" if isinstance(error, EngineRejected) else "engine_broke"


class _Writer:
    """One rephrasing: the sentences kept so far, and how many were dropped."""

    def __init__(self, vertical: Vertical, steps: RecordedSteps, wish: Rephrasing) -> None:
        self.kept: list[str] = []
        self._vertical, self._steps, self._wish = vertical, steps, wish
        self._evidence = Evidence(wish.quotes, wish.prompt)
        self.screened = False  # whether a rule removed a sentence
        self._dropped = 0
        self._seen: set[str] = set()
        self._disclosures: list[str] = []
        self._whole: set[Finding] = set()  # those that hold for all of the text

    def run(self, engine: EngineHandle) -> Iterator[Event]:
        question, prompt = self._steps.question, self._wish.prompt
        earlier = str(self._steps.record.query.get("notes", {}).get("carried_from", ""))
        quotes = quotes_that_fit(self._wish.quotes, engine.max_tokens - prompt.max_tokens)
        messages = messages_build(prompt, question, quotes, earlier)
        sentences, begin, first, finish = SentenceStream(), time.monotonic(), True, None
        stream = engine.client.stream_chat(
            messages,
            max_tokens=prompt.max_tokens,
            request_id=request_id() or None,
            scheduling=_scheduling(question),
        )
        with closing(stream) as deltas:
            for delta in deltas:
                if first and delta.text:
                    first = False
                    self._spent("first_token", time.monotonic() - begin)
                finish = delta.finish_reason or finish
                for sentence in sentences.feed(_UNSTORABLE.sub("", delta.text)):
                    yield from self._take(sentence)
                yield PULSE
                if self._dropped >= DROPS_MAX or len(self.kept) >= SENTENCES_MAX:
                    break
            else:
                if rest := sentences.rest():
                    yield from self._take(rest, cut=finish == "length")
        self._spent("generation", time.monotonic() - begin)

    def keep(self, engine: EngineHandle) -> None:
        """Record the block, what made it and what is to be disclosed, also where the stream ended early."""
        record, prompt = self._steps.record, self._wish.prompt
        record.prompt_version = f"{self._vertical.slug}/{prompt.version}"
        if self.kept:
            record.model, record.model_digest = engine.label, engine.digest
            joiner = "" if self._steps.question.language == "zh" else " "
            record.blocks.append({"kind": "rephrased", "text": joiner.join(self.kept)})
        said = {block["text"] for block in record.blocks}
        for text in self._disclosures:
            if text not in said:
                self._steps.write(text, kind="disclosure")

    def _take(self, sentence: str, *, cut: bool = False) -> Iterator[Event]:
        """Keep a sentence with the mark of the quotation that supports it, or drop it and say why."""
        verdict = self._evidence.judge(sentence)
        key = "".join(verdict.text.lower().split())
        if cut:
            self._drop("incomplete", "It was cut off.", sentence)
        elif verdict.check:
            self._drop(verdict.check, verdict.message, sentence)
        elif key in self._seen:
            self._drop("repetition", "It was said before.", sentence)
        else:
            self._seen.add(key)
            if checked := self._checked(verdict.text, verdict.marked):
                self._say(checked)
        yield from self._steps.events()

    def _say(self, sentence: str) -> None:
        gap = " " if self.kept and self._steps.question.language != "zh" else ""
        self._steps.delta(gap + sentence, "rephrased", opens=not self.kept)
        self.kept.append(sentence)

    def _checked(self, text: str, marked: str) -> str:
        """What the vertical's checks leave of a sentence, empty where they remove it; all that they found is
        recorded.
        """
        findings = self._vertical.check(text, self._steps.question)
        for one in findings:
            self._record(one, text)
        removing = [one for one in findings if one.action in {"dropped", "blocked"}]
        if removing:
            self._dropped += DROPS_MAX if any(one.whole for one in removing) else 1
            self.screened = self.screened or any(one.rule for one in findings)
            return ""
        for one in findings:
            if one.action == "disclosed" and one.text and one.text not in self._disclosures:
                self._disclosures.append(one.text)
        replaced = next((one.text for one in findings if one.action == "rewritten" and one.text), "")
        return marked if not replaced else "" if replaced in self.kept else replaced

    def _record(self, found: Finding, text: str) -> None:
        if found.whole:
            if found in self._whole:
                return
            self._whole.add(found)
        self._steps.find(
            check=found.check,
            action=found.action,
            message=found.message,
            excerpt=found.excerpt or ("" if found.whole else text),
            rule=found.rule,
            citation=found.citation,
            text=found.text,
        )

    def _drop(self, check: str, message: str, sentence: str) -> None:
        self._dropped += 1
        self._steps.find(check=check, action="dropped", message=message, excerpt=sentence)

    def _spent(self, part: str, seconds: float) -> None:
        self._steps.record.spent(part, seconds)
        ANSWER_SECONDS.labels(self._vertical.slug, part).observe(seconds)


def _scheduling(question: Question) -> Scheduling:
    """The engine, too, ends what takes longer than we wait, so that it holds no place for nobody."""
    return Scheduling(
        workspace=str(question.asker.workspace_id),
        priority=priority_current(),
        deadline_ms=settings.GENERATION_TIMEOUT_S * 1000,
    )


def messages_build(
    prompt: Prompt, question: Question, quotes: tuple[Quote, ...], earlier: str = ""
) -> list[ChatMessage]:
    """The messages to the engine for a question and its quotations."""
    numbered = ((quote.number, quote.text) for quote in quotes)
    asked = rephrasing_asked(prompt, question.text, question.language, numbered, earlier)
    return [ChatMessage("system", prompt.system), ChatMessage("user", asked)]


def quotes_that_fit(quotes: tuple[Quote, ...], budget_tokens: int) -> tuple[Quote, ...]:
    """The first quotations that a model's context holds, at no more than two characters a token."""
    room = max(budget_tokens - 400, 200) * 2
    kept: list[Quote] = []
    for quote in quotes:
        room -= len(quote.text)
        if room < 0 and kept:
            break
        kept.append(quote)
    return tuple(kept)
