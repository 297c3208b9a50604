"""The open vocabulary: all of its codes, their hierarchy and terms, in the same questions as SNOMED CT."""

import pytest
from django.core.management import call_command

from verticals.medical.models import State
from verticals.medical.terminology.ecl_sql import expand, expansion_count
from verticals.medical.terminology.icd10cm import codes, icd10cm_load, release_day
from verticals.medical.terminology.search import concepts_search
from verticals.medical.terminology.selectors import ConceptRef, concept_page, subsumption, version_current


def test_every_code_has_a_name_and_its_parent_comes_before_it():
    seen = set()
    for one in codes():
        assert one.name and one.code not in seen and (not one.parent or one.parent in seen), one
        seen.add(one.code)
    assert len(seen) > 46_000 and sum(not one.parent for one in codes()) == 22
    assert release_day() == "20260401"


@pytest.mark.django_db
def test_it_is_loaded_searched_and_asked_like_any_other(workspace, colleague_asker, outsider_asker, capsys):
    call_command("terminology", "load", "icd10cm", "--workspace", workspace.slug)
    assert "Loaded 'ICD-10-CM 20260401'" in capsys.readouterr().out
    version = version_current(colleague_asker)
    assert version.terminology == "icd10cm" and version.stages["concepts"] == len(codes())
    assert version.stages["descriptions"] > 55_000
    for text, code in (
        ("headache", "R51.9"),
        ("hedache unspecifed", "R51.9"),
        ("cholera", "A00"),
        ("I21.9", "I21.9"),
    ):
        assert code in {one.code for one in concepts_search(colleague_asker, "icd10cm", text)}, text
    page = concept_page(colleague_asker, "icd10cm", "A00.0")
    assert page.parents == (ConceptRef("A00", "Cholera"),)
    assert "Classical cholera" in {one.term for one in page.descriptions}
    assert subsumption(colleague_asker, "icd10cm", "A00-A09", "A00.0") == "subsumes"
    assert {one.code for one in expand(colleague_asker, "icd10cm", "< A00")} == {"A00.0", "A00.1", "A00.9"}
    assert expansion_count(colleague_asker, "icd10cm", "<< 1 MINUS << A00-A09") > 500
    assert (
        expand(colleague_asker, "icd10cm", "<< B99 AND << 1")
        == expand(colleague_asker, "icd10cm", "<< B99")
        != []
    )
    assert concepts_search(outsider_asker, "icd10cm", "headache") == []
    newer = icd10cm_load(workspace=workspace.pk)
    version.refresh_from_db()
    assert (version.state, newer.state) == (State.FORMER, State.CURRENT)
