"""Examples from the text of reports: what they say of a figure and why, restated from quotations."""

import re
from collections.abc import Iterator

from collegium.sdk.answering import Question
from collegium.sdk.evidence import rephrasing_asked
from collegium.sdk.language import language_of
from collegium.sdk.sentences import is_tabular, sentence_spans
from collegium.sdk.tuning import Example, Export, Message, SourceText, source_texts
from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.questions.metric_words import metric_words
from verticals.finance.questions.normalise import spaced

QUOTES_MOST = 4
CHARS = {"en": (40, 360), "zh": (14, 220)}
EXAMPLES_MOST = 80  # of one document
LETTERS_LEAST = 6  # "share" and "sales" say too little by themselves to ask about
_CAUSE = re.compile(
    r"\b(?:due to|because|driven|owing to|as a result of|attributable to|reflect(?:s|ed|ing))\b"
    r"|由于|因为|主要系|主要是|所致|受益于|得益于",
    re.IGNORECASE,
)
_ASKED = {
    "en": ("What does the report say about {topic}?", "Why did {topic} change?"),
    "zh": ("报告对{topic}有何说明？", "{topic}变动的原因是什么？"),
}
_LEAD = re.compile(
    r"^(?:however|therefore|in addition|additionally|moreover|furthermore|also|thus|consequently|meanwhile"
    r"|overall|accordingly)\s*,\s*|^(?:但是?|因此|此外|另外|同时|然而|总之)[，,]?",
    re.IGNORECASE,
)


def passages_export(export: Export) -> Iterator[Example]:
    """The examples of the reports that the asker sees, in the order of the documents."""
    for source in source_texts(export):
        yield from _source_examples(source, export)


def _source_examples(source: SourceText, export: Export) -> Iterator[Example]:
    count = 0
    for passage in source.passages:
        language = language_of(passage)
        sentences = [_one_line(passage[start:end]) for start, end in sentence_spans(passage)]
        usable = [one for one in sentences if _is_fit(one, language)]
        topics = dict.fromkeys(topic for one in usable for topic in metrics_named(one))
        for topic in topics:
            if count == EXAMPLES_MOST:
                return
            yield _example(source, topic, usable, export, language)
            count += 1


def metrics_named(text: str) -> list[str]:
    """The metrics that a text names, as it writes them."""
    found = metric_words().find(text, spaced(text)).spans
    named = [
        text[one.start : one.end] for one in found if any(code in catalogue() for code in one.value.codes)
    ]
    return [one for one in named if not one.isascii() or len(one) >= LETTERS_LEAST]


def _is_fit(sentence: str, language: str) -> bool:
    least, most = CHARS[language]
    return least <= len(sentence) <= most and sentence.endswith((".", "。")) and not is_tabular(sentence)


def _example(source: SourceText, topic: str, usable: list[str], export: Export, language: str) -> Example:
    from verticals.finance.vertical import Finance

    about = [one for one in usable if topic.casefold() in one.casefold()][:2]
    caused = [one for one in about if _CAUSE.search(one)]
    question = _ASKED[language][bool(caused)].format(topic=_in_sentence(topic))
    quotes = _around(about, usable)
    prompt = Finance().prompt(Question(question, language, export.asker))
    said = ("" if language == "zh" else " ").join(restated(one) for one in caused or about)
    return Example(
        (
            Message("system", prompt.system),
            Message("user", rephrasing_asked(prompt, question, language, enumerate(quotes, 1))),
            Message("assistant", said),
        ),
        source=str(source.document),
        language=language,
        made_by="template",
        evidence=tuple(quotes),
    )


def _in_sentence(topic: str) -> str:
    """A metric's name within an English question: with its article, and small but for abbreviations."""
    if not topic.isascii():
        return topic
    return f"the {topic[0].lower()}{topic[1:]}" if topic[1:].islower() else f"the {topic}"


def _around(about: list[str], usable: list[str]) -> list[str]:
    """The sentences that answer among others of their passage, in its order."""
    others = [one for one in usable if one not in about]
    kept = {*about, *others[: QUOTES_MOST - len(about)]}
    return [one for one in dict.fromkeys(usable) if one in kept]


def restated(sentence: str) -> str:
    """A quotation as a sentence of its own: without a first word that leans on what came before."""
    said = _LEAD.sub("", sentence).strip()
    return said[:1].upper() + said[1:]


def _one_line(text: str) -> str:
    return " ".join(text.split())
