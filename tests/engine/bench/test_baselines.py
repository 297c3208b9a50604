"""The comparison of systems over a tiny model: the systems are real ones, their times are not judged."""

import io
import json
import shutil
import socket
import tarfile
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from engine.bench import llama_cpp
from engine.bench.baselines import OPTIONS, Candidate, Run, main, pass_through
from engine.bench.completions import CompletionsServer, completions
from engine.bench.llama_cpp import PROGRAM, cache_tokens, llama_cpp_made, llama_cpp_started
from engine.bench.rank_cluster import server
from engine.bench.system import Prompts, greedy_choices, measure, started_bytes
from engine.bench.transformers_process import transformers_started
from engine.client import EngineClient
from engine.errors import EngineBrokenStream, EngineRejected, EngineUnavailable, InstallFailed
from tests.engine.bench.tiny_language import tiny_language_write, tokenizer_gguf_write
from tests.engine.servers import ROOT, STREAM_HEAD, http, scripted

END_TOKEN = 2
MIB = 1024**2
METADATA = "Metadata-Version: 2.1\nName: llama-cpp-python\nVersion: 0.3.36\n"
CHANGED_SOURCE = {
    "PKG-INFO": METADATA,
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    "backend.py": f"""
import pathlib

def prepare_metadata_for_build_wheel(place, settings=None):
    info = pathlib.Path(place) / "llama_cpp_python-0.3.36.dist-info"
    info.mkdir()
    (info / "METADATA").write_text({METADATA!r})
    return info.name

def build_wheel(place, settings=None, metadata=None):
    raise SystemExit("it was built")
""",
}


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return tiny_language_write(tmp_path_factory.mktemp("m") / "tiny")


@contextmanager
def our_server(model: Path):
    with server(("engine.serve.llm",), model, OPTIONS) as (client, start_s):
        with completions(CompletionsServer, client, END_TOKEN) as found:
            yield found, start_s


@pytest.mark.slow
def test_our_server_and_transformers_continue_alike_and_all_their_figures_are_taken(model, tmp_path):
    run = Run(model)
    systems = [
        Candidate("bare vLLM", lambda: our_server(model), "a note"),
        Candidate("transformers", lambda: transformers_started(model, END_TOKEN), ""),
        Candidate("absent", lambda: transformers_started(tmp_path, END_TOKEN), "not shown"),
    ]
    pass_through(run, systems)
    pass_through(run, systems[1:])
    ours, theirs, absent = (run.measured[one.name] for one in systems)
    assert theirs.agreement is not None and theirs.agreement.different == 0
    assert len({tuple(c.token for c in said) for said in run.reference}) > 1
    assert all(0 < c.lead < 100 for said in run.reference for c in said)
    assert len(ours.passes) == 1 and len(theirs.passes) == 2
    for figures in (*ours.passes, *theirs.passes):
        assert 0 < figures.first_token_s < figures.start_s
        assert figures.decode_tokens_s[2] > figures.decode_tokens_s[0] > 0
        assert figures.clients_tokens_s > 0 and figures.memory_bytes > 100 * MIB
    assert absent.failed and not absent.passes and absent.note.startswith("not measured: ")


@pytest.mark.slow
def test_llama_cpp_continues_as_transformers_does(model, tmp_path):
    program = ROOT / "var" / "llama-cpp" / "bin" / PROGRAM
    if not program.exists():
        pytest.skip("llama.cpp is not built here: python -m engine.bench.llama_cpp")
    tokenizer = tokenizer_gguf_write(tmp_path / "tokenizer.gguf")
    options = {"end_token": END_TOKEN, "slots": 32, "cache_bytes": 64 * MIB}
    with transformers_started(model, END_TOKEN) as (reference, _):
        wanted = greedy_choices(reference, model)
    with llama_cpp_started(program, model, tokenizer, **options) as (system, start_s):
        assert greedy_choices(system, model) == wanted
        assert measure(system, Prompts(model), start_s).clients_tokens_s > 0


def test_what_cannot_be_installed_is_left_out_with_its_reason(model, tmp_path, monkeypatch):
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"{tmp_path / 'no-such-package'}\n")
    monkeypatch.setattr(llama_cpp, "REQUIREMENTS", requirements)
    environment = tmp_path / "environment"

    @contextmanager
    def start():
        yield llama_cpp_made(environment), 0.0

    run = Run(model)
    pass_through(run, [Candidate("llama.cpp", start, "a note")])
    assert run.measured["llama.cpp"].failed and "no-such-package" in run.measured["llama.cpp"].note
    shutil.rmtree(environment)
    pass_through(run, [Candidate("llama.cpp", start, "a note")])
    assert not environment.exists(), "what failed once is not tried again"


