"""What a file says of patient, order and study, replaced wherever a linked text names it."""

import re
from collections.abc import Mapping

from pydicom.dataset import Dataset

from verticals.medical.deidentify.project import Project
from verticals.medical.deidentify.text import DeidentifiedText, text_deidentify
from verticals.medical.imaging.copies import identifying_words
from verticals.medical.imaging.pseudonyms import Pseudonyms

NAME_REMOVED = "[name]"
_MARKS = 0xE000  # private use: no text has them


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
    """The text with each key replaced where it stands as a whole word; case does not count."""
    if not instead:
        return text
    by_case = {word.casefold(): new for word, new in instead.items()}
    words = "|".join(re.escape(word) for word in sorted(instead, key=len, reverse=True))
    pattern = re.compile(rf"(?<![0-9A-Za-z])(?:{words})(?![0-9A-Za-z])", re.IGNORECASE)
    return pattern.sub(lambda match: by_case[match[0].casefold()], text)
