"""What a file says of patient, order and study, replaced wherever a linked text names it."""

import re
from collections.abc import Iterator, Mapping

from pydicom.dataset import Dataset

from verticals.medical.deidentify.project import Project
from verticals.medical.deidentify.text import DeidentifiedText, text_deidentify
from verticals.medical.imaging.copies import PEOPLE, identifying_words, values_written
from verticals.medical.imaging.letters import folded
from verticals.medical.imaging.profile import Options
from verticals.medical.imaging.pseudonyms import Pseudonyms
from verticals.medical.imaging.short_names import short_names_replaced, short_names_written

NAME_REMOVED = "[name]"
_MARKS = 0xE000  # private use: no text has them
# A number that may as well be a measurement, a year or a vertebra: only a label before it tells.
_WEAK = re.compile(r"[\x00-\x7f]{0,3}|(?:19|20)\d\d|\d{1,3}[.,]\d{1,3}")
# These are matched on small letters without accents.
_START, _END = r"(?<![0-9a-z])", r"(?![0-9a-z])"
_LABEL = (
    rf"{_START}(?:(?:mrn|pid|uhid|urn|id)(?![a-z])|(?:patient|subject|record|chart|hospital"
    r"|case|accession|acc|order|request|study|exam|file)\s{0,3}(?:(?:id|identifier|number|no|nr)(?![a-z])|[#:]))"
    r"\s{0,3}(?:number|no|nr|is|was)?\.?\s{0,3}[:#=]?\s{0,3}"
    r"|(?:病历|病案|住院|门诊|患者|登记|就诊|档案|检查|影像|申请单?|放射)(?:编号|号码?|id|:)\s{0,3}[为是]?"
    r"\s{0,3}:?\s{0,3}"
)
_NO_MEASURE = r"(?![.,]\d|\s?(?:[mcμ]?m|ml|m?g|kg|hu|%|毫米|厘米|年|月|日|岁|个|枚)(?![a-z]))"


def identifiers_known(dataset: Dataset, project: Project, options: Options = Options()) -> dict[str, str]:
    """The identifiers of a data set that has not been changed yet -> what stands for them in its images.

    A name with a short part is a key as a whole too, with ^ between its parts. `options`: as for the images.
    """
    pseudonyms = Pseudonyms(project)
    found: dict[str, str] = {}
    for keyword in PEOPLE:
        if keyword in dataset:
            short = short_names_written(set(values_written(dataset[keyword])))
            found |= dict.fromkeys(identifying_words(dataset[keyword]) | short, NAME_REMOVED)
    stated = {
        name: str(dataset.get(name) or "").strip()
        for name in ("StudyInstanceUID", "AccessionNumber", "PatientID")
    }
    if uid := stated["StudyInstanceUID"]:
        found[uid] = uid if options.uids else pseudonyms.uid(uid)
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
    names = {word for word, instead in known.items() if instead == NAME_REMOVED}
    short = {name for name in names if "^" in name}
    numbers = [word for word in known if word not in names]
    # a mark of its own stands for each number, so that it is not replaced by another surrogate, and one for
    # all names with a short part, of which a surrogate might leave the other part
    marks = {word: chr(_MARKS + at) for at, word in enumerate(numbers, start=1)}
    back = {mark: known[word] for word, mark in marks.items()} | {chr(_MARKS): NAME_REMOVED}
    marked = known_replaced(short_names_replaced(text, short, chr(_MARKS)), marks)
    clean = text_deidentify(marked, project=project, group=group)
    named = known_replaced(clean.text, dict.fromkeys(names - short, NAME_REMOVED))
    return DeidentifiedText("".join(back.get(one, one) for one in named), clean.replacements)


def known_replaced(text: str, instead: Mapping[str, str]) -> str:
    """The text with each key replaced where it stands as a whole word; case and accents do not count."""
    for words, pattern in _patterns(instead):
        plain, places = folded(text)
        parts, at = [], 0
        for match in pattern.finditer(plain):
            start, end = places[match.start("id")], places[match.end("id")]
            parts += [text[at:start], words[match["id"]]]
            at = end
        text = "".join([*parts, text[at:]])
    return text


def _patterns(instead: Mapping[str, str]) -> Iterator[tuple[dict[str, str], re.Pattern[str]]]:
    """Weak values and others apart: the replacements of each kind, and the pattern that finds them."""
    plain = {folded(word)[0]: new for word, new in instead.items()}
    for weak in (False, True):
        words = {word: new for word, new in plain.items() if word and bool(_WEAK.fullmatch(word)) == weak}
        if words:
            some = "|".join(_whole(word) for word in sorted(words, key=len, reverse=True))
            before, after = (f"(?:{_LABEL})", _NO_MEASURE) if weak else (_START, "")
            yield words, re.compile(f"{before}(?P<id>{some}){_END}{after}")


def _whole(word: str) -> str:
    """The word as a pattern; one of digits is no part of a decimal."""
    return rf"(?<!\d\.){word}(?!\.\d)" if word.isdigit() else re.escape(word)
