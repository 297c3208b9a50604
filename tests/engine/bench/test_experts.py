"""The recipe's texts are held out by document, and without the data nothing is done, saying so."""

import json
import sys

import pytest

from engine.bench import balance, experts
from engine.bench.corpora import KINDS, NEEDED, corpora_missing, corpora_read


@pytest.fixture
def data(tmp_path):
    for name in NEEDED:
        (tmp_path / name).parent.mkdir()
    abstracts = {str(n): {"CONTEXTS": [f"abstract {n} " * 40], "LONG_ANSWER": f"so {n}"} for n in range(20)}
    (tmp_path / NEEDED[0]).write_text(json.dumps(abstracts))
    contexts = [
        {
            "table": {"uid": f"t{n}", "table": [["year", "", f"{n}"]]},
            "paragraphs": [{"text": f"sales {n} " * 40}],
        }
        for n in range(10)
    ]
    (tmp_path / NEEDED[1]).write_text(json.dumps(contexts))
    pages = [
        {"company": f"firm{n % 5}", "evidence": [{"evidence_text_full_page": f"filing of firm{n % 5} " * 30}]}
        for n in range(10)
    ]
    (tmp_path / NEEDED[2]).write_text("\n".join(map(json.dumps, pages)))
    return tmp_path


def test_no_document_is_both_trained_on_and_measured_with(data):
    corpora = corpora_read(data)
    assert set(corpora) == set(KINDS)
    for corpus in corpora.values():
        assert corpus.train and corpus.held_out and not set(corpus.train) & set(corpus.held_out)
    finance = [*corpora["finance"].train, *corpora["finance"].held_out]
    assert len(finance) == 15, "a page that two questions name counts once"


@pytest.mark.parametrize("program", [balance, experts])
def test_without_the_data_nothing_is_done_and_said_so(program, tmp_path, monkeypatch, capsys):
    assert corpora_missing(tmp_path) == list(NEEDED)
    monkeypatch.setattr(
        sys, "argv", ["bench", "--data", str(tmp_path), "--model", "x"][: 3 + 2 * (program is balance)]
    )
    assert program.main() == 0
    assert "skipped: no evaluation data" in capsys.readouterr().out
