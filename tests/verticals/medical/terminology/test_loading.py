"""Releases in the database: what is written, deltas, swaps, refusals, interruptions."""

import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections

from collegium.errors import Conflict
from tests.evaluation_data import data_set
from tests.verticals.medical.terminology.releases import (
    CONCEPTS,
    ENGLISH,
    FEVER,
    FINDING,
    HEAD,
    HEAD_PAIN,
    PAIN,
    REFSET,
    ROOT,
    SITE_OF,
    concept,
    description,
    file_write,
    member,
    names,
    relationship,
)  # fmt: skip
from tests.verticals.medical.terminology.tables import tables_left
from verticals.medical import models
from verticals.medical.models import State, TerminologyVersion
from verticals.medical.terminology import rf2_names as rf2
from verticals.medical.terminology.loading import Cancelled
from verticals.medical.terminology.problems import BrokenRelease
from verticals.medical.terminology.versions import (
    version_cancel,
    version_remove,
    versions_list,
    versions_purge,
)  # fmt: skip

pytestmark = pytest.mark.django_db


def elsewhere(call, *given, **named):
    """What a call gives over a connection of its own."""

    def run():
        try:
            return call(*given, **named)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=60)


def rows_of(model, version):
    return model.objects.filter(version=version)


def ancestors(version, code):
    number = rows_of(models.Concept, version).get(code=code).pk
    numbers = rows_of(models.Closure, version).get(pk=number).above
    return set(rows_of(models.Concept, version).filter(pk__in=numbers).values_list("code", flat=True))


def parents(version, code):
    edges = rows_of(models.Relationship, version).filter(source__code=code, type=None)
    return set(edges.values_list("destination__code", flat=True))


def test_a_snapshot_is_loaded_whole(loaded):
    assert loaded.state == State.CURRENT and loaded.label == "20250101 INT"
    assert loaded.stages == {
        "concepts": len(CONCEPTS), "descriptions": len(names()), "relationships": 11, "axioms": 1, "members": 3,
        "words": loaded.stages["words"],
    }  # fmt: skip
    assert ancestors(loaded, HEAD_PAIN) == {HEAD_PAIN, PAIN, FINDING, ROOT}
    headache = rows_of(models.Description, loaded).get(term="Headache")
    assert (headache.preferred_in, headache.acceptable_in, headache.kind) == ([ENGLISH], [], "synonym")
    assert rows_of(models.Description, loaded).get(term="Cephalgia").acceptable_in == [ENGLISH]
    site = rows_of(models.Relationship, loaded).get(type__code=SITE_OF)
    assert (site.source.code, site.destination.code, site.group) == (HEAD_PAIN, HEAD, 1)
    assert rows_of(models.Relationship, loaded).get(destination=None).value == "#2"
    assert rows_of(models.Member, loaded).get(kind="map").target == "R51.9"
    assert rows_of(models.Axiom, loaded).get().owl.startswith("SubClassOf")
    words = set(rows_of(models.TermWord, loaded).values_list("word", flat=True))
    assert {"headache", "cephalgia", "fever"} <= words and "of" not in words
    assert rows_of(models.Concept, loaded).get(code=PAIN).name == "Pain (test)"


def delta_write(folder, date="20250701"):
    """A concept more, one that is gone, a moved one, another synonym, and a preference that changes."""
    later = {"date": date}
    new = "49727002"
    file_write(
        folder, "Concept", [concept(new, **later), concept(FEVER, active=0, **later)], "Delta", **later
    )
    rows = [
        description(3000, new, "Cough (test)", rf2.FULLY_SPECIFIED_NAME, **later), description(1501, HEAD_PAIN, "Cephalgia", active=0, **later),
    ]  # fmt: skip
    file_write(folder, "Description", rows, "Delta", **later)
    moved = [
        relationship(1007, HEAD_PAIN, PAIN, active=0, **later),
        relationship(4000, HEAD_PAIN, new, **later),
    ]
    moved += [relationship(4001, new, FINDING, **later)]
    file_write(folder, "Relationship", moved, "Delta", **later)
    first = names()[len(CONCEPTS)][0]  # Headache
    changes = [
        member(1, ENGLISH, first, rf2.ACCEPTABLE, **later),
        member(900, ENGLISH, "3000012", rf2.PREFERRED, **later),
    ]
    file_write(folder, "Language", changes, "Delta", **later)
    file_write(
        folder,
        "Simple",
        [member(101, REFSET, FEVER, active=0, **later), member(102, REFSET, new, **later)],
        "Delta",
        **later,
    )
    return new


