"""The real front over the fake vLLM. python -m tests.engine.serve.front_over_fake SOCKET LIMITS_AS_JSON [broken]"""

import asyncio
import json
import sys
from pathlib import Path

import uvloop

from engine.errors import EngineError
from engine.serve.admission import Limits
from engine.serve.front import Front
from engine.serve.observers import Observers
from engine.serve.sockets import uds_open

if __name__ == "__main__":
    path = Path(sys.argv[1])
    behind = path.with_name(path.name + ".engine")
    limits = json.loads(sys.argv[2])
    adapters = limits.pop("adapters", None)
    observers = Observers()
    observers.add(state=("experts", lambda: {"layers": 2}), text=lambda: b"collegium_engine_added 1\n")
    front = Front(
        [sys.executable, "-m", "tests.engine.serve.fake_vllm", str(behind), *sys.argv[3:]],
        behind,
        limits=Limits(**limits),
        stall_s=5,
        start_tries=2,
        api_key=None,
        observers=observers,
        adapters_dir=Path(adapters) if adapters else None,
    )
    try:
        with uds_open(path) as listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(front.run(listener))
    except EngineError as error:
        sys.exit(str(error))
    finally:
        path.unlink(missing_ok=True)
