"""Keys and workspaces, by commands and in the administration."""

import io
import re

import pytest
from django.core.management import CommandError, call_command

from collegium.accounts.models import ApiKey, AuditEvent, Membership, Workspace
from collegium.accounts.selectors import asker_for_key

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_a_key_is_printed_alone_on_the_last_line_and_works(workspace):
    out = run("apikey", "create", "--workspace", "acme", "--scopes", "read,search", "--name", "CI")
    key = out.strip().splitlines()[-1]
    assert re.fullmatch(r"col_[A-Za-z0-9_-]{40,}", key)
    asker = asker_for_key(key)
    assert asker.workspace_id == workspace.pk and asker.scopes == {"read", "search"} and asker.user_id is None


def test_only_the_digest_of_a_key_is_stored(workspace, key_make):
    key = key_make(workspace)
    row = ApiKey.objects.get()
    assert key not in str({field.name: getattr(row, field.name) for field in row._meta.fields})
    event = AuditEvent.objects.get(action="api_key.create")
    assert event.target == str(row.pk) and key not in str(event.detail)


def test_a_key_of_a_person_does_what_the_person_may(workspace, colleague):
    key = run("apikey", "create", "--workspace", "acme", "--scopes", "all", "--user", "colleague").split()[-1]
    asker = asker_for_key(key)
    assert asker.user_id == colleague.pk and asker.may("ask") and not asker.may("upload")


def test_keys_are_listed_without_themselves_and_revoked(workspace, foreign, key_make):
    key = key_make(workspace, "read")
    other = key_make(foreign)
    listed = run("apikey", "list", "--workspace", "acme")
    assert key not in listed and key[:9] in listed and "active" in listed and other[:9] not in listed
    run("apikey", "revoke", key[:9])
    assert asker_for_key(key) is None and asker_for_key(other) is not None
    assert (
        "revoked" in run("apikey", "list") and AuditEvent.objects.filter(action="api_key.revoke").count() == 1
    )
    with pytest.raises(CommandError, match="revoked already"):
        run("apikey", "revoke", key[:9])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--workspace", "nowhere", "--scopes", "all"], "there are: acme"),
        (["--workspace", "acme", "--scopes", "fly"], "choose from all, read"),
        (["--workspace", "acme", "--scopes", ","], "none given"),
        (["--workspace", "acme", "--scopes", "all", "--user", "nobody"], "no person"),
        (["--workspace", "acme", "--scopes", "all", "--user", "outsider"], "not a member"),
        (["--workspace", "acme", "--scopes", "all", "--verticals", "alchemy"], "alchemy"),
        (["--workspace", "acme", "--scopes", "all", "--days", "0"], "--days"),
    ],
)
def test_a_wrong_wish_is_named_and_makes_no_key(workspace, outsider, words, said):
    Workspace.objects.filter(slug="foreign").update(slug="zz")
    with pytest.raises(CommandError, match=said):
        run("apikey", "create", *words)
    assert not ApiKey.objects.exists()


def test_a_workspace_is_made_and_gets_members(db, outsider):
    assert "alpha" in run("workspace", "create", "alpha", "--name", "Alpha")
    made = Workspace.objects.get(slug="alpha")
    assert set(made.verticals.values_list("slug", flat=True)) >= {"finance", "medical"}
    run("workspace", "member", "alpha", "outsider", "--role", "editor")
    run("workspace", "member", "alpha", "outsider", "--role", "admin")
    assert Membership.objects.get(workspace=made).role == "admin"
    assert "1 people" in run("workspace", "list")
    for words in (["create", "alpha"], ["create", "a b"], ["create", "beta", "--verticals", "alchemy"]):
        with pytest.raises(CommandError):
            run("workspace", *words)
    with pytest.raises(CommandError):
        run("workspace", "member", "alpha", "nobody")


@pytest.fixture
def boss(client, owner):
    owner.is_staff = owner.is_superuser = True
    owner.save()
    client.force_login(owner)
    return client


def test_the_administration_shows_a_new_key_once(boss, workspace, owner):
    form = {"workspace": str(workspace.pk), "name": "Web", "user": owner.pk, "scopes": ["read", "ask"]}
    form |= {"expires_at_0": "", "expires_at_1": ""}
    page = boss.post("/admin/accounts/apikey/add/", form, follow=True)
    assert page.status_code == 200, page.content
    (key,) = set(re.findall(r"col_[A-Za-z0-9_-]{40,}", page.content.decode()))
    assert asker_for_key(key).scopes == {"read", "ask"}
    assert ApiKey.objects.count() == 1
    row = ApiKey.objects.get()
    for address in ("/admin/accounts/apikey/", f"/admin/accounts/apikey/{row.pk}/change/"):
        assert key not in boss.get(address).content.decode()
    assert AuditEvent.objects.get(action="api_key.create").user == owner
    boss.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [str(row.pk)]})
    assert asker_for_key(key) is None
    assert AuditEvent.objects.get(action="api_key.revoke").user == owner


def test_the_administration_refuses_a_key_for_a_person_of_elsewhere(boss, workspace, outsider):
    form = {"workspace": str(workspace.pk), "name": "Web", "user": outsider.pk, "scopes": ["read"]}
    page = boss.post("/admin/accounts/apikey/add/", {**form, "expires_at_0": "", "expires_at_1": ""})
    assert page.status_code == 200 and "not a member" in page.content.decode()
    assert not ApiKey.objects.exists()


def test_the_administration_opens_every_page_of_accounts(boss, workspace, key_make):
    key_make(workspace)
    for name in ("user", "workspace", "apikey", "auditevent"):
        assert boss.get(f"/admin/accounts/{name}/").status_code == 200
    assert boss.get(f"/admin/accounts/workspace/{workspace.pk}/change/").status_code == 200
    event = AuditEvent.objects.first()
    assert boss.get(f"/admin/accounts/auditevent/{event.pk}/change/").status_code == 200
    assert boss.post(f"/admin/accounts/auditevent/{event.pk}/delete/", {"post": "yes"}).status_code == 403
    assert boss.get("/admin/accounts/auditevent/add/").status_code == 403


def test_somebody_who_is_no_administrator_sees_none_of_it(client, workspace, editor, outsider):
    for person in (editor, outsider):
        client.force_login(person)
        for name in ("user", "workspace", "apikey", "auditevent"):
            assert client.get(f"/admin/accounts/{name}/").status_code == 302