def test_a_delta_makes_a_version_out_of_the_current_one(loaded, load, tmp_path):
    new = delta_write(tmp_path / "delta")
    version = load(tmp_path / "delta")
    loaded.refresh_from_db()
    assert (loaded.state, version.state, version.base_id) == (State.FORMER, State.CURRENT, loaded.pk)
    assert rows_of(models.Concept, version).count() == len(CONCEPTS) + 1
    assert not rows_of(models.Concept, version).get(code=FEVER).active
    assert parents(version, HEAD_PAIN) == {new} and ancestors(version, HEAD_PAIN) == {
        HEAD_PAIN,
        new,
        FINDING,
        ROOT,
    }
    terms = rows_of(models.Description, version).filter(concept__code=HEAD_PAIN, kind="synonym")
    assert [(one.term, one.preferred_in, one.acceptable_in) for one in terms] == [("Headache", [], [ENGLISH])]
    assert rows_of(models.Description, version).get(term="Cough (test)").preferred_in == [ENGLISH]
    members = rows_of(models.Member, version).filter(refset=REFSET).values_list("concept__code", flat=True)
    assert set(members) == {HEAD_PAIN, new}
    assert set(rows_of(models.Relationship, version).values_list("source__version", flat=True)) == {
        version.pk
    }
    assert parents(loaded, HEAD_PAIN) == {PAIN}
    assert version.stages["relationships"] == rows_of(models.Relationship, version).count() == 12


def test_a_delta_over_the_wrong_release_is_refused(load, folder, tmp_path):
    delta_write(tmp_path / "delta")
    with pytest.raises(BrokenRelease, match="none is loaded"):
        load(tmp_path / "delta")
    version = load(folder)
    delta_write(tmp_path / "old", date="20250101")
    with pytest.raises(
        BrokenRelease, match="of 20250101 is loaded: a delta is loaded over the release before"
    ):
        load(tmp_path / "old")
    stale = tmp_path / "stale"
    path = file_write(stale, "Concept", [concept(PAIN, date="20240101")], "Delta", date="20250701")
    with pytest.raises(BrokenRelease, match="belongs to an earlier release") as met:
        load(stale)
    assert met.value.extra == {"file": path.name, "line": 2}
    foreign = tmp_path / "foreign"
    file_write(foreign, "Relationship", [relationship(5000, "11000146104", PAIN)], "Delta", date="20250701")
    with pytest.raises(
        BrokenRelease,
        match="line 2: The source 11000146104 is no concept of the release nor of '20250101 INT'",
    ):
        load(foreign)
    assert TerminologyVersion.objects.get(state=State.CURRENT) == version


