"""The open vocabulary: all of its codes, their hierarchy and terms, for every workspace of the installation."""

import pytest
from django.core.management import call_command
from django.db import transaction

from tests.verticals.medical.terminology.releases import PAIN
from verticals.medical.models import TerminologyVersion
from verticals.medical.terminology import icd10cm
from verticals.medical.terminology.ecl_sql import expand, expansion_count
from verticals.medical.terminology.icd10cm import Code, chinese_names, codes, icd10cm_load, release_day
from verticals.medical.terminology.search import concepts_search
from verticals.medical.terminology.selectors import ConceptRef, concept_page, subsumption
from verticals.medical.terminology.visible import version_current, versions_current

FEW = (
    Code("18", "Symptoms", "", ()),
    Code("R50-R69", "General symptoms", "18", ()),
    Code("R51", "Headache", "R50-R69", ()),
    Code("R51.9", "Headache, unspecified", "R51", ("Facial pain NOS",)),
)


def test_every_code_has_a_name_and_its_parent_comes_before_it():
    seen = set()
    for one in codes():
        assert one.name and one.code not in seen and (not one.parent or one.parent in seen), one
        seen.add(one.code)
    assert len(seen) > 46_000 and sum(not one.parent for one in codes()) == 22
    assert release_day() == "20260401"


def test_chinese_names_are_of_codes_that_there_are_and_each_is_given_once():
    lines = [line for line in icd10cm.CHINESE.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    assert len(lines) == len(chinese_names()) > 500
    assert set(chinese_names()) - {one.code for one in codes()} == set()
    for code, names in chinese_names().items():
        assert (
            names and len(set(names)) == len(names) and all(name == name.strip() != "" for name in names)
        ), code


@pytest.mark.django_db
def test_it_is_loaded_searched_and_asked_like_any_other(workspace, colleague_asker, outsider_asker, capsys):
    call_command("terminology", "load", "icd10cm", "--workspace", workspace.slug)
    assert "Loaded 'ICD-10-CM 20260401'" in capsys.readouterr().out
    version = version_current(colleague_asker)
    assert version.terminology == "icd10cm" and version.stages["concepts"] == len(codes())
    assert version.stages["descriptions"] > 56_000
    for text, code in (
        ("headache", "R51.9"),
        ("hedache unspecifed", "R51.9"),
        ("cholera", "A00"),
        ("I21.9", "I21.9"),
        ("胸痛", "R07.9"),
        ("心梗", "I21"),
    ):
        assert code in {one.code for one in concepts_search(colleague_asker, "icd10cm", text)}, text
    page = concept_page(colleague_asker, "icd10cm", "A00.0", shown="zh")
    assert page.parents == (ConceptRef("A00", "霍乱"),) and page.name == page.concept.name
    assert "Classical cholera" in {one.term for one in page.descriptions}
    assert subsumption(colleague_asker, "icd10cm", "A00-A09", "A00.0") == "subsumes"
    assert {one.code for one in expand(colleague_asker, "icd10cm", "< A00")} == {"A00.0", "A00.1", "A00.9"}
    assert expansion_count(colleague_asker, "icd10cm", "<< 1 MINUS << A00-A09") > 500
    assert (
        expand(colleague_asker, "icd10cm", "<< B99 AND << 1")
        == expand(colleague_asker, "icd10cm", "<< B99")
        != []
    )
    assert version_current(outsider_asker) == version


@pytest.mark.django_db
def test_every_workspace_has_it_and_it_is_loaded_anew_only_where_something_changed(
    monkeypatch, tmp_path, colleague_asker, outsider_asker
):
    monkeypatch.setattr(icd10cm, "codes", lambda: FEW)
    first = icd10cm.icd10cm_ensure()
    assert icd10cm.icd10cm_ensure() is None
    for asker in (colleague_asker, outsider_asker):
        assert versions_current(asker) == [first]
        assert [one.name for one in concepts_search(asker, "icd10cm", "头痛", shown="zh")][0] == "头痛"
    changed = tmp_path / "names.tsv"
    changed.write_text("R51\t头痛症\n", encoding="utf-8")
    monkeypatch.setattr(icd10cm, "CHINESE", changed)
    chinese_names.cache_clear()
    try:
        second = icd10cm.icd10cm_ensure()
        assert second != first and TerminologyVersion.objects.get() == second
        assert [one.term for one in concepts_search(colleague_asker, "icd10cm", "头痛")] == ["头痛症"]
    finally:
        chinese_names.cache_clear()


@pytest.mark.django_db
def test_a_workspace_that_loads_its_own_asks_that_and_others_do_not(
    monkeypatch, loaded, colleague_asker, outsider_asker
):
    monkeypatch.setattr(icd10cm, "codes", lambda: FEW)
    shared = icd10cm_load()
    assert versions_current(colleague_asker) == [loaded, shared] and versions_current(outsider_asker) == [
        shared
    ]
    assert concepts_search(outsider_asker, "snomed", PAIN) == []
    TerminologyVersion.objects.filter(pk=loaded.pk).update(terminology="icd10cm")
    assert version_current(colleague_asker, "icd10cm") == loaded
    assert version_current(outsider_asker, "icd10cm") == shared
    assert concepts_search(outsider_asker, "icd10cm", "fever") == []


@pytest.mark.django_db
def test_it_comes_with_the_installation(monkeypatch, capsys):
    monkeypatch.setattr(icd10cm, "codes", lambda: FEW)
    call_command("verticals", "install")
    assert "medical: installed" in capsys.readouterr().out
    assert TerminologyVersion.objects.get().workspace is None
    with transaction.atomic():
        call_command("verticals", "install")
    assert TerminologyVersion.objects.count() == 1
