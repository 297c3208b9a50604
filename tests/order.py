"""In which order test files run, and which of them one process runs where two share them.

Loaded by `-p tests.order` (pyproject.toml). A process takes whole files in turn. Files that share what takes long
to make follow each other and go to one process; what takes long begins early, so that both end at about the same
time.
"""

from typing import Any

import pytest

# One real engine, the fixture `language_engine`, which the last of them kills.
ENGINE_SHARED = (
    "tests/collegium/answers/test_real_engine.py",
    "tests/collegium/ops/test_promotion.py",
    "tests/engine/serve/test_llm.py",
)
TOGETHER = (
    tuple(f"tests/collegium/answers/test_{name}.py" for name in ("asking", "commands", "engines", "refusal")),
    ("tests/engine/parallel/test_figures.py", "tests/engine/parallel/test_ranks.py"),
    ENGINE_SHARED,
    ("tests/engine/serve/test_front.py", "tests/engine/serve/test_front_lifetime.py"),
)
GROUPS = {file: group for group, files in enumerate(TOGETHER) for file in files}
PLACES = {file: place for place, file in enumerate(GROUPS)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is named above comes first, as it stands there, then files with slow tests, then the others.

    Raises UsageError where a file asks for the shared engine and might come after it is killed.
    """
    asking = {_file(item) for item in items if "language_engine" in getattr(item, "fixturenames", ())}
    if late := asking.difference(ENGINE_SHARED):
        raise pytest.UsageError(
            f"{', '.join(sorted(late))}: name what asks for language_engine in ENGINE_SHARED of tests/order.py,"
            " before the file that kills it"
        )
    slow = {item.path for item in items if item.get_closest_marker("slow")}

    def place(item: pytest.Item) -> tuple[int, bool]:
        return PLACES.get(_file(item), len(PLACES)), item.path not in slow

    items.sort(key=place)


def _file(item: pytest.Item) -> str:
    return item.nodeid.split("::", 1)[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """`--dist loadfile`, but files that are named together go to one process."""
    from xdist.scheduler import LoadFileScheduling

    class FilesTogether(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return str(GROUPS.get(file, file))

    return FilesTogether(config, log) if config.getvalue("dist") == "loadfile" else None
