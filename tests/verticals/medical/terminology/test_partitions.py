"""A version's own tables: made as the whole ones are, and gone with the version."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from collegium.errors import Conflict, NotFound
from tests.verticals.medical.terminology.tables import tables_left
from verticals.medical.models import Feature, TerminologyVersion
from verticals.medical.terminology.partitions import TABLES, partition
from verticals.medical.terminology.versions import version_remove, versions_list

pytestmark = pytest.mark.django_db


def test_versions_that_are_not_in_use_are_removed_with_all_their_rows(
    loaded, load, folder, workspace, foreign
):
    with pytest.raises(Conflict, match="is current"):
        version_remove(workspace=workspace.pk, version=loaded.pk)
    newer = load(folder)
    with pytest.raises(NotFound):
        version_remove(workspace=foreign.pk, version=loaded.pk)
    version_remove(workspace=workspace.pk, version=loaded.pk)
    assert versions_list(workspace.pk) == [newer] and not tables_left(loaded) and tables_left(newer)
    assert versions_list(foreign.pk) == []


def test_every_table_with_rows_of_a_version_is_partitioned_by_it():
    holding = {
        model._meta.db_table
        for model in apps.get_app_config("medical").get_models()
        if any(
            field.name == "version" and field.related_model is TerminologyVersion
            for field in model._meta.fields
        )
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'p' AND relname LIKE 'medical_%'")
        assert set(TABLES) == holding == {row[0] for row in cursor.fetchall()}


def test_a_version_has_the_indexes_of_the_whole_tables_and_takes_their_place(loaded):
    """An index that the version lacked would have been built while it was attached, unnamed by the loader."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                "SELECT count(*), count(parent.inhparent) FROM pg_index i LEFT JOIN pg_inherits parent "
                "ON parent.inhrelid = i.indexrelid WHERE i.indrelid = %s::regclass",
                [partition(table, loaded.pk)],
            )
            there, attached = cursor.fetchone()
            cursor.execute("SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass", [table])
            assert there == attached == cursor.fetchone()[0] > 0


def test_the_tables_of_a_deleted_workspace_go_with_it(loaded, workspace):
    assert tables_left(loaded) == len(TABLES)
    loaded.workspace.delete()
    assert tables_left(loaded) == 0


def test_purging_the_vertical_removes_terminologies_of_all_workspaces_and_switches(
    loaded, load, folder, workspace, foreign
):
    other = load(folder, into=foreign)
    Feature.objects.create(workspace=workspace, name="triage", enabled=True, reason="For the ward.")
    said = StringIO()
    with pytest.raises(CommandError, match="2 terminologies, 1 switches.*--yes"):
        call_command("verticals", "purge", "medical")
    assert tables_left(loaded) and tables_left(other)
    call_command("verticals", "purge", "medical", "--yes", stdout=said)
    assert "2 terminologies" in said.getvalue()
    assert not tables_left(loaded) and not tables_left(other)
    assert not TerminologyVersion.objects.exists() and not Feature.objects.exists()
