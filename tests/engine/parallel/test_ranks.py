"""Two rank workers on one machine behind the public server: the same text, and what happens when a part fails."""

import os
import re
import signal
import time
from pathlib import Path

import psutil
import pytest

from engine.client import ChatMessage
from tests.engine.parallel.cluster import wait_until
from tests.engine.parallel.serving import PATIENCE, STORY

pytestmark = [pytest.mark.slow, pytest.mark.alone]

STARTS, RESTARTS = "collegium_engine_rank_runs_total", "collegium_engine_restarts_total"
START_FAILED = re.compile("engine.serve.vllm_server: .*the broker between engine and ranks does not answer")
START_FAILS_WITHIN_S = 60.0 * PATIENCE  # it waits half a minute for the broker
QUESTIONS = ("What is the capital of France?", "Name three colours.", "Count from one to ten.")


def greedy(model: Path, question: str, tokens: int) -> str:
    """What transformers says, in one process."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    dense = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    turns = [{"role": "user", "content": question}]
    ids = tokenizer.apply_chat_template(
        turns, add_generation_prompt=True, return_tensors="pt", return_dict=False
    )
    with torch.inference_mode():
        out = dense.generate(ids, max_new_tokens=tokens, do_sample=False)
    return tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)


def test_two_ranks_say_what_one_process_says(ranks, padded_model):
    for question in QUESTIONS:
        said, _ = ranks.client.chat([ChatMessage("user", question)], max_tokens=24, temperature=0)
        assert said == greedy(padded_model, question, 24)


def test_ranks_and_executor_listen_on_the_configured_address_alone(ranks):
    processes = [psutil.Process(pid) for pid in [*ranks.cluster.rank_pids(), ranks.executor_pid()]]
    addresses = {
        c.laddr.ip for p in processes for c in p.net_connections("tcp") if c.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}


def test_the_registry_tells_of_the_run(ranks):
    state = ranks.cluster.registry.engine_state()
    assert [rank["state"] for rank in state["ranks"]] == ["ready", "ready"]
    assert {rank["worker"] for rank in state["ranks"]} == {"w0", "w1"}
    assert all(rank["memory_bytes"] > 100_000_000 for rank in state["ranks"])
    assert state["runs"] == 1 and not state["lost"]


def test_a_broker_that_is_gone_for_five_seconds_goes_unnoticed(ranks):
    run = ranks.run
    stream = ranks.client.stream_chat(STORY, max_tokens=1500)
    next(stream)
    ranks.cluster.broker.kill()
    killed, restarted, arrived = time.monotonic(), False, []
    for _ in stream:
        arrived.append(time.monotonic() - killed)
        if arrived[-1] > 5 and not restarted:
            ranks.cluster.start_broker()  # by this thread: it would end with another one
            restarted = True
        if arrived[-1] > 15:
            break
    stream.close()
    assert sum(at > 9 for at in arrived) > 3, "nothing came after the broker was back"
    assert ranks.serves() and ranks.run == run


def test_a_killed_rank_is_noticed_and_replaced(ranks):
    started, restarted = ranks.figure(STARTS), ranks.figure(RESTARTS)
    failure = ranks.failure(lambda: os.kill(ranks.cluster.rank_pids()[0], signal.SIGKILL))
    failure.check()
    ranks.ready_again()
    assert ranks.run != failure.run
    assert (ranks.figure(STARTS), ranks.figure(RESTARTS)) == (started + 1, restarted + 1)


def test_without_a_broker_until_a_start_fails_the_engine_ends_by_name_and_recovers_with_it(ranks):
    known = len(ranks.cluster.log.read_text(errors="replace"))
    failure = ranks.failure(ranks.cluster.broker.kill)
    failure.check()
    assert "the broker has not answered" in ranks.cluster.tail(100_000)

    def start_failed() -> bool:
        return bool(START_FAILED.search(ranks.cluster.log.read_text(errors="replace"), known))

    wait_until(start_failed, START_FAILS_WITHIN_S, "a start that fails for want of the broker")
    assert ranks.client.health().state == "loading"
    ranks.cluster.start_broker()
    ranks.ready_again()


def test_a_stopped_rank_is_noticed_and_replaced(ranks):
    failure = ranks.failure(lambda: os.kill(ranks.cluster.rank_pids()[1], signal.SIGSTOP))
    failure.check()
    ranks.ready_again()


def test_no_rank_outlives_a_killed_executor(ranks):
    failure = ranks.failure(lambda: os.kill(ranks.executor_pid(), signal.SIGKILL))
    failure.check()
    if os.environ.get("COLLEGIUM_SOAK"):  # the tests before have shown it, and a load takes its time
        ranks.ready_again()
