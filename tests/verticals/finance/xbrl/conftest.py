"""Reading small filings as the parser does, without a server."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from collegium.sdk.parsing import ParsedDocument, ParseLimits, SourceFile
from verticals.finance.facts.codec import filings_read
from verticals.finance.facts.fact import ReadFiling
from verticals.finance.filing_parser import FilingParser

KINDS = {
    ".htm": "text/html", ".xml": "application/xml", ".xsd": "application/xml", ".json": "application/json",
    ".zip": "application/zip", ".txt": "text/plain", ".md": "text/markdown",
}  # fmt: skip


@pytest.fixture
def parse(tmp_path: Path) -> Callable[..., ParsedDocument]:
    """parse({"a.htm": text, ...}) -> what the parser read of these files, as one document."""

    def run(files: dict[str, str | bytes]) -> ParsedDocument:
        sources = []
        for name, content in files.items():
            path = tmp_path / f"in-{len(list(tmp_path.iterdir()))}"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            sources.append(SourceFile(path, name, KINDS[Path(name).suffix]))
        return FilingParser().parse(sources, ParseLimits())

    return run


@pytest.fixture
def filings(parse) -> Callable[..., tuple[ReadFiling, ...]]:
    """filings({"a.htm": text}) -> its filings, as they come out at the other side of the process."""
    return lambda files: filings_read(parse(files).data.get("filings", []))


@pytest.fixture
def facts(filings) -> Callable[..., list]:
    """facts(text) -> the facts of one inline page."""
    return lambda text, name="a.htm": [fact for read in filings({name: text}) for fact in read.facts]


def zip_make(files: dict[str, str | bytes]) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()
