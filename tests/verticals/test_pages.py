"""The verticals' pages: what they show to members, and that nobody else sees anything."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
PAGES = [("/v/finance/reports/", "Tarnbeck"), ("/v/medical/guidelines/", "Lindmere")]


def signed_in(world_asker) -> Client:
    from collegium.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(pk=world_asker.user_id))
    return client


@pytest.mark.parametrize(("address", "words"), PAGES)
def test_a_member_sees_the_documents_and_an_outsider_none(world, address, words):
    assert words in signed_in(world.colleague).get(address).content.decode()
    foreign = signed_in(world.outsider).get(address)
    assert foreign.status_code == 200 and words not in foreign.content.decode()
    assert Client().get(address).status_code == 302


@pytest.mark.parametrize(("address", "words"), PAGES)
def test_a_page_of_a_vertical_that_is_not_enabled_is_not_found(world, address, words):
    from collegium.accounts.services import vertical_enable

    vertical_enable(workspace=world.workspace, slug=address.split("/")[2], enabled=False)
    response = signed_in(world.colleague).get(address)
    assert response.status_code == 404 and words not in response.content.decode()


def test_a_restricted_report_is_not_listed_for_a_colleague(world):
    from collegium.knowledge.models import Access, Document

    Document.objects.filter(workspace=world.workspace, title__contains="Annual Report").update(
        access=Access.RESTRICTED
    )
    assert "Annual Report 2024" not in signed_in(world.colleague).get("/v/finance/reports/").content.decode()
