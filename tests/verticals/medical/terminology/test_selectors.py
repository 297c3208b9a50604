"""Concept pages, subsumption and maps, for those of the workspace alone."""

import pytest

from collegium.errors import NotFound
from tests.verticals.medical.terminology.releases import (
    DOSE,
    FEVER,
    FINDING,
    HEAD,
    HEAD_PAIN,
    PAIN,
    REFSET,
    ROOT,
    SITE_OF,
)  # fmt: skip
from verticals.medical.terminology.selectors import (
    ConceptRef,
    concept_page,
    subsumption,
)  # fmt: skip
from verticals.medical.terminology.visible import version_current, versions_current

pytestmark = pytest.mark.django_db


def test_a_concept_shows_what_is_around_it(loaded, colleague_asker):
    page = concept_page(colleague_asker, "snomed", HEAD_PAIN)
    assert page.version == loaded and page.concept.name == "Pain of head (test)"
    assert page.parents == (ConceptRef(PAIN, "Pain (test)"),) and page.children == ()
    (site,) = page.attributes
    assert (site.type.code, site.destination.code, site.group) == (SITE_OF, HEAD, 1)
    assert {one.term for one in page.descriptions} == {"Pain of head (test)", "Headache", "Cephalgia"}
    assert [(one.refset, one.target) for one in page.members] == [("447562003", "R51.9"), (REFSET, "")]
    above = concept_page(colleague_asker, "snomed", FINDING)
    assert [one.code for one in above.children] == [FEVER, PAIN] and above.children_count == 2
    (dose,) = concept_page(colleague_asker, "snomed", FEVER).attributes
    assert (dose.type.code, dose.destination, dose.value) == (DOSE, None, "#2")
    assert concept_page(colleague_asker, "snomed", PAIN).axioms[0].startswith("SubClassOf")


@pytest.mark.parametrize(
    ("a", "b", "outcome"),
    [
        (PAIN, PAIN, "equivalent"), (ROOT, HEAD_PAIN, "subsumes"), (HEAD_PAIN, FINDING, "subsumed-by"),
        (PAIN, HEAD, "not-subsumed"),
    ],
)  # fmt: skip
def test_subsumption_has_a_direction(loaded, colleague_asker, a, b, outcome):
    assert subsumption(colleague_asker, "snomed", a, b) == outcome


def test_an_outsider_sees_no_concept(loaded, outsider_asker, colleague_asker):
    assert versions_current(colleague_asker) == [loaded] and version_current(colleague_asker) == loaded
    assert versions_current(outsider_asker) == []
    for ask in (
        lambda: version_current(outsider_asker),
        lambda: version_current(outsider_asker, "snomed"),
        lambda: concept_page(outsider_asker, "snomed", PAIN),
        lambda: subsumption(outsider_asker, "snomed", PAIN, PAIN),
    ):
        with pytest.raises(NotFound):
            ask()


def test_a_former_version_is_not_asked(loaded, load, folder, colleague_asker):
    newer = load(folder)
    assert version_current(colleague_asker) == newer
    assert concept_page(colleague_asker, "snomed", PAIN).version == newer
