"""Examples from clinical notes: a section written from the dialogue, and questions answered by quotation.

All text goes through note_deidentify first. The key of a run's surrogates is made of the workspace's secret
and the knowledge bases, so that a run that is gone on with makes the same examples again.
"""

import logging
from collections.abc import Iterator

from collegium.sdk.answering import Prompt
from collegium.sdk.evidence import quoted, rephrasing_asked
from collegium.sdk.language import language_of
from collegium.sdk.sentences import sentence_spans
from collegium.sdk.tuning import Example, Export, Message, SourceText, source_texts
from verticals.medical.deidentify.project import Project, project_open
from verticals.medical.deidentify.recognise import TextUnreadable
from verticals.medical.tagging.tag import tags_find
from verticals.medical.tagging.vocabulary import findings_vocabulary
from verticals.medical.tuning.note_parts import NoteParts, Section, note_parts, section_name
from verticals.medical.tuning.patients import patient_marks, patients_of
from verticals.medical.tuning.private_text import note_deidentify

log = logging.getLogger(__name__)
NOTE = "note"
QUESTIONS_MOST = 4  # of one note, so that a long one does not outweigh the others
QUOTES_MOST = 5
SECTION_PROMPTS = {
    "en": Prompt(
        version="note/1",
        system="You write clinical notes. State only what was said in the dialogue.",
        instruction="Write the section “{name}” of the note from this dialogue.",
        max_tokens=300,
    ),
    "zh": Prompt(
        version="note/1",
        system="你撰写病历。只写对话中说到的内容。",
        instruction="请根据以下对话撰写病历的“{name}”部分。",
        max_tokens=300,
    ),
}
QUOTE_PROMPTS = {
    "en": Prompt(
        version="note-quote/1",
        system="You answer questions over clinical notes by quotation. Add nothing.",
        instruction="Answer the question by the quotations that say it, word for word.",
    ),
    "zh": Prompt(
        version="note-quote/1",
        system="你用引文回答关于病历的问题，不作补充。",
        instruction="请用说明该问题的引文原文回答。",
    ),
}
_ASKED = {"en": "What does the note say about {topic}?", "zh": "病历中关于“{topic}”是怎么记录的？"}


def notes_export(export: Export) -> Iterator[Example]:
    """The examples of the notes that the asker sees, in the order of the documents."""
    project = project_open(export.asker.workspace_id, _project_name(export))
    marks = ((one.document, patient_marks(_whole(one))) for one in _notes(export))
    patients = patients_of(marks)
    for source in _notes(export):
        patient = patients.get(source.document, f"document {source.document}")
        yield from note_examples(source, project, patient)


def _project_name(export: Export) -> str:
    return "tuning " + " ".join(sorted(str(one) for one in export.knowledge_bases))


def _notes(export: Export) -> Iterator[SourceText]:
    return (one for one in source_texts(export) if one.metadata.get("kind") == NOTE)


def _whole(source: SourceText) -> str:
    return "\n\n".join(source.passages)


def note_examples(source: SourceText, project: Project, patient: str) -> Iterator[Example]:
    """The examples of one note; none, with a line in the log, where its script cannot be read."""
    text = _whole(source)
    try:
        private = note_deidentify(text, project=project, group=patient, name=patient_marks(text).name)
    except TextUnreadable as error:
        log.warning("document %s is left out of the examples: %s", source.document, error)
        return
    language = source.language if source.language in SECTION_PROMPTS else language_of(private)
    parts = note_parts(private)
    if not parts.sections:
        log.info("document %s holds no section of a note that is known", source.document)
    group = f"p{project.number('patient', patient):064x}"[:17]
    for messages, evidence in (*_sections_written(parts, language), *_questions(parts, language)):
        yield Example(
            messages, source=str(source.document), group=group, language=language, evidence=evidence
        )


Asked = tuple[tuple[Message, ...], tuple[str, ...]]  # messages, and the passages among them


def _sections_written(parts: NoteParts, language: str) -> Iterator[Asked]:
    if parts.dialogue:
        for section in parts.sections:
            yield section_messages(parts.dialogue, section, language), ()


def section_messages(dialogue: str, section: Section, language: str) -> tuple[Message, ...]:
    """How a section is asked for, and the section as the answer."""
    prompt = SECTION_PROMPTS[language]
    asked = prompt.instruction.format(name=section_name(section.key, language))
    return (
        Message("system", prompt.system),
        Message("user", f"{asked}\n\n{dialogue}"),
        Message("assistant", section.text),
    )


def _questions(parts: NoteParts, language: str) -> Iterator[Asked]:
    """Questions on what the sections name; the answer is every sentence of the quotations that names it."""
    asked = 0
    seen: set[str] = set()
    for section in parts.sections:
        sentences = [_one_line(section.text[start:end]) for start, end in sentence_spans(section.text)]
        for at, sentence in enumerate(sentences):
            for topic in topics_find(sentence, language):
                if topic.casefold() in seen or asked == QUESTIONS_MOST:
                    continue
                seen.add(topic.casefold())
                first = max(0, min(at - QUOTES_MOST // 2, len(sentences) - QUOTES_MOST))
                yield _asked(topic, sentences[first : first + QUOTES_MOST], language)
                asked += 1


def topics_find(text: str, language: str) -> list[str]:
    """The findings and conditions that a text names, as it writes them, each once."""
    tags = tags_find(text, language=language, vocabulary=findings_vocabulary())
    return list({one.code: text[one.start : one.end] for one in reversed(tags)}.values())[::-1]


def _asked(topic: str, quotes: list[str], language: str) -> Asked:
    prompt = QUOTE_PROMPTS[language]
    question = _ASKED[language].format(topic=topic)
    said = [quoted(one, language) for one in quotes if topic.casefold() in one.casefold()]
    messages = (
        Message("system", prompt.system),
        Message("user", rephrasing_asked(prompt, question, language, enumerate(quotes, 1))),
        Message("assistant", ("" if language == "zh" else " ").join(said)),
    )
    return messages, tuple(quotes)


def _one_line(text: str) -> str:
    return " ".join(text.split())
