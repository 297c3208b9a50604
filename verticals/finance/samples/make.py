"""Writes the sample companies' reports: python -m verticals.finance.samples.make [FOLDER | --committed]

Into FOLDER (var/samples) go all of them: the English ones as inline XBRL (.htm) and PDF, the Chinese ones as
PDF. --committed makes the ones anew that this folder keeps for `manage.py sample`; their PDFs are printed by
chromium from the same pages, with the fonts in them.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from verticals.finance.samples import jichuan, tarnbeck
from verticals.finance.samples.page import inline_page, printed_page
from verticals.finance.samples.pdf import pdf_of
from verticals.finance.samples.report import Report

HERE = Path(__file__).parent
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--disable-pdf-tagging",
)
_MADE_ON = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}[^)]*\)")


def reports() -> Iterator[Report]:
    yield from tarnbeck.reports()
    yield from jichuan.reports()


def report_files(report: Report) -> dict[str, bytes]:
    """File name -> content of the forms in which a report is given."""
    made = {f"{report.stem}.pdf": pdf_of(report)}
    if report.language == "en":
        made[f"{report.stem}.htm"] = inline_page(report).encode()
    return made


def samples_write(folder: Path) -> int:
    """Write all reports; returns how many files there are."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for report in reports():
        for name, content in report_files(report).items():
            (folder / name).write_bytes(content)
            count += 1
    return count


def committed_write() -> None:
    """Make anew what this folder keeps. Needs chromium."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("No chromium was found on the PATH; install it to print the samples.")
    for report in (tarnbeck.annual(2024), jichuan.annual(2023)):
        target = HERE / f"{report.stem}.pdf"
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "page.html"
            source.write_text(printed_page(report), encoding="utf-8")
            command = [browser, *FLAGS, f"--print-to-pdf={target}", source.as_uri()]
            subprocess.run(command, check=True, timeout=120, stderr=subprocess.DEVNULL)
        target.write_bytes(undated(target.read_bytes(), report))
        print(f"{target.name}: {target.stat().st_size // 1024} KB")
    quarter = tarnbeck.quarterly(2025, 1)
    (HERE / f"{quarter.stem}.htm").write_text(inline_page(quarter), encoding="utf-8")


def undated(raw: bytes, report: Report) -> bytes:
    """The printed file with the day of the report as its date, so that the same browser makes the same."""
    day = f"{report.end:%Y%m%d}000000".encode()
    return _MADE_ON.sub(lambda found: b"/" + found[1] + b" (D:" + day + b"+00'00')", raw)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("var/samples"))
    parser.add_argument("--committed", action="store_true", help="make the committed ones anew")
    options = parser.parse_args()
    if options.committed:
        committed_write()
    else:
        print(f"{samples_write(options.folder)} files in {options.folder}")


if __name__ == "__main__":
    main()
