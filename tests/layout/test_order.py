"""What asks for the shared engine runs before it is killed, or is refused by name."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.order import ENGINE_SHARED, pytest_collection_modifyitems


def item(file: str, *fixtures: str) -> SimpleNamespace:
    return SimpleNamespace(
        nodeid=f"{file}::test_it",
        path=Path(file),
        fixturenames=fixtures,
        get_closest_marker=lambda name: None,
    )


def test_what_asks_for_the_shared_engine_comes_in_its_order_and_before_the_rest():
    items = [item("tests/a.py"), *(item(file, "language_engine") for file in reversed(ENGINE_SHARED))]
    pytest_collection_modifyitems(items)
    assert [one.nodeid.split("::")[0] for one in items] == [*ENGINE_SHARED, "tests/a.py"]


def test_a_file_that_asks_for_the_shared_engine_and_has_no_place_is_refused_by_name():
    with pytest.raises(pytest.UsageError, match=r"tests/a\.py: name what asks .* ENGINE_SHARED"):
        pytest_collection_modifyitems([item("tests/a.py", "language_engine"), item("tests/b.py")])
