"""The pages of terminologies: search leads to a concept, a concept to its neighbours, and strangers nowhere."""

import re

import pytest

from tests.verticals.medical.terminology.releases import FINDING, HEAD, HEAD_PAIN, PAIN

pytestmark = pytest.mark.django_db
SEARCH = "/v/medical/terminology/"


def page(client, address, **headers) -> str:
    response = client.get(address, **headers)
    assert response.status_code == 200, response.content.decode()[:2000]
    return response.content.decode()


def links(text) -> set[str]:
    return set(re.findall(r'href="(/v/medical/terminology/snomed/[^"]+)"', text))


def test_a_search_leads_to_the_concept_and_on_to_its_neighbours(loaded, colleague_client):
    text = page(colleague_client, f"{SEARCH}?q=hedache&in=snomed")
    assert links(text) == {f"{SEARCH}snomed/{HEAD_PAIN}/"} and "Headache" in text
    text = page(colleague_client, f"{SEARCH}snomed/{HEAD_PAIN}/")
    assert {f"{SEARCH}snomed/{PAIN}/", f"{SEARCH}snomed/{HEAD}/"} <= links(text)
    assert "R51.9" in text and "Cephalgia" in text and "20250101 INT" in text
    assert f"{SEARCH}snomed/{PAIN}/" in links(page(colleague_client, f"{SEARCH}snomed/{FINDING}/"))


def test_the_pages_speak_chinese(loaded, colleague_client):
    text = page(colleague_client, f"{SEARCH}snomed/{HEAD_PAIN}/", headers={"Accept-Language": "zh-Hans"})
    assert "上位概念" in text and "Parents" not in text
    assert "没有找到概念" in page(
        colleague_client, f"{SEARCH}?q=xylophone", headers={"Accept-Language": "zh-Hans"}
    )


def test_what_there_is_not_is_said(workspace, colleague_client, load, folder):
    assert "No terminology is loaded yet" in page(colleague_client, SEARCH)
    load(folder)
    assert "No concept found" in page(
        colleague_client, f"{SEARCH}?q=<b>&in=other".replace("<b>", "xylophone%3Cb%3E")
    )
    assert colleague_client.get(f"{SEARCH}snomed/1234567/").status_code == 404
    assert colleague_client.get(f"{SEARCH}other/{PAIN}/").status_code == 404


def test_an_outsider_sees_nothing_of_it(loaded, outsider_client, client):
    text = page(outsider_client, f"{SEARCH}?q=pain&in=snomed")
    assert "20250101" not in text and not links(text)
    assert outsider_client.get(f"{SEARCH}snomed/{PAIN}/").status_code == 404
    assert client.get(SEARCH).status_code == 302 and client.get(f"{SEARCH}snomed/{PAIN}/").status_code == 302
