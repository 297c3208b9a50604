"""Prints the sample reports from their HTML sources: python verticals/finance/samples/make.py (needs
chromium).
"""

import shutil
import subprocess
import sys
from pathlib import Path

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
)


def main() -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("No chromium was found on the PATH; install it to print the samples.")
    for source in sorted((HERE / "sources").glob("*.html")):
        target = HERE / f"{source.stem}.pdf"
        command = [browser, *FLAGS, f"--print-to-pdf={target}", source.resolve().as_uri()]
        subprocess.run(command, check=True, timeout=120, stderr=subprocess.DEVNULL)
        print(f"{target.name}: {target.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
