"""Examples from guidelines: what they say of a condition, restated from quotations as answers are written.

They are trained on without privacy: a document that states a patient is left out, and so is each sentence
with a name or a number of a person.
"""

import logging
import re
from collections.abc import Iterator

from collegium.sdk.answering import Question
from collegium.sdk.evidence import rephrasing_asked
from collegium.sdk.language import language_of
from collegium.sdk.sentences import is_tabular, sentence_spans
from collegium.sdk.tuning import Example, Export, Message, SourceText, source_texts
from verticals.medical.checks import doses_find
from verticals.medical.deidentify.recognise import TextUnreadable, identifiers_find
from verticals.medical.patient_signs import is_on_a_patient
from verticals.medical.tuning.note_examples import topics_find

log = logging.getLogger(__name__)
GUIDELINE = "guideline"
# Guidelines have dates, ages, places and organisations, and blood pressures look like addresses.
PERSONAL = frozenset(
    {
        "name",
        "phone",
        "email",
        "record",
        "device",
        "account",
        "insurance",
        "card",
        "iban",
        "ssn",
        "resident",
        "plate",
    }
)
NAME_SCORE = 0.7  # below it a name is a guess, and may be a drug
QUOTES_MOST = 4
SENTENCE_CHARS = (30, 320)
SENTENCE_CHARS_ZH = (12, 200)
QUESTIONS_MOST = 60  # of one document
_ASKED = {
    "en": (
        "What does the guideline say about {topic}?",
        "What is advised on {topic}?",
        "How is {topic} dealt with in the guideline?",
    ),
    "zh": ("指南对{topic}有何说明？", "关于{topic}，指南有什么建议？", "指南如何处理{topic}？"),
}
_LEAD = re.compile(
    r"^(?:however|therefore|in addition|additionally|moreover|furthermore|also|thus|hence|consequently"
    r"|nevertheless|for this reason|as a result|because of this|by contrast|in general|overall)\s*,\s*"
    r"|^(?:但是?|因此|此外|另外|同时|然而|所以|而且|总之|一般而言)[，,]?",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s*(?:\([^()\d]*\)|（[^（）\d]*）|\[[\d,;\s–-]+\])")


def guidelines_export(export: Export) -> Iterator[Example]:
    """The examples of the guidelines that the asker sees, in the order of the documents."""
    for source in source_texts(export):
        if source.metadata.get("kind") != GUIDELINE:
            continue
        if is_on_a_patient("\n".join((source.title, *source.passages))):
            log.warning("document %s states a patient, so no examples are made of it", source.document)
            continue
        yield from guideline_examples(source, export)


def guideline_examples(source: SourceText, export: Export) -> Iterator[Example]:
    """Each condition that the guideline names in sentences fit to restate, asked once a passage."""
    from verticals.medical.vertical import Medical

    count = 0
    for passage in source.passages:
        language = language_of(passage)
        usable = [one for one in _impersonal(passage) if _is_fit(one, language)]
        topics = dict.fromkeys(topic for one in usable for topic in topics_find(one, language))
        for topic in topics:
            if count == QUESTIONS_MOST:
                return
            asked = Question(_ASKED[language][count % 3].format(topic=topic), language, export.asker)
            about = [one for one in usable if topic.casefold() in one.casefold()][:2]
            quotes = _around(about, usable)
            prompt = Medical().prompt(asked)
            yield Example(
                (
                    Message("system", prompt.system),
                    Message("user", rephrasing_asked(prompt, asked.text, language, enumerate(quotes, 1))),
                    Message("assistant", _joined([restated(one) for one in about], language)),
                ),
                source=str(source.document),
                language=language,
                made_by="template",
                evidence=tuple(quotes),
            )
            count += 1


def _impersonal(passage: str) -> list[str]:
    """The sentences in which no name and no number of a person is recognised."""
    try:
        found = [one for one in identifiers_find(passage) if one.kind in PERSONAL]
    except TextUnreadable:
        return []
    persons = [one for one in found if one.kind != "name" or one.score >= NAME_SCORE]
    return [
        _one_line(passage[start:end])
        for start, end in sentence_spans(passage)
        if not any(one.start < end and start < one.end for one in persons)
    ]


def _is_fit(sentence: str, language: str) -> bool:
    """Whether a sentence may be restated: whole, of some length, without a dose, no row of a table."""
    least, most = SENTENCE_CHARS_ZH if language == "zh" else SENTENCE_CHARS
    whole = sentence.endswith((".", "。", "!", "！"))
    return least <= len(sentence) <= most and whole and not is_tabular(sentence) and not doses_find(sentence)


def _around(about: list[str], usable: list[str]) -> list[str]:
    """The sentences that answer among others of their passage, in its order."""
    others = [one for one in usable if one not in about]
    kept = {*about, *others[: QUOTES_MOST - len(about)]}
    return [one for one in dict.fromkeys(usable) if one in kept]


def restated(sentence: str) -> str:
    """A quotation as a sentence of its own: without what leans on others and without asides.

    No number and no name is touched; an aside with a number stays.
    """
    said = _ASIDE.sub("", _LEAD.sub("", sentence)).strip()
    return said[:1].upper() + said[1:]


def _joined(sentences: list[str], language: str) -> str:
    return ("" if language == "zh" else " ").join(sentences)


def _one_line(text: str) -> str:
    return " ".join(text.split())
