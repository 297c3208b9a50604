"""manage.py ingest: files and folders from the command line."""

import io

import pytest
from django.core.management import CommandError, call_command

from collegium.knowledge.models import Document, KnowledgeBase
from tests.documents import report_pdf

pytestmark = pytest.mark.django_db


def _run(*paths, **options):
    out, errors = io.StringIO(), io.StringIO()
    call_command("ingest", *map(str, paths), workspace="acme", stdout=out, stderr=errors, **options)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.pdf").write_bytes(report_pdf(pages=1))
    (tmp_path / "deep" / "b.md").write_text("# Title\n\nWords.")
    (tmp_path / "c.zip").write_bytes(b"PK\x03\x04")
    return tmp_path


def test_a_folders_readable_files_are_ingested_into_a_new_base(folder, workspace, encoder):
    out = _run(folder, vertical="finance", knowledge_base="Shelf")
    assert out.count("document") == 2
    assert KnowledgeBase.objects.get().name == "Shelf"
    assert {one.current.state for one in Document.objects.all()} == {"ready"}
    assert _run(folder, knowledge_base="Shelf").count("there already") == 2


def test_a_file_that_fails_is_named_and_the_others_are_done(folder, workspace, encoder):
    (folder / "empty.html").write_text("<html><script>x()</script></html>")
    with pytest.raises(CommandError, match="1 of the files"):
        _run(folder, vertical="finance")
    assert Document.objects.filter(current__isnull=False).count() == 2


@pytest.mark.parametrize(
    "options", [{"workspace": "nowhere"}, {"vertical": "law", "knowledge_base": "x"}, {"paths": ["/no/such"]}]
)
def test_what_cannot_be_found_is_said(folder, workspace, encoder, options):
    paths = options.pop("paths", [str(folder)])
    with pytest.raises(CommandError, match="There is no"):
        call_command("ingest", *paths, **({"workspace": "acme", "vertical": "finance"} | options))
