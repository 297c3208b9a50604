"""How the benchmark of ranks judges two texts."""

from engine.bench.ranks import compare, prompts


def chosen(*tokens: tuple[str, float, str, float]) -> list[dict[str, float]]:
    return [{a: p, b: q} for a, p, b, q in tokens]


A = chosen(("1", -0.1, "2", -3.0), ("5", -0.7, "6", -0.9))


def test_the_same_tokens_are_the_same_and_their_error_is_said():
    close = chosen(("1", -0.1, "2", -3.0), ("5", -0.70001, "6", -0.9))
    kind, worst = compare(A, close)
    assert kind == "same" and abs(worst - 1e-5) < 1e-9


def test_a_difference_is_forgiven_only_between_equals():
    tie = chosen(("1", -0.1, "2", -3.0), ("6", -0.7, "5", -0.70005))
    assert compare(A, tie)[0] == "tie"
    assert compare(A, chosen(("1", -0.1, "2", -3.0), ("6", -0.5, "5", -0.9)))[0] == "different"
    assert compare(A, A[:1])[0] == "different"


def test_the_prompts_differ_from_each_other_and_not_from_run_to_run():
    assert len(set(prompts(250))) == 250 and prompts(250)[:200] == prompts(200)
