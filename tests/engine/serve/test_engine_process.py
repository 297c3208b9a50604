"""When another start is tried, and when it is known that it would end as the last one did."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from engine.errors import ModelInvalid
from engine.serve.child import REFUSED
from engine.serve.engine_process import EngineProcess

REFUSES = f"import sys; print('engine.serve.vllm_server: 9 heads'); sys.exit({REFUSED})"
UNKNOWN = "import sys; sys.exit(\"ValueError: Model architectures ['Unheard'] are not supported for now\")"
LACKS_WORKERS = "import sys; sys.exit('engine.serve.vllm_server: 2 ranks are wanted, which is not supported')"


def engine_process(code: str, folder: Path, tries: int | None) -> EngineProcess:
    return EngineProcess(
        [sys.executable, "-c", code],
        folder / "s",
        stall_s=5,
        start_tries=tries,
        on_ready=lambda: None,
        on_away=lambda: None,
        busy=lambda: False,
    )


@pytest.mark.parametrize(("code", "said"), [(REFUSES, "9 heads"), (UNKNOWN, "Unheard")])
@pytest.mark.parametrize("tries", [3, None])
def test_what_no_start_would_mend_is_given_up_at_once_even_where_workers_may_still_come(
    tmp_path, code, said, tries
):
    began = time.monotonic()
    engine = engine_process(code, tmp_path, tries)
    with pytest.raises(ModelInvalid, match=said):
        asyncio.run(engine.run())
    assert engine.restarts == 1 and time.monotonic() - began < 5


def test_what_may_pass_is_tried_again(tmp_path):
    engine = engine_process(LACKS_WORKERS, tmp_path, None)

    async def for_a_while() -> None:
        async with asyncio.timeout(20):
            run = asyncio.create_task(engine.run())
            while engine.restarts < 2:
                await asyncio.sleep(0.05)
            assert not run.done() and "2 ranks are wanted" in engine.detail
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)

    asyncio.run(for_a_while())
