"""Labels of statement lines, as reports print them, brought to the concept of the catalogue."""

import re
import unicodedata
from functools import cache

from verticals.finance.metrics.catalogue import Catalogue, catalogue, name_key

_BRACKETED = re.compile(
    r"\([^()]*(?:填列|号|损失以|亏损以|减少以|净额以|或股|元|loss|deficit)[^()]*\)", re.IGNORECASE
)
_NUMBERED = re.compile(
    r"^\s*(?:[△▲☆*#]+|\(?[一二三四五六七八九十]+[、.)]|\(?\d{1,2}[、.)]|[a-z]\)|其中[:：]|[加减][:：])+\s*"
)
_NOTE = re.compile(r"\s*(?:\(?(?:note|notes|附注)\s*[\w、,.()]*\)?)$", re.IGNORECASE)


def label_clean(label: str) -> str:
    """A label without numbering, 其中：, 减：, and the remark on how losses are written."""
    text = unicodedata.normalize("NFKC", label).strip()
    text = _BRACKETED.sub("", text)
    while (shorter := _NUMBERED.sub("", text)) != text:
        text = shorter
    return _NOTE.sub("", text).strip(" :：、.\u3000")


def line_concept(label: str, prefix: str) -> str | None:
    """The concept of `prefix` (cas, us-gaap, ifrs-full) that a statement line states, or None.

    A CAS line gets the name that it has in the catalogue, whichever of its wordings the report prints.
    An English line is found by the names of the metrics.
    """
    return _lines(prefix).get(_line_key(label_clean(label)))


def _line_key(text: str) -> str:
    text = name_key(unicodedata.normalize("NFKC", text))
    return re.sub(r"[\s、,，()\[\]]", "", text) if re.search(r"[\u4e00-\u9fff]", text) else text


@cache
def _lines(prefix: str) -> dict[str, str]:
    return lines_index(catalogue(), prefix)


def lines_index(metrics: Catalogue, prefix: str) -> dict[str, str]:
    """Every wording of a line with its concept: a line's own name wins over other wordings and names."""
    stated = [
        (metric, concepts)
        for metric in metrics
        if (concepts := [name for name in metric.concept_names if name.startswith(f"{prefix}:")])
    ]
    index = {_line_key(concepts[0].split(":", 1)[1]): concepts[0] for _metric, concepts in stated}
    for _metric, concepts in stated:
        for concept in concepts[1:]:
            # a company prints one wording of a CAS line; US GAAP and IFRS elements stay what they are
            index.setdefault(_line_key(concept.split(":", 1)[1]), concepts[0] if prefix == "cas" else concept)
    language = "zh" if prefix == "cas" else "en"
    for metric, concepts in stated:
        for name in metric.names[language]:
            index.setdefault(_line_key(name), concepts[0])
    return index
