"""The pages of terminologies: search leads to a concept, a concept to its neighbours, and strangers nowhere."""

import html
import re

import pytest

from tests.verticals.medical.terminology.releases import (
    CONCEPTS,
    FEVER,
    FINDING,
    HEAD,
    HEAD_PAIN,
    PAIN,
    PARENTS,
    SITE_OF,
    concept,
    description,
    file_write,
    names,
    relationship,
)  # fmt: skip
from verticals.medical.terminology.pages import DRAWN_MAX
from verticals.medical.terminology.selectors import CHILDREN_MAX

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


def test_the_graph_has_parents_above_children_below_and_relations_beside(loaded, colleague_client):
    text = page(colleague_client, f"{SEARCH}snomed/{PAIN}/")
    rows = {
        name: re.findall(r'<a class="node" href="[^"]+/(\w+)/"', part)
        for name, part in re.findall(r'data-row="(\w+)">(.*?)</ul>', text, re.DOTALL)
    }
    assert rows == {"parents": [FINDING], "children": [HEAD_PAIN]}
    assert text.index('data-row="parents"') < text.index("data-here") < text.index('data-row="children"')
    beside = re.search(
        r'data-row="relations">(.*?)</ul>', page(colleague_client, f"{SEARCH}snomed/{HEAD_PAIN}/"), re.DOTALL
    )
    assert f"/{HEAD}/" in beside[1] and f"/{SITE_OF}/" in beside[1]
    dose = page(colleague_client, f"{SEARCH}snomed/{FEVER}/")
    assert "#2" in dose and "medical/concept.js" in dose and "medical/concept.css" in dose


def test_many_children_are_drawn_in_part_and_the_rest_is_listed(load, folder, colleague_client):
    many = [f"{number}1000" for number in range(300, 300 + DRAWN_MAX + 3)]
    file_write(folder, "Concept", [concept(code) for code in [*CONCEPTS, *many]])
    edges = [relationship(1000 + at, *edge) for at, edge in enumerate(PARENTS)]
    file_write(
        folder, "Relationship", edges + [relationship(5000 + at, one, FEVER) for at, one in enumerate(many)]
    )
    load(folder)
    text = page(colleague_client, f"{SEARCH}snomed/{FEVER}/")
    drawn = re.search(r'data-row="children">(.*?)</ul>', text, re.DOTALL)[1]
    assert drawn.count('class="node"') == DRAWN_MAX and "3 more children" in text
    assert {f"{SEARCH}snomed/{one}/" for one in many} <= links(text)


def test_of_thousands_of_children_the_page_lists_the_first_and_counts_the_rest(
    load, folder, colleague_client
):
    many = [f"{number}1000" for number in range(3000, 7000)]
    file_write(folder, "Concept", [concept(code) for code in [*CONCEPTS, *many]])
    edges = [relationship(1000 + at, *edge) for at, edge in enumerate(PARENTS)]
    edges += [relationship(50_000 + at, one, FEVER) for at, one in enumerate(many)]
    file_write(folder, "Relationship", edges)
    load(folder)
    text = page(colleague_client, f"{SEARCH}snomed/{FEVER}/")
    assert "Children (4000)" in text and f"{CHILDREN_MAX - DRAWN_MAX} more children" in text
    assert f"and {4000 - CHILDREN_MAX} that are not listed" in text and len(text) < 100_000
    assert len(links(text) & {f"{SEARCH}snomed/{one}/" for one in many}) == CHILDREN_MAX


def test_a_long_name_makes_no_address_that_a_server_would_refuse(load, folder, colleague_client):
    long = "肺" * 5000
    file_write(folder, "Description", [*names(), description(7000, PAIN, long, language="zh")])
    load(folder)
    text = page(colleague_client, f"{SEARCH}snomed/{PAIN}/", headers={"Accept-Language": "zh-Hans"})
    assert long in text
    found = [one for one in re.findall(r'href="([^"]+)"', text) if one.startswith("/search/?concept=")]
    assert len(found) == 1 and len(found[0]) < 2000
    page(colleague_client, html.unescape(found[0]), headers={"Accept-Language": "zh-Hans"})


def test_concepts_go_by_their_chinese_names_on_chinese_pages(load, folder, colleague_client):
    chinese = [
        description(7000, PAIN, "疼痛", language="zh"),
        description(7001, HEAD_PAIN, "头痛", language="zh"),
    ]
    file_write(folder, "Description", [*names(), *chinese])
    load(folder)
    text = page(colleague_client, f"{SEARCH}snomed/{HEAD_PAIN}/", headers={"Accept-Language": "zh-Hans"})
    assert "<h1>头痛</h1>" in text and ">疼痛 <small>" in text and "Pain of head (test)" in text
    found = page(colleague_client, f"{SEARCH}?q=疼痛", headers={"Accept-Language": "zh-Hans"})
    assert ">疼痛</a>" in found
    assert "<h1>Pain of head (test)</h1>" in page(colleague_client, f"{SEARCH}snomed/{HEAD_PAIN}/")


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
