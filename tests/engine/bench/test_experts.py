"""The recipe's texts are split by document, and without the data nothing is done, saying so."""

import json
import re
import sys
from itertools import combinations

import pytest

from engine.bench import balance, experts
from engine.bench.corpora import KINDS, MAX_CHARACTERS, NEEDED, corpora_missing, corpora_read, passages
from tests.documents import report_pdf


@pytest.fixture
def data(tmp_path):
    for name in NEEDED:
        (tmp_path / name).parent.mkdir()
    abstracts = {str(n): {"CONTEXTS": [f"abstract {n} " * 40], "LONG_ANSWER": f"so {n}"} for n in range(20)}
    (tmp_path / NEEDED[0]).write_text(json.dumps(abstracts))
    for folder in ("1_one", "2_two"):
        (tmp_path / NEEDED[1] / folder).mkdir(parents=True)
        pages = "".join(f"<Answer>{folder} &lt; {n} {'page ' * 60}</Answer>\n" for n in range(9))
        (tmp_path / NEEDED[1] / folder / "0000001.xml").write_text(f"<Document>{pages}</Document>")
    contexts = [
        {
            "table": {"uid": f"t{n}", "table": [["year", "", f"{n}"]]},
            "paragraphs": [{"text": f"sales {n} " * 40}],
        }
        for n in range(20)
    ]
    (tmp_path / NEEDED[2]).write_text(json.dumps(contexts))
    questions = [
        {
            "company": f"firm{n % 5}",
            "doc_name": f"report{n}",
            "evidence": [{"evidence_text_full_page": f"filing of firm{n % 5} " * 30}],
        }
        for n in range(10)
    ]
    (tmp_path / NEEDED[3]).write_text("\n".join(map(json.dumps, questions)))
    conversations = [
        {
            "id": f"Single_T{n % 4}/20{n}/page_9.pdf-{m}",
            "text": f"reported by t{n % 4} in 20{n} " * 20,
            "table": "|x|",
        }
        for n in range(10, 22)
        for m in (1, 2)
    ]
    (tmp_path / NEEDED[4]).write_text(json.dumps(conversations))
    (tmp_path / NEEDED[3]).with_name("pdfs").mkdir()
    (tmp_path / NEEDED[3]).with_name("pdfs").joinpath("report7.pdf").write_bytes(report_pdf())
    return tmp_path


def parts_of(corpus):
    return corpus.train, corpus.calibration, corpus.held_out


def test_no_document_is_in_two_parts(data):
    corpora = corpora_read(data)
    assert set(corpora) == set(KINDS)
    for kind, corpus in corpora.items():
        assert all(parts_of(corpus)), kind
        assert not any(set(a) & set(b) for a, b in combinations(parts_of(corpus), 2))


def test_the_pages_of_a_company_are_in_one_part(data):
    parts = parts_of(corpora_read(data)["finance"])
    everything = [text for part in parts for text in part]
    named = [text for text in everything if text.startswith("filing of")]
    assert len(named) == 5, "a page that two questions name counts once"
    firm2 = {text for text in everything if "firm2" in text or "Northwind" in text}
    assert any("Results of part 2" in text for text in firm2), "pages of a filing that is there count"
    assert sum(firm2 <= set(part) for part in parts) == 1


def test_some_texts_calibrate_and_are_held_out_and_are_never_trained_on(data):
    train, calibration, held_out = parts_of(corpora_read(data)["finance"])
    asked = [
        {re.search(r"by (t\d)", t)[1] for t in part if t.startswith("reported by")}
        for part in (calibration, held_out)
    ]
    assert asked[0] | asked[1] == {"t0", "t1", "t2", "t3"} and not asked[0] & asked[1]
    assert sum(t.startswith("reported by") for t in calibration + held_out) == 12, "two questions, one page"
    assert not any(t.startswith("reported by") for t in train)


def test_pages_of_the_same_name_in_two_folders_both_count(data):
    medical = [text for part in parts_of(corpora_read(data)["medical"]) for text in part]
    assert any(text.startswith("1_one < 0") for text in medical)
    assert any(text.startswith("2_two < 0") for text in medical)


def test_a_text_gives_passages_from_its_beginning_to_its_end():
    words = [f"word{n}" for n in range(2000)]
    found = passages(" ".join(words), 1000)
    assert " ".join(found).split() == words, "nothing is lost or cut where all of it is wanted"
    assert max(map(len, found)) <= MAX_CHARACTERS
    few = passages(" ".join(words), 4)
    assert len(few) == 4 and few[0] == found[0] and set(few) <= set(found)
    assert passages("x" * 2500) == ["x" * 1000, "x" * 1000, "x" * 500], "a text without spaces ends, too"
    assert passages("too short") == []


@pytest.mark.parametrize("program", [balance, experts])
def test_without_the_data_nothing_is_done_and_said_so(program, tmp_path, monkeypatch, capsys):
    assert corpora_missing(tmp_path) == list(NEEDED)
    monkeypatch.setattr(
        sys, "argv", ["bench", "--data", str(tmp_path), "--model", "x"][: 3 + 2 * (program is balance)]
    )
    assert program.main() == 0
    assert "skipped: no evaluation data" in capsys.readouterr().out
