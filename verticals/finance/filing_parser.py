"""The finance vertical's parser: the facts of XBRL or of statements, and the text that people read."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from collegium.sdk.parsing import (
    Block,
    ParsedDocument,
    ParseLimits,
    ParseProblem,
    SourceFile,
    files_parse,
    text_read,
)
from verticals.finance.facts.codec import filings_value
from verticals.finance.facts.fact import Filing, ReadFiling
from verticals.finance.scan import scan_read
from verticals.finance.tables.report import report_filing
from verticals.finance.xbrl.companyfacts import companyfacts_load, companyfacts_read
from verticals.finance.xbrl.filings import filings_made
from verticals.finance.xbrl.inline import document_sets, inline_read
from verticals.finance.xbrl.instance import ROOT, instance_read
from verticals.finance.xbrl.linkbases import Linkbases, linkbases_read, statements_of
from verticals.finance.xbrl.names import LINK
from verticals.finance.xbrl.package import HTML, JSON, PDF, XML, ZIP, Package, package_open
from verticals.finance.xbrl.places_shown import filings_placed, shown_places
from verticals.finance.xbrl.problems import XbrlProblem, no_facts, unknown_xml
from verticals.finance.xbrl.rendition import companyfacts_blocks, figures_blocks, notes_blocks
from verticals.finance.xbrl.source import Tree, tree_read
from verticals.finance.xbrl.statements_shown import statements_added

NAME = "filing/1"
_SCHEMA = "{http://www.w3.org/2001/XMLSchema}schema"
_REFUSED = frozenset({"dtd_refused"})  # what no reader of a page may pass over either


class FilingParser:
    """Reads a filing of one or more files: inline XBRL, an instance with linkbases, company facts, a .zip."""

    name = NAME
    media_types = (XML, JSON, ZIP, HTML, PDF)

    def accepts(self, files: Sequence[SourceFile]) -> bool:
        return any(file.media_type in self.media_types for file in files)

    def parse(self, files: Sequence[SourceFile], limits: ParseLimits) -> ParsedDocument:
        with tempfile.TemporaryDirectory() as folder:
            return _Reading(package_open(files, Path(folder), limits), Path(folder), limits).parsed()


class _Reading:
    """Collects what the files of one filing hold."""

    def __init__(self, package: Package, folder: Path, limits: ParseLimits) -> None:
        self._package = package
        self._folder = folder
        self._limits = limits
        self._warnings: list[str] = []
        self._blocks: list[Block] = []
        self._filings: tuple[ReadFiling, ...] = ()
        self._shown_files = [file.name for file in package.readable]

    def parsed(self) -> ParsedDocument:
        package = self._package
        trees = [tree_read(file.path, file.name, self._limits) for file in package.xml]
        instances, linkbases = _sorted(trees)
        if package.inline:
            self._inline(linkbases)
        if not self._filings and instances:
            self._instances(instances, linkbases)
        for file in package.json:
            self._companyfacts(file)
        if linkbases and not self._filings and not package.readable:
            raise no_facts(linkbases[0].name)
        return self._joined()

    def _inline(self, linkbases: Sequence[Tree]) -> None:
        """The facts of inline documents; where they cannot be read, the pages still are."""
        try:
            trees = [tree_read(file.path, file.name, self._limits) for file in self._package.inline]
            reads = [inline_read(one) for one in document_sets(trees)]
        except XbrlProblem as problem:
            if problem.code in _REFUSED:
                raise
            self._warnings.append(
                f"{problem.detail} Until then it is read as an ordinary HTML report, without facts."
            )
            return
        # Linkbases describe one filing; beside several reports nobody can say which.
        statements = statements_of(linkbases_read(linkbases)) if len(reads) == 1 else ()
        for read in reads:
            self._take(*filings_made(read, statements))

    def _instances(self, instances: Sequence[Tree], linkbases: Sequence[Tree]) -> None:
        words = not self._package.readable
        labels = linkbases_read(linkbases)
        for tree in instances:
            read = instance_read(tree, texts=words)
            filings, warnings = filings_made(read, statements_of(labels))
            if words and filings:
                self._shown_files = self._shown_files or [tree.name]
                self._blocks += figures_blocks(filings[0], labels)
                self._blocks += notes_blocks(read.facts, labels, self._folder, self._limits)
            self._take(filings, warnings)

    def _companyfacts(self, file: SourceFile) -> None:
        value = companyfacts_load(text_read(file.path, self._limits), file.name)
        filings, warnings = companyfacts_read(value, file.name)
        self._blocks += companyfacts_blocks(value, filings)
        self._take(filings, warnings)

    def _take(self, filings: Sequence[ReadFiling], warnings: Sequence[str]) -> None:
        self._filings += tuple(filings)
        self._warnings += warnings

    def _joined(self) -> ParsedDocument:
        pages: tuple[tuple[float, float], ...] = ()
        title, parser = "", NAME
        text = self._text()
        blocks = [*(text.blocks if text else ()), *self._blocks]
        if text:
            pages, title, parser = text.pages, text.title, f"{NAME}+{text.parser}"
            self._warnings += text.warnings
            self._statements(text)
        filings = filings_placed(self._filings, shown_places(blocks, self._shown_files))
        filings = statements_added(filings, blocks)
        main = max(filings, key=lambda read: len(read.facts)).filing if filings else Filing()
        many = len({read.filing.accession for read in filings}) > 1
        return ParsedDocument(
            parser=parser,
            blocks=tuple(blocks),
            title=title,
            pages=pages,
            language=main.language if main.language in ("en", "zh") else "",
            metadata=metadata_of(main, whole_history=many),
            warnings=tuple(self._warnings),
            data={"filings": filings_value(filings)} if filings else {},
        )

    def _statements(self, text: ParsedDocument) -> None:
        """The figures of the statements, where no XBRL states them; pages without either say so."""
        if self._filings:
            return
        found = report_filing(text, self._package.readable[0].name)
        if found is not None:
            self._filings = (found,)
            return
        for file in self._package.html:
            self._warnings.append(
                f"'{file.name}' holds no inline XBRL: it is read as an ordinary HTML report, without facts."
            )

    def _text(self) -> ParsedDocument | None:
        """What people read in the files; a page that shows nothing may still state facts."""
        if not self._package.readable:
            return None
        try:
            return files_parse(self._package.readable, self._limits)
        except ParseProblem as problem:
            if problem.code != "no_text":
                raise
            if self._filings:
                self._blocks += figures_blocks(self._filings[0], Linkbases())
                return None
            scan = scan_read(self._package.readable)
            if scan is None:
                raise
            return scan


def _sorted(trees: Sequence[Tree]) -> tuple[list[Tree], list[Tree]]:
    """Instances, and what describes them. Raises XbrlProblem `unknown_xml`."""
    instances, linkbases = [], []
    for tree in trees:
        if tree.root.tag == ROOT:
            instances.append(tree)
        elif tree.root.tag in (f"{LINK}linkbase", _SCHEMA):
            linkbases.append(tree)
        else:
            raise unknown_xml(tree.name)
    return instances, linkbases


def metadata_of(filing: Filing, *, whole_history: bool = False) -> dict[str, Any]:
    """The document's fields; of a company's whole history only those that hold for all of it."""
    found: dict[str, Any] = {
        "company": filing.entity,
        "identifier": filing.identifier,
        "ticker": filing.ticker,
        "currency": filing.currency,
        "gaap": filing.gaap,
        "report_language": filing.language,
        "fiscal_year_end": filing.fiscal_year_end,
    }
    if not whole_history:
        found |= {
            "form": filing.form,
            "fiscal_year": filing.fiscal_year,
            "period": period_name(filing.fiscal_year, filing.fiscal_period),
            "period_end": filing.period_end.isoformat() if filing.period_end else "",
            "filed": filing.accepted_at.date().isoformat() if filing.accepted_at else "",
        }
    return {name: value for name, value in found.items() if value}


def period_name(year: int | None, period: str) -> str:
    """FY2023, 2023Q3, 2023H1."""
    if not year or not period:
        return ""
    return f"FY{year}" if period == "FY" else f"{year}{period}"
