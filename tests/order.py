"""In which order test files run, and which of them one process runs where two share them.

Loaded by `-p tests.order` (pyproject.toml). A process takes whole files in turn. Files that share what takes long
to make follow each other and go to one process; what takes long begins early, so that both end at about the same
time.
"""

from typing import Any

import pytest

TOGETHER = (
    tuple(f"tests/collegium/answers/test_{name}.py" for name in ("asking", "commands", "engines", "refusal")),
    ("tests/engine/parallel/test_figures.py", "tests/engine/parallel/test_ranks.py"),
    # One real engine, which the last of them kills.
    (
        "tests/collegium/answers/test_real_engine.py",
        "tests/collegium/ops/test_promotion.py",
        "tests/engine/serve/test_llm.py",
    ),
    ("tests/engine/serve/test_front.py", "tests/engine/serve/test_front_lifetime.py"),
)
PLACES = {file: place for place, files in enumerate(TOGETHER) for file in files}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts by group, then files with slow tests before the others."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}

    def place(item: pytest.Item) -> tuple[int, bool]:
        file = item.nodeid.split("::", 1)[0]
        return PLACES.get(file, len(TOGETHER)), item.path not in slow

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """`--dist loadfile`, but files that are named together go to one process."""
    from xdist.scheduler import LoadFileScheduling

    class FilesTogether(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return str(PLACES.get(file, file))

    return FilesTogether(config, log) if config.getvalue("dist") == "loadfile" else None
