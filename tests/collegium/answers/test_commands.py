"""The commands ask, sample and verticals over the ingested sample."""

import json
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db
QUESTION = "How much free cash flow did Tarnbeck Instruments generate in 2024?"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_ask_prints_the_text_and_where_each_quotation_stands(world):
    said = run("ask", QUESTION)
    assert "Free cash flow | 48.5 | 38.6" in said
    data = json.loads(run("ask", QUESTION, "--json").splitlines()[-1])
    quoted = next(one for one in data["citations"] if one["quote"].startswith("Free cash flow"))
    assert quoted["page"] == 6
    assert f"[{quoted['id']}] Tarnbeck Instruments – Annual Report 2024, page 6 at (" in said


def test_ask_says_what_is_wrong(world):
    with pytest.raises(CommandError, match="no workspace 'nowhere'"):
        run("ask", QUESTION, "--workspace", "nowhere")
    with pytest.raises(CommandError, match="no member"):
        run("ask", QUESTION, "--user", "sample-outsider")
    with pytest.raises(CommandError, match="no vertical 'astrology'"):
        run("ask", QUESTION, "--vertical", "astrology")


def test_the_sample_is_loaded_once(world):
    from collegium.knowledge.models import Document

    before = Document.objects.count()
    lines = run("sample", "--wait").splitlines()
    assert len(lines) == 15 and all(line.endswith("already there") for line in lines)
    assert Document.objects.count() == before


def test_a_superuser_becomes_a_member_of_the_samples_workspace(world):
    from collegium.accounts.models import Membership, User

    admin = User.objects.create_superuser(username="sample-admin")
    run("sample")
    assert Membership.objects.get(user=admin, workspace=world.workspace).role == "admin"


def test_purge_asks_first_and_then_removes_everything_of_the_vertical(world):
    from collegium.answers.models import Answer
    from collegium.knowledge.models import Access, ChunkVector, Document

    run("ask", "Why should topiramate not be used in pregnancy?", "--vertical", "medical")
    migraine = Document.objects.get(title="Prevention of migraine")
    images = settings.HOME.cache / "pages" / str(migraine.current_id)
    images.mkdir(parents=True, exist_ok=True)
    Document.objects.filter(pk=migraine.pk).update(access=Access.RESTRICTED)
    with pytest.raises(CommandError, match="12 documents.*--yes"):
        run("verticals", "purge", "medical")
    run("verticals", "purge", "medical", "--yes")
    assert not Document.objects.filter(knowledge_base__vertical="medical").exists()
    assert not images.exists()
    assert not ChunkVector.objects.filter(version__knowledge_base__vertical="medical").exists()
    assert not Answer.objects.filter(vertical="medical").exists()
    assert Document.objects.filter(knowledge_base__vertical="finance").count() == 3
    with pytest.raises(CommandError, match="no data"):
        run("verticals", "purge", "medical")