def test_a_source_that_was_changed_is_not_built(tmp_path, monkeypatch):
    """The archive is the package index's to serve; its hash is ours to know."""
    made = tmp_path / "llama_cpp_python-0.3.36.tar.gz"
    with tarfile.open(made, "w:gz") as packed:
        for name, text in CHANGED_SOURCE.items():
            entry = tarfile.TarInfo(f"llama_cpp_python-0.3.36/{name}")
            entry.size = len(text)
            packed.addfile(entry, io.BytesIO(text.encode()))
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("")
    monkeypatch.setattr(llama_cpp, "REQUIREMENTS", requirements)
    monkeypatch.setattr(llama_cpp, "SOURCE", str(made))
    with pytest.raises(InstallFailed, match="not the one that was tried"):
        llama_cpp_made(tmp_path / "environment")
    assert not (tmp_path / "environment" / "bin" / PROGRAM).exists()


def test_no_two_prompts_begin_alike_and_every_system_gets_the_same(model):
    ones = Prompts(model).several(40, 16) + Prompts(model, first=1000).several(8, 16)
    assert len({prompt[0] for prompt in ones[:40]}) == 40
    assert ones[:40] == Prompts(model).several(40, 16)
    assert {len(prompt) for prompt in ones} == {16} and len(Prompts(model).take(2000)) == 2000
    assert all(0 <= token < 128 for prompt in ones for token in prompt)


def test_the_cache_of_llama_cpp_has_the_bytes_of_vllms(model):
    layers, kv_heads, width = 3, 2, 32
    assert cache_tokens(model, MIB) == MIB // (2 * layers * kv_heads * width * 4)


def test_memory_is_that_of_what_was_started(model):
    before = started_bytes()
    with transformers_started(model, END_TOKEN):
        grown = started_bytes() - before
    assert grown > 100 * MIB
    # What this session has started besides shares pages with processes that come and go.
    assert started_bytes() - before < grown / 20


def events(*reasons: str | None) -> bytes:
    choices = [{"choices": [{"text": "a", "finish_reason": reason}]} for reason in reasons]
    return b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in choices)


@contextmanager
def answering(raw: bytes):
    def handler(connection, request: bytes) -> None:
        models = http("200 OK", json.dumps({"data": [{"id": "m"}]}))
        connection.sendall(models if b"/v1/models" in request else raw)

    with ExitStack() as stack:
        url = stack.enter_context(scripted(handler))
        client = EngineClient(url)
        stack.callback(client.close)
        yield stack.enter_context(completions(CompletionsServer, client, END_TOKEN))


def test_an_answer_that_is_shorter_than_asked_for_is_no_measurement():
    stopped = http(
        "200 OK", json.dumps({"choices": [{"finish_reason": "length"}, {"finish_reason": "stop"}]})
    )
    with answering(stopped) as system, pytest.raises(EngineBrokenStream, match="'stop'"):
        system.batch_s([[1], [2]], 4)
    with answering(stopped) as system, pytest.raises(EngineBrokenStream, match="3 prompts"):
        system.batch_s([[1], [2], [3]], 4)
    with answering(STREAM_HEAD + events(None, "stop")) as system, pytest.raises(EngineBrokenStream):
        system.clients_s([[1]], 4, 1)
    with answering(STREAM_HEAD + events(None, "length")) as system:
        assert system.clients_s([[1], [2]], 4, 2) > 0


def test_no_request_waits_for_a_connection_that_the_server_may_have_given_up():
    """The server keeps connections open, and gives one up at the moment of its second request."""
    used = set()

    def handler(connection, request: bytes) -> None:
        if b"/v1/models" in request:
            connection.sendall(http("200 OK", json.dumps({"data": [{"id": "m"}]}), keeps_alive=True))
        elif connection in used:
            connection.shutdown(socket.SHUT_RDWR)
        else:
            used.add(connection)
            answer = json.dumps({"choices": [{"finish_reason": "length"}]})
            connection.sendall(http("200 OK", answer, keeps_alive=True))

    handler.keeps_alive = True
    with scripted(handler) as url, closing(EngineClient(url)) as client:
        with completions(CompletionsServer, client, END_TOKEN) as system:
            assert [system.batch_s([[1]], 4) > 0 for _ in range(3)] == [True] * 3


def test_an_error_in_a_stream_or_instead_of_an_answer_is_said():
    broken = STREAM_HEAD + events(None) + b'data: {"error": {"message": "it died"}}\n\n'
    with answering(broken) as system, pytest.raises(EngineBrokenStream, match="it died"):
        system.first_token_s([1])
    with answering(STREAM_HEAD + b"data: [DONE]\n\n") as system, pytest.raises(EngineBrokenStream):
        system.first_token_s([1])
    refused = http("400 Bad Request", '{"error": "no such model"}')
    with answering(refused) as system, pytest.raises(EngineRejected, match="no such model"):
        system.first_token_s([1])


def test_a_process_that_cannot_load_the_model_is_unavailable(tmp_path):
    with pytest.raises(EngineUnavailable, match="transformers"), transformers_started(tmp_path, END_TOKEN):
        pass


def test_an_unknown_system_is_refused_before_anything_starts(model, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["baselines", "--model", str(model), "--only", "nothing"])
    with pytest.raises(SystemExit):
        main()
    assert "no system is called nothing: bare vLLM, our server" in capsys.readouterr().err
