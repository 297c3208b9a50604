"""What a file says of patient, order and study, replaced wherever a linked text names it."""

import re
from collections.abc import Iterator, Mapping
from functools import partial

from pydicom.dataset import Dataset

from verticals.medical.deidentify.project import Project
from verticals.medical.deidentify.text import DeidentifiedText, text_deidentify
from verticals.medical.imaging.copies import identifying_words
from verticals.medical.imaging.pseudonyms import Pseudonyms

NAME_REMOVED = "[name]"
_MARKS = 0xE000  # private use: no text has them
# A number that may as well be a measurement, a year or a vertebra: only a label before it tells.
_WEAK = re.compile(r"[\x00-\x7f]{0,3}|(?:19|20)\d\d|\d{1,3}[.,]\d{1,3}")
_START, _END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_NO_LABEL = rf"(?P<label>){_START}"
_LABEL = (
    rf"(?P<label>{_START}(?:(?:MRN|PID|UHID|URN|ID)(?![A-Za-z])|(?:patient|subject|record|chart|hospital"
    r"|case|accession|acc|order|request|study|exam|file)\s{0,3}(?:(?:ID|identifier|number|no|nr)(?![A-Za-z])|[#:：]))"
    r"\s{0,3}(?:number|no|nr|is|was)?\.?\s{0,3}[:：#=]?\s{0,3}"
    r"|(?:病历|病案|住院|门诊|患者|登记|就诊|档案|检查|影像|申请单?|放射)(?:编号|号码?|ID|[:：])\s{0,3}[为是]?"
    r"\s{0,3}[:：]?\s{0,3})"
)
_NO_MEASURE = r"(?![.,]\d|\s?(?:[mcμµ]?m|ml|m?g|kg|HU|%|毫米|厘米|年|月|日|岁|个|枚)(?![A-Za-z]))"


def identifiers_known(dataset: Dataset, project: Project) -> dict[str, str]:
    """The identifiers of a data set that has not been changed yet -> what stands for them in its images."""
    pseudonyms = Pseudonyms(project)
    found: dict[str, str] = {}
    for keyword in ("PatientName", "ReferringPhysicianName", "PerformingPhysicianName"):
        if keyword in dataset:
            found |= dict.fromkeys(identifying_words(dataset[keyword]), NAME_REMOVED)
    stated = {
        name: str(dataset.get(name) or "").strip()
        for name in ("StudyInstanceUID", "AccessionNumber", "PatientID")
    }
    if uid := stated["StudyInstanceUID"]:
        found[uid] = pseudonyms.uid(uid)
    if order := stated["AccessionNumber"]:
        found[order] = pseudonyms.name("order", order, 12)
    if patient := stated["PatientID"]:
        found[patient] = f"P-{pseudonyms.name('patient', patient)}"
    return found


def text_deidentify_known(
    text: str, *, project: Project, group: str, known: Mapping[str, str]
) -> DeidentifiedText:
    """De-identify a text that is linked to images: their numbers get the pseudonyms that the images have.

    A name that is known and still there is taken out. Raises TextUnreadable.
    """
    numbers = [word for word, instead in known.items() if instead != NAME_REMOVED]
    # a mark of its own stands for each number, so that it is not replaced by another surrogate
    marks = {word: chr(_MARKS + at) for at, word in enumerate(numbers)}
    clean = text_deidentify(_replaced(text, marks), project=project, group=group)
    names = {word: instead for word, instead in known.items() if instead == NAME_REMOVED}
    back = {mark: known[word] for word, mark in marks.items()}
    made = "".join(back.get(one, one) for one in _replaced(clean.text, names))
    return DeidentifiedText(made, clean.replacements)


def _replaced(text: str, instead: Mapping[str, str]) -> str:
    """The text with each key replaced where it stands as a whole word, whatever its case."""
    for words, pattern in _patterns(instead):
        text = pattern.sub(partial(_instead, words), text)
    return text


def _instead(words: Mapping[str, str], match: re.Match[str]) -> str:
    return match["label"] + words[match["id"].casefold()]


def _patterns(instead: Mapping[str, str]) -> Iterator[tuple[dict[str, str], re.Pattern[str]]]:
    """Weak values and others apart: the replacements of each kind, and the pattern that finds them."""
    for weak in (False, True):
        words = {word.casefold(): new for word, new in instead.items() if bool(_WEAK.fullmatch(word)) == weak}
        if words:
            some = "|".join(_whole(word) for word in sorted(words, key=len, reverse=True))
            before, after = (_LABEL, _NO_MEASURE) if weak else (_NO_LABEL, "")
            yield words, re.compile(f"{before}(?P<id>{some}){_END}{after}", re.IGNORECASE)


def _whole(word: str) -> str:
    """The word as a pattern; one of digits is no part of a decimal."""
    return rf"(?<!\d\.){word}(?!\.\d)" if word.isdigit() else re.escape(word)
