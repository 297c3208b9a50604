"""The process that renders a page: `python -m collegium.knowledge.render_child SPEC.json OUT.png`."""

import json
import sys
from pathlib import Path

import pypdfium2 as pdfium

from collegium.knowledge.parse_child import EXIT_BROKEN, EXIT_MEMORY, failure_print, limits_set

HEIGHT_MAX_PX = 6000


def page_find(paths: list[str], number: int) -> pdfium.PdfPage:
    """Page `number`, counted on over the files of a version."""
    for path in paths:
        document = pdfium.PdfDocument(path)
        if number <= len(document):
            return document[number - 1]
        number -= len(document)
    raise LookupError("there is no such page")


def main() -> int:
    spec = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    limits_set(spec)
    try:
        page = page_find(spec["files"], spec["page"])
        width, height = page.get_size()
        scale = min(spec["width_px"] / width, HEIGHT_MAX_PX / height)
        with Path(sys.argv[2]).open("wb") as out:
            page.render(scale=scale, may_draw_forms=False).to_pil().save(out, "PNG")
    except MemoryError:
        return EXIT_MEMORY
    except Exception as error:  # shown in the caller's log
        failure_print(error)
        return EXIT_BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main())