@pytest.mark.parametrize(
    ("content", "row", "said"),
    [
        ("Description", description(9000, "11000146104", "Gone"), "The concept 11000146104 is no concept"),
        ("Description", description(9000, PAIN, " "), "has no term"),
        ("Description", description(9000, PAIN, "Pain", language=""), "languageCode"),
        ("Relationship", relationship(9000, PAIN, "11000146104"), "The destination 11000146104"),
        ("Relationship", relationship(9000, PAIN, HEAD, "11000146104"), "The type 11000146104"),
        ("Relationship", relationship(9000, PAIN, HEAD, SITE_OF, group="x"), "relationshipGroup is 'x'"),
        ("RelationshipConcreteValues", relationship(9000, PAIN, "5", SITE_OF), "value is '5'"),
        ("RelationshipConcreteValues", relationship(9000, PAIN, "#1.2.3", SITE_OF), "value is '#1.2.3'"),
        ("Language", member(9000, ENGLISH, "1000012", PAIN), "neither preferred nor acceptable"),
    ],
)  # fmt: skip
def test_a_broken_snapshot_is_refused_and_leaves_the_current_one(loaded, load, folder, content, row, said):
    more = {"Relationship": [relationship(8000, FINDING, ROOT)]}.get(content, [])
    path = file_write(folder, content, [*more, row])
    with pytest.raises(BrokenRelease, match=said) as met:
        load(folder)
    assert met.value.extra == {"file": path.name, "line": 2 + len(more)}
    failed = versions_list(loaded.workspace_id)[0]
    assert (failed.state, failed.problem["line"]) == (State.FAILED, 2 + len(more)) and not tables_left(failed)
    loaded.refresh_from_db()
    assert loaded.state == State.CURRENT


def archive_write(folder):
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for one in sorted(folder.glob("*.txt")):
            archive.write(one)
    return path


def test_a_release_is_loaded_from_its_archive(load, folder):
    assert load(archive_write(folder)).stages["concepts"] == len(CONCEPTS)


@pytest.mark.parametrize(
    ("at", "to"), [(6, b"\x01"), (8, b"\x63"), (-40, b"")], ids=["password", "unknown compression", "damaged"]
)
def test_an_archive_that_cannot_be_unpacked_is_refused(load, folder, at, to):
    """The password's flag and the kind of compression stand in two places of an archive."""
    path = archive_write(folder)
    raw = bytearray(path.read_bytes())
    for mark, shift in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        start = raw.find(mark)
        while to and start >= 0:
            raw[start + at + shift : start + at + shift + 1] = to
            start = raw.find(mark, start + 1)
    if not to:
        raw[200:260] = b"x" * 60
    path.write_bytes(raw)
    with pytest.raises(BrokenRelease, match="cannot be read"):
        load(path)


def test_a_load_that_left_rows_out_is_not_gone_on_with_as_a_strict_one(load, folder, workspace):
    def heard(stage, done):
        raise KeyboardInterrupt

    file_write(folder, "Description", [*names(), description(9000, "11000146104", "Gone")])
    with pytest.raises(KeyboardInterrupt):
        load(folder, lenient=True, heard=heard)
    with pytest.raises(BrokenRelease, match="11000146104 is no concept"):
        load(folder)
    version = load(folder, lenient=True)
    assert version.stages["descriptions left out"] == 1
    assert [one.state for one in versions_list(workspace.pk)] == [State.FAILED, State.CURRENT]


def test_a_circle_in_the_hierarchy_is_named_with_its_line(load, folder):
    edges = [
        relationship(1000, FINDING, ROOT),
        relationship(1001, PAIN, HEAD_PAIN),
        relationship(1002, HEAD_PAIN, PAIN),
    ]
    path = file_write(folder, "Relationship", edges)
    with pytest.raises(BrokenRelease, match="circle") as met:
        load(folder)
    assert met.value.extra == {"file": path.name, "line": 4}
    assert PAIN in met.value.detail and HEAD_PAIN in met.value.detail


def test_a_release_without_active_concepts_is_refused(load, folder):
    file_write(folder, "Concept", [concept(code, active=0) for code in CONCEPTS])
    with pytest.raises(BrokenRelease, match="no active concept"):
        load(folder)


