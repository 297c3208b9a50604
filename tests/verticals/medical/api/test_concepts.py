"""`/concepts`, `/concepts/{id}`, `/expand` and `/subsumes` over HTTP: shape, errors, and nothing for strangers."""

from pathlib import Path

import pytest

from tests.api_schema import schema_compare
from tests.collegium.api.conftest import Caller
from tests.verticals.medical.terminology.releases import (
    FEVER,
    FINDING,
    HEAD,
    HEAD_PAIN,
    PAIN,
    REFSET,
    ROOT,
    SITE_OF,
)  # fmt: skip
from verticals.medical import vertical

pytestmark = pytest.mark.django_db
MEDICAL = "/api/v1/medical"
VERSION = {"terminology": "snomed", "label": "20250101 INT", "released": "20250101"}
SNAPSHOT = Path(vertical.__file__).with_name("api") / "openapi.json"
URLCONF = "tests.verticals.medical.api.routes"
PATHS = ("concepts?q=pain", f"concepts/{PAIN}", "expand?ecl=*", f"subsumes?code_a={PAIN}&code_b={FEVER}")


def test_concepts_are_searched(caller, loaded):
    reply = caller("GET", f"{MEDICAL}/concepts?q=hedache")
    assert reply.status_code == 200 and reply.json() == {
        "version": VERSION,
        "data": [
            {
                "code": HEAD_PAIN, "name": "Pain of head (test)", "term": "Headache", "language": "en",
                "active": True, "exact": False,
            }
        ],
    }  # fmt: skip
    assert len(caller("GET", f"{MEDICAL}/concepts?q=test&most=3&language=en").json()["data"]) == 3
    assert caller("GET", f"{MEDICAL}/concepts?q=test&language=sv").json()["data"] == []


def test_a_concept_is_shown_with_its_neighbours(caller, loaded):
    found = caller("GET", f"{MEDICAL}/concepts/{HEAD_PAIN}?terminology=snomed").json()
    assert [one.pop("term") for one in found.pop("descriptions")] == [
        "Pain of head (test)",
        "Cephalgia",
        "Headache",
    ]
    assert found == {
        "code": HEAD_PAIN, "name": "Pain of head (test)", "version": VERSION, "active": True, "defined": False,
        "module": "900000000000207008", "effective": "20250101", "parents": [{"code": PAIN, "name": "Pain (test)"}],
        "children": [], "children_count": 0, "axioms": [],
        "attributes": [
            {
                "type": {"code": SITE_OF, "name": "Finding site (test)"}, "value": "", "group": 1,
                "destination": {"code": HEAD, "name": "Head structure (test)"},
            }
        ],
        "members": [
            {"refset": "447562003", "kind": "map", "target": "R51.9", "columns": {}},
            {"refset": REFSET, "kind": "simple", "target": "", "columns": {}},
        ],
    }  # fmt: skip


def test_an_expression_is_expanded_page_by_page(caller, loaded):
    seen, cursor = [], ""
    while True:
        reply = caller("GET", f"{MEDICAL}/expand?ecl=%3C%3C {FINDING}&limit=3&cursor={cursor}").json()
        assert (reply["total"], reply["version"]) == (4, VERSION)
        seen += [one["code"] for one in reply["data"]]
        if not reply["has_more"]:
            break
        cursor = reply["next_cursor"]
    assert sorted(seen) == sorted([FINDING, PAIN, HEAD_PAIN, FEVER])


@pytest.mark.parametrize(
    ("a", "b", "outcome"),
    [(ROOT, PAIN, "subsumes"), (PAIN, ROOT, "subsumed-by"), (PAIN, FEVER, "not-subsumed")],
)
def test_subsumption_is_told(caller, loaded, a, b, outcome):
    reply = caller("GET", f"{MEDICAL}/subsumes?code_a={a}&code_b={b}")
    assert reply.json() == {"version": VERSION, "outcome": outcome}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("concepts", 422, "invalid"), ("concepts?q=", 422, "invalid"), ("concepts?q=a&most=0", 422, "invalid"),
        ("concepts?q=%00", 422, "invalid"), ("concepts?q=a&colour=red", 422, "invalid"),
        ("concepts?q=a&terminology=icd10", 404, "no_terminology"), ("concepts/1234567", 404, "unknown_concept"),
        ("concepts/fever", 404, "unknown_concept"), ("concepts/%00", 404, "unknown_concept"),
        ("expand", 422, "invalid"), ("expand?ecl=%3C", 422, "ecl_invalid"), ("expand?ecl=%3C 1234567", 422, "ecl_invalid"),
        ("expand?ecl=*&cursor=WyJhIl0", 422, "invalid"), ("expand?ecl=*&limit=0", 422, "invalid"),
        (f"subsumes?code_a={PAIN}", 422, "invalid"), (f"subsumes?code_a={PAIN}&code_b=1234567", 404, "unknown_concept"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_named(caller, loaded, path, status, code):
    reply = caller("GET", f"{MEDICAL}/{path}")
    assert (reply.status_code, reply.json()["code"]) == (status, code), reply.content
    assert reply["Content-Type"] == "application/problem+json" and reply.json()["detail"]


def test_a_syntax_error_has_its_position(caller, loaded):
    assert (
        caller("GET", f"{MEDICAL}/expand?ecl=%3C%3C {PAIN} OR").json()["position"] == len(f"<< {PAIN} OR") + 1
    )


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_learns_nothing(stranger, loaded, key_make, workspace, owner, path):
    reply = stranger("GET", f"{MEDICAL}/{path}")
    assert (reply.status_code, reply.json()["code"]) == (404, "no_terminology")
    assert PAIN not in reply.content.decode() and "20250101" not in reply.content.decode()
    assert Caller()("GET", f"{MEDICAL}/{path}").status_code == 401
    unable = Caller(key_make(workspace, "ask", user=owner))
    assert unable("GET", f"{MEDICAL}/{path}").status_code == 403
    other = Caller(key_make(workspace, "read", user=owner, verticals=["finance"]))
    assert other("GET", f"{MEDICAL}/{path}").status_code == 404


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_with_the_same_release_gets_the_own_workspace_alone(
    stranger, load, loaded, foreign, folder, path
):
    """Where both hold a version, the answer comes of the asker's: its name is changed to tell."""
    own = load(folder, into=foreign)
    own.label = "of the foreign circle"
    own.save()
    reply = stranger("GET", f"{MEDICAL}/{path}").json()
    assert reply["version"]["label"] == "of the foreign circle"


def test_the_committed_schema_is_the_one_that_the_code_describes(tmp_path):
    schema_compare(URLCONF, SNAPSHOT, tmp_path)
