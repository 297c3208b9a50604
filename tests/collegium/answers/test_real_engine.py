"""One answer with the real default model: whatever it says, only supported sentences are shown."""

from pathlib import Path

import pytest

from collegium.answers.services import ask
from collegium.serving.services import alias_move, model_register
from tests.engine.servers import started

MODEL = Path(__file__).resolve().parents[3] / "var" / "test-models" / "models" / "smollm2-135m-moe"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.skipif(not (MODEL / "manifest.json").is_file(), reason="the default model is not built here"),
]


def test_the_real_model_rephrases_and_nothing_unsupported_of_it_is_shown(world, tmp_path):
    from collegium.sdk.numbers import numbers_find
    from engine.client import EngineClient
    from engine.manifest import manifest_read

    manifest, socket = manifest_read(MODEL), tmp_path / "e.sock"
    client = EngineClient(f"unix://{socket}")
    with started("engine.serve.llm", "--model", str(MODEL), "--uds", str(socket), client=client, wait_s=240):
        row = model_register(
            url=f"unix://{socket}", name=manifest.name, version=manifest.version, digest=manifest.digest,
            manifest={"languages": list(manifest.languages), "max_tokens": manifest.max_tokens},
        )  # fmt: skip
        alias_move(name="production", model_version=row)
        answer = ask(
            asker=world.asker,
            vertical="finance",
            question="Why did the gross margin of Tarnbeck change in 2024?",
        )
    quoted = {number.value for one in answer.citations.all() for number in numbers_find(one.quote)}
    rephrased = [block["text"] for block in answer.blocks if block["kind"] == "rephrased"]
    codes = [block["code"] for block in answer.blocks if block.get("code")]
    assert rephrased or codes == ["engine_unsupported"]
    marks = {one.ordinal for one in answer.citations.all()}
    for text in rephrased:
        assert {number.value for number in numbers_find(text)} <= quoted | marks
    assert answer.timings["first_token"] > 0