def test_a_load_that_was_called_off_goes_on_after_its_last_stage(load, folder, workspace):
    def heard(stage, done):
        seen.append(stage)
        if stage == "relationships":
            version_cancel(workspace=workspace.pk)

    seen = []
    with pytest.raises(Cancelled):
        load(folder, heard=heard)
    (cancelled,) = versions_list(workspace.pk)
    assert cancelled.state == State.CANCELLED and list(cancelled.stages) == ["concepts", "descriptions"]
    assert not rows_of(models.Relationship, cancelled).exists()
    seen.clear()
    version = load(folder, heard=lambda stage, done: seen.append(stage))
    assert version.pk == cancelled.pk and version.state == State.CURRENT and "concepts" not in seen
    assert ancestors(version, HEAD_PAIN) == {HEAD_PAIN, PAIN, FINDING, ROOT} and parents(version, PAIN) == {
        FINDING
    }


def test_an_interrupt_leaves_the_load_to_be_resumed(load, folder, workspace):
    def heard(stage, done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(folder, heard=heard)
    assert versions_list(workspace.pk)[0].state == State.CANCELLED
    assert load(folder).state == State.CURRENT and len(versions_list(workspace.pk)) == 1


def test_a_delta_whose_base_is_current_no_longer_fails_with_its_reason_and_leaves_nothing(
    loaded, load, workspace, tmp_path
):
    def heard(stage, done):
        if stage == "indexes":
            TerminologyVersion.objects.filter(pk=loaded.pk).update(state=State.FORMER)

    delta_write(tmp_path / "delta")
    with pytest.raises(Conflict, match="no longer the current one"):
        load(tmp_path / "delta", heard=heard)
    failed = TerminologyVersion.objects.get(state=State.FAILED)
    assert "Load the delta again" in failed.problem["detail"] and failed.stages == {}
    assert not tables_left(failed) and not rows_of(models.Concept, failed).exists()
    assert TerminologyVersion.objects.get(state=State.CURRENT) == loaded
    version_remove(workspace=workspace.pk, version=failed.pk)
    assert load(tmp_path / "delta").state == State.CURRENT


@pytest.mark.parametrize("broken", ["relationships", "indexes"])
def test_an_error_of_the_database_is_told_and_the_load_goes_on_after_its_last_stage(
    loaded, load, folder, workspace, broken
):
    def heard(stage, done):
        if stage == broken:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")

    with pytest.raises(DatabaseError, match="division by zero"):
        load(folder, heard=heard)
    stopped = versions_list(workspace.pk)[0]
    assert stopped.state == State.CANCELLED and "division by zero" in stopped.problem["detail"]
    assert "descriptions" in stopped.stages and not rows_of(models.Concept, stopped).exists()
    assert TerminologyVersion.objects.get(state=State.CURRENT) == loaded
    version = load(folder)
    assert (version.pk, version.state, version.problem) == (stopped.pk, State.CURRENT, None)
    assert rows_of(models.Relationship, version).count() == rows_of(models.Relationship, loaded).count()


@pytest.mark.django_db(transaction=True)
def test_a_load_whose_connection_breaks_can_be_gone_on_with_or_removed(load, folder, workspace):
    def heard(stage, done):
        if stage == "relationships":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DatabaseError):
        load(folder, heard=heard)
    (stopped,) = versions_list(workspace.pk)
    assert stopped.state == State.CANCELLED and list(stopped.stages) == ["concepts", "descriptions"]
    assert load(folder).pk == stopped.pk


def test_what_a_process_left_that_died_can_be_removed(load, folder, workspace):
    def heard(stage, done):
        if stage == "relationships":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(folder, heard=heard)
    TerminologyVersion.objects.update(state=State.LOADING)  # as of a process that could not tell
    (died,) = versions_list(workspace.pk)
    assert tables_left(died)
    version_remove(workspace=workspace.pk, version=died.pk)
    assert not versions_list(workspace.pk) and not tables_left(died)


@pytest.mark.django_db(transaction=True)
def test_a_load_that_runs_is_not_removed_and_one_whose_version_is_purged_ends(load, folder, workspace):
    def heard(stage, done):
        if stage == "descriptions":
            (version,) = versions_list(workspace.pk)
            seen.append(version)
            with pytest.raises(Conflict, match="Another load"):
                elsewhere(version_remove, workspace=workspace.pk, version=version.pk)
            elsewhere(versions_purge)

    seen = []
    with pytest.raises(Cancelled):
        load(folder, heard=heard)
    assert not versions_list(workspace.pk) and not tables_left(seen[0])


