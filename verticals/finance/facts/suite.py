"""The suite `finance.xbrl`: are the facts of real filings the ones that they state, to the digit?

Data set sec_xbrl: filings with the instances that the SEC extracted from them and a list of key figures made
from these, and inline documents without one. Everything is uploaded and read as people's uploads are; key
figures are asked for by the query that answers `GET /api/v1/finance/facts`.
"""

import csv
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from collegium.sdk.evaluation import EvaluationBase, SuiteProblem, evaluation_base
from collegium.sdk.parsing import ParseLimits
from collegium.sdk.vertical import Suite, SuiteResult
from verticals.finance.facts.figures import figure_text
from verticals.finance.facts.filings import filings_list
from verticals.finance.facts.query import FactQuery
from verticals.finance.facts.selectors import StoredFact, facts_find
from verticals.finance.xbrl.inline import inline_read
from verticals.finance.xbrl.instance import instance_read
from verticals.finance.xbrl.raw_fact import ReadFacts
from verticals.finance.xbrl.source import tree_read

SLUG = "finance"
_DAY_ONE = (1980, 1, 1, 0, 0, 0)  # so that an archive of the same files is the same archive


def xbrl_run(data: Path | None) -> SuiteResult:
    """Facts of inline documents against their instances, and key figures against what is stored."""
    folder = _folder(data)
    details: list[dict[str, Any]] = []
    compared, equal = 0, 0
    for shown, extracted in _pairs(folder):
        one, other = _numbers(inline_read([_tree(shown)])), _numbers(instance_read(_tree(extracted)))
        compared += sum((one | other).values())
        equal += sum((one & other).values())
        details.append({"file": shown.name, "facts": sum(other.values()), "equal": one == other})
    with tempfile.TemporaryDirectory() as packed:
        filings = [_packed(one, Path(packed)) for one in sorted((folder / "filings").iterdir())]
        pages = sorted((folder / "inline_html").glob("*.htm"))
        with evaluation_base(suite="finance.xbrl", vertical=SLUG, files=[*filings, *pages]) as base:
            asked, found = 0, 0
            for filing in filings:
                rows, missing = _key_figures(base, folder / "filings" / filing.stem, filing.stem)
                asked, found = asked + rows, found + rows - len(missing)
                details.append({"file": filing.name, "key_figures": rows, "missing": missing})
            inline_facts = sum(len(_stored(base, page.stem)) for page in pages)
    return SuiteResult(
        metrics={
            "numeric_facts": compared,
            "equal_to_instance": equal / compared if compared else 0.0,
            "key_figures": asked,
            "key_figures_reproduced": found / asked if asked else 0.0,
            "inline_files": len(pages),
            "inline_facts": inline_facts,
        },
        details=details,
    )


def _folder(data: Path | None) -> Path:
    for folder in (data, data / "sec_xbrl") if data else ():
        if (folder / "filings").is_dir() and (folder / "inline_html").is_dir():
            return folder
    raise SuiteProblem("The suite needs real filings: unpack the data set sec_xbrl and name it by --data.")


def _pairs(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Inline documents and the instances extracted from them."""
    for extracted in sorted(folder.glob("filings/*/*_htm.xml")):
        shown = extracted.with_name(f"{extracted.name.removesuffix('_htm.xml')}.htm")
        if shown.exists():
            yield shown, extracted


def _tree(path: Path) -> Any:
    return tree_read(path, path.name, ParseLimits())


def _numbers(read: ReadFacts) -> Counter[Any]:
    """Concept, entity, period, dimensions, unit, decimals and value of each numeric fact."""
    return Counter((fact.key, fact.decimals, fact.value) for fact in read.facts if fact.unit is not None)


def _packed(folder: Path, target: Path) -> Path:
    """A filing's instance, schema and linkbases as one archive."""
    path = target / f"{folder.name}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            if file.suffix in {".xml", ".xsd"}:
                archive.writestr(zipfile.ZipInfo(file.name, _DAY_ONE), file.read_bytes())
    return path


def _stored(base: EvaluationBase, stem: str, **query: Any) -> list[StoredFact]:
    """What is stored of one document."""
    document = base.documents[stem]
    visible = filings_list(base.asker, knowledge_bases=(base.knowledge_base,))
    filings = tuple(one.id for one in visible if one.document == document)
    if not filings:
        raise SuiteProblem(f"No facts were read of {stem}.")
    return facts_find(base.asker, FactQuery(filings=filings, history=True, dims=None, **query))


def _key_figures(base: EvaluationBase, folder: Path, stem: str) -> tuple[int, list[str]]:
    """How many key figures there are, and which of them are not stored to the digit."""
    stored = {
        (fact.concept, fact.period.start, fact.period.end, fact.unit, figure_text(fact.value), fact.decimals)
        for fact in (one.fact for one in _stored(base, stem, duplicates=True))
        if fact.value is not None and not fact.dims
    }
    with (folder / "key_facts.csv").open(encoding="utf-8") as lines:
        rows = [_row(row) for row in csv.DictReader(lines)]
    return len(rows), [" ".join(map(str, row)) for row in rows if row not in stored]


def _row(row: dict[str, str]) -> tuple[Any, ...]:
    start, slash, end = row["period"].rpartition("/")
    return (
        f"us-gaap:{row['concept_us_gaap']}",
        date.fromisoformat(start) if slash else None,
        date.fromisoformat(end),
        row["unit"],
        row["value"],
        None if row["decimals"] == "INF" else int(row["decimals"]),
    )


XBRL_SUITE = Suite(
    name="xbrl",
    description="Facts of real filings, to the digit",
    run=xbrl_run,
    data_sets=("sec_xbrl",),
)
