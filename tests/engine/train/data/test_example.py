"""Examples are read as they were written, and a line that is none is named with its reason."""

from pathlib import Path
from typing import Any

import pytest

from engine.errors import ConfigInvalid
from engine.train.data.example import examples_read
from tests.engine.train.data.some import example, file_of

GOOD: dict[str, Any] = {
    "messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}],
    "source": "a",
    "language": "en",
}


def test_an_example_comes_back_as_it_was_written(tmp_path: Path) -> None:
    some = [example(1, group="p1", evidence=True), example(2, language="zh", refusal=True, made_by="model")]
    assert list(examples_read(file_of(tmp_path / "e.jsonl", *some))) == some


def test_optional_keys_may_be_left_out(tmp_path: Path) -> None:
    (found,) = examples_read(file_of(tmp_path / "e.jsonl", GOOD))
    assert (found.group, found.made_by, found.evidence, found.refusal) == ("", "recorded", (), False)
    assert (found.asked, found.answer) == ("Why?", "So.")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"messages": []}, "not empty"),
        ({"messages": [{"role": "user", "content": "Why?"}]}, "end with the assistant"),
        ({"messages": [{"role": "assistant", "content": "So."}]}, "hold a user"),
        ({"messages": [{"role": "doctor", "content": "x"}]}, "role must be one of"),
        ({"messages": [{"role": "user", "content": 3}]}, "content text"),
        ({"messages": [{"role": "user"}]}, "a role and a content"),
        ({"source": ""}, "source is empty"),
        ({"source": 3}, "source must be text"),
        ({"made_by": "me"}, "made_by must be one of"),
        ({"evidence": ["elsewhere"]}, "does not stand"),
        ({"evidence": "Why?"}, "list of passages"),
        ({"refusal": "no"}, "true or false"),
        ({"weight": 1}, "unknown keys: weight"),
    ],
)
def test_a_line_that_is_no_example_is_named(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    path = file_of(tmp_path / "e.jsonl", GOOD, GOOD | changes)
    with pytest.raises(ConfigInvalid, match=reason) as error:
        list(examples_read(path))
    assert f"{path}:2: " in str(error.value)


@pytest.mark.parametrize("line", ["{", "[]", '{"source": "a"}'])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigInvalid, match=":2: "):
        list(examples_read(file_of(tmp_path / "e.jsonl", GOOD, line)))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="cannot be read"):
        list(examples_read(tmp_path / "none.jsonl"))
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigInvalid, match="cannot be read"):
        list(examples_read(tmp_path / "bytes.jsonl"))