def test_the_command_loads_lists_and_refuses(workspace, folder, tmp_path, capsys):
    call_command("terminology", "load", str(folder), "--workspace", workspace.slug)
    assert "Loaded '20250101 INT'" in capsys.readouterr().out
    call_command("terminology", "list", "--workspace", workspace.slug)
    assert "current" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no file or folder"):
        call_command("terminology", "load", str(tmp_path / "nowhere"), "--workspace", workspace.slug)
    with pytest.raises(CommandError, match="There is no workspace 'nobody'"):
        call_command("terminology", "list", "--workspace", "nobody")
    call_command("terminology", "cancel", "--workspace", workspace.slug)
    with pytest.raises(CommandError, match="There is no version 0"):
        call_command("terminology", "remove", "0", "--workspace", workspace.slug)


def test_the_fictitious_releases_load_whole(load):
    """International with its Swedish extension; another one as Full, as Snapshot, and its Delta over that."""
    folder = data_set("snomed_rf2_dummy")
    with pytest.raises(BrokenRelease, match="ConcreteValues.*, line 5: The source 871866001 is no concept"):
        load(folder / "snowstorm_lite")
    mini = load(folder / "snowstorm_lite", lenient=True)
    assert mini.stages["concepts"] == 25 and mini.label == "20240301 INT, SE, SE1000052"
    swedish = rows_of(models.Description, mini).get(language="sv")
    assert swedish.term == "incision i mellanöra" and swedish.preferred_in == ["46011000052107"]
    assert rows_of(models.Relationship, mini).exclude(value="").count() == 2
    assert mini.stages["relationships left out"] == 3
    assert rows_of(models.Member, mini).filter(kind="map").count() == 3
    assert rows_of(models.Member, mini).filter(kind="simple").count() == 2
    assert rows_of(models.Member, mini).filter(kind="association").count() == 1
    release = folder / "snowstorm_main" / "RF2Release"
    full = load(release, kind="Full")
    assert full.stages["concepts"] == 102
    snapshot = load(release, kind="Snapshot")
    assert (
        snapshot.stages["concepts"] == 103
        and rows_of(models.Concept, snapshot).filter(active=True).count() == 101
    )
    delta = load(release, kind="Delta")
    assert delta.base == snapshot and delta.stages["concepts"] == 103
    assert delta.stages["relationships"] == snapshot.stages["relationships"]
    bleeding = rows_of(models.Description, delta).get(code="210860014")
    assert bleeding.term == "Bleeding" and bleeding.concept.code == "131148009"


def test_the_release_that_benchmarks_use_loads_whole(load, tmp_path):
    from tests.bench.rf2_release import release_write

    version = load(release_write(tmp_path, concepts=300))
    assert version.stages["concepts"] == 300 and version.stages["descriptions"] > 1000
    root = rows_of(models.Concept, version).get(code=ROOT).pk
    assert len(rows_of(models.Closure, version).get(pk=root).below) == 300
    assert rows_of(models.Closure, version).filter(above__contains=[root]).count() == 300
    assert not rows_of(models.Description, version).filter(preferred_in=[], acceptable_in=[]).exists()


@pytest.mark.django_db(transaction=True)
def test_two_loads_of_one_terminology_do_not_run_at_once(load, folder, workspace, foreign):
    """The second is refused while the first holds the workspace's turn; another workspace's goes on."""

    def other(into):
        try:
            return load(folder, into=into).state
        except Conflict as conflict:
            return conflict.detail

    said = []

    def heard(stage, done):
        if stage == "concepts":
            said.extend(elsewhere(other, into) for into in (workspace, foreign))

    assert load(folder, heard=heard).state == State.CURRENT
    assert "Another load" in said[0] and said[1] == State.CURRENT
