"""Files that a vertical makes of a version's files, in a process of its own."""

import os

import pytest

from collegium.errors import Invalid, NotFound
from collegium.knowledge.child import child_run
from collegium.sdk.derived import derived_file
from collegium.sdk.parsing import ParseProblem

pytestmark = pytest.mark.django_db
MAKERS = "tests.collegium.knowledge.deriving"


@pytest.fixture
def ready(add, run_job):
    version, job = add("guide.md", "# Guide\n\nSome words.")
    run_job(job)
    return version


def test_a_file_is_made_once_and_kept_under_its_name(ready, colleague_asker, settings):
    options = {"mark": "sizes"}
    made = derived_file(
        colleague_asker, ready.pk, maker=f"{MAKERS}.sizes_write", name="sizes.txt", options=options
    )
    assert made == b"sizes: [20]"
    kept = settings.HOME.cache / "pages" / str(ready.pk) / "sizes.txt"
    kept.write_bytes(b"kept")
    again = derived_file(
        colleague_asker, ready.pk, maker=f"{MAKERS}.sizes_write", name="sizes.txt", options=options
    )
    assert again == b"kept"


def test_what_is_not_to_be_kept_leaves_nothing(ready, colleague_asker, settings):
    derived_file(
        colleague_asker, ready.pk, maker=f"{MAKERS}.sizes_write", name="x", options={"mark": "x"}, keep=False
    )
    assert not list((settings.HOME.cache / "pages" / str(ready.pk)).iterdir())


@pytest.mark.parametrize(("maker", "code"), [("refuse", "no_good"), ("die", "parse_crashed")])
def test_a_maker_that_refuses_or_dies_gives_the_reason_and_leaves_nothing(
    ready, colleague_asker, settings, maker, code
):
    with pytest.raises(Invalid) as caught:
        derived_file(colleague_asker, ready.pk, maker=f"{MAKERS}.{maker}", name="x", options={})
    assert caught.value.code == code and caught.value.detail
    assert not list((settings.HOME.cache / "pages" / str(ready.pk)).iterdir())


@pytest.mark.parametrize(
    ("maker", "code"), [("unpack_and_die", "parse_crashed"), ("unpack_and_stay", "parse_timeout")]
)
def test_what_a_maker_unpacked_is_gone_when_it_crashes_or_is_stopped(
    ready, colleague_asker, settings, monkeypatch, maker, code
):
    monkeypatch.setattr("collegium.knowledge.derived.TIMEOUT_S", 3)
    with pytest.raises(Invalid) as caught:
        derived_file(colleague_asker, ready.pk, maker=f"{MAKERS}.{maker}", name="x", options={})
    assert caught.value.code == code
    assert not list((settings.HOME.cache / "pages" / str(ready.pk)).iterdir())


@pytest.mark.parametrize(
    ("slow", "told"),
    [
        (False, "longer than 2 s. Split it into smaller files"),
        (True, "longer than 3 s. Split it, or ask the operator to raise COLLEGIUM_PARSE_TIMEOUT_S"),
    ],
)
def test_what_takes_too_long_names_the_limit_that_it_reached_and_what_to_do(
    ready, colleague_asker, settings, monkeypatch, slow, told
):
    monkeypatch.setattr("collegium.knowledge.derived.TIMEOUT_S", 2)
    settings.PARSE_TIMEOUT_S = 3
    call = {"maker": f"{MAKERS}.unpack_and_stay", "name": "x", "options": {}}
    with pytest.raises(Invalid) as caught:
        derived_file(colleague_asker, ready.pk, **call, slow=slow)
    assert caught.value.code == "parse_timeout" and told in caught.value.detail


@pytest.mark.parametrize(
    ("maker", "told"),
    [
        ("fail_and_quote", ["KeyError", "ValueError"]),
        ("fail_at_the_system", ["FileNotFoundError No such file or directory"]),
        ("fail_to_import", ["ModuleNotFoundError No module named 'no_such_library'"]),
    ],
)
def test_the_log_says_what_failed_where_and_quotes_nothing_of_the_file(
    ready, colleague_asker, caplog, maker, told
):
    with caplog.at_level("WARNING", "collegium.knowledge.child"), pytest.raises(Invalid) as caught:
        derived_file(colleague_asker, ready.pk, maker=f"{MAKERS}.{maker}", name="x", options={})
    assert caught.value.code == "parser_failed"
    assert "Brandt" not in caplog.text and "MRN" not in caplog.text
    assert all(one in caplog.text for one in told) and "deriving.py:" in caplog.text
    assert f" in {maker}" in caplog.text


def test_the_log_says_why_a_process_could_not_even_begin(tmp_path, caplog):
    with pytest.raises(ParseProblem):
        child_run(module="no_such_module", spec={}, folder=tmp_path, out=tmp_path / "out", timeout_s=30)
    assert "No module named no_such_module" in caplog.text


def test_an_outsider_gets_nothing_even_where_it_is_kept(ready, colleague_asker, outsider_asker):
    call = {"maker": f"{MAKERS}.sizes_write", "name": "sizes.txt", "options": {"mark": "x"}}
    derived_file(colleague_asker, ready.pk, **call)
    with pytest.raises(NotFound):
        derived_file(outsider_asker, ready.pk, **call)
    with pytest.raises(ValueError, match="no name"):
        derived_file(colleague_asker, ready.pk, **{**call, "name": "../x"})


@pytest.mark.parametrize(("limit", "value"), [("KEPT_MAX_BYTES", 3 * len("m: [20]")), ("KEPT_MAX_FILES", 3)])
def test_of_a_version_no_more_is_kept_than_the_limit_and_what_was_not_asked_for_goes_first(
    ready, colleague_asker, settings, monkeypatch, limit, value
):
    monkeypatch.setattr(f"collegium.knowledge.pages.{limit}", value)
    folder = settings.HOME.cache / "pages" / str(ready.pk)

    def ask(name: str, at: int) -> None:
        derived_file(
            colleague_asker, ready.pk, maker=f"{MAKERS}.sizes_write", name=name, options={"mark": "m"}
        )
        os.utime(folder / name, (at, at))

    for at, name in enumerate(("a", "b", "c"), start=1):
        ask(name, at)
    (folder / "0123.part").write_bytes(b"being made by another")
    ask("a", 4)
    ask("d", 5)
    assert {one.name for one in folder.iterdir()} == {"a", "c", "d", "0123.part"}
    ask("e", 6)
    assert {one.name for one in folder.iterdir()} == {"a", "d", "e", "0123.part"}
    made = derived_file(
        colleague_asker, ready.pk, maker=f"{MAKERS}.sizes_write", name="b", options={"mark": "m"}
    )
    assert made == b"m: [20]"
