"""A training that learns nothing: it keeps the contract of `engine.train` in lines, files and signals.

Tests of the platform run it as a process in the place of the real one, which takes minutes. What it is to do wrong
stands in behaviour.json beside the runs' folders.
"""

import hashlib
import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from engine.manifest import Manifest, files_hash, manifest_write

EMPTY_SAFETENSORS = (2).to_bytes(8, "little") + b"{}"


def say(event: str, **values) -> None:
    print(json.dumps({"event": event, **values}), flush=True)


def model_write(folder: Path, name: str, version: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(EMPTY_SAFETENSORS)
    (folder / "config.json").write_text(json.dumps({"of": f"{name} {version}"}))
    manifest = Manifest(
        name=name,
        version=version,
        kind="generation",
        architecture="MixtralForCausalLM",
        languages=("en",),
        base="",
        licence="Apache-2.0",
        max_tokens=512,
        files=files_hash(folder),
    )
    manifest_write(folder, manifest)


class Child:
    def __init__(self, path: Path) -> None:
        self.job = json.loads(path.read_text())
        self.out = Path(self.job["out"])
        wrong = self.out.parent.parent / "behaviour.json"
        self.wrong = json.loads(wrong.read_text()) if wrong.exists() else {}
        self.steps = self.job["descent"].get("steps") or 4
        self.every = self.job["checkpoints"]["every_steps"]
        self.privacy = self.job["privacy"]
        self.stopping = False
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "stopping", True))

    def run(self) -> int:
        if "ignore_term" in self.wrong:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.out.mkdir(parents=True, exist_ok=True)
        say("stage", stage="data")
        examples = [json.loads(line) for line in Path(self.job["examples"]).read_text().splitlines()]
        time.sleep(self.wrong.get("before_start_s", 0))
        if self.wrong.get("die_before_start"):
            os.kill(os.getpid(), signal.SIGKILL)
        if early := self.wrong.get("problem_before_start"):
            return self.complain(early)
        epsilon = self.privacy["target_epsilon"] if self.privacy else None
        say(
            "plan",
            examples=len(examples),
            steps=self.steps,
            noise_multiplier=1.0,
            sample_rate=0.1,
            epsilon=epsilon,
        )
        say("stage", stage="train")
        say("started")
        for step in range(self.resumed() + 1, self.steps + 1):
            time.sleep(self.wrong.get("step_s", 0.01))
            loss = None if self.privacy else 3.0 / step
            say(
                "step", step=step, steps=self.steps, loss=loss, tokens_per_s=100.0, memory_bytes=10**8,
                epsilon=epsilon and epsilon * step / self.steps, learning_rate=1e-3,
            )  # fmt: skip
            if step % self.every == 0 or self.stopping:
                self.checkpoint(step)
            if self.stopping:
                say("stopped", step=step)
                return 143
            self.die_at(step)
            if step == self.wrong.get("problem_at"):
                return self.complain(self.wrong["problem"])
        return self.finish(examples)

    def complain(self, problem: dict) -> int:
        say("problem", **problem)
        return 1

    def die_at(self, step: int) -> None:
        """Die at a step, as often as is asked for."""
        marks = self.out.parent / "deaths"
        deaths = len(marks.read_text()) if marks.exists() else 0
        if step in self.wrong.get("die_at", []) and deaths < self.wrong.get("deaths", 99):
            marks.write_text("x" * (deaths + 1))
            os.kill(os.getpid(), signal.SIGKILL)

    def resumed(self) -> int:
        if self.job["resume_from"] is None:
            return 0
        newest = max(Path(self.job["resume_from"]).glob("step-*"))
        return json.loads((newest / "state.json").read_text())["step"]

    def checkpoint(self, step: int) -> None:
        folder = self.out / "checkpoints" / f"step-{step:08d}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "state.json").write_text(json.dumps({"step": step}))
        say("checkpoint", step=step, path=str(folder))

    def finish(self, examples: list) -> int:
        say("stage", stage="write")
        say("held_out", step=self.steps, loss=1.5)
        model_write(self.out / "model", self.job["name"], self.job["version"])
        result = {"steps": self.steps, "held_out_loss": 1.5, "base_held_out_loss": 2.0, "seconds": 1.0}
        (self.out / "result.json").write_text(json.dumps(result))
        (self.out / "card.json").write_text(json.dumps({"languages": ["en"]}))
        if self.privacy and not self.wrong.get("no_certificate"):
            texts = Path(self.job["examples"]).read_bytes()
            certificate = {
                "epsilon": self.wrong.get("epsilon", self.privacy["target_epsilon"]),
                "delta": self.privacy["delta"],
                "unit": self.privacy["unit"],
                "accountant": "prv",
                "noise_multiplier": 1.0,
                "steps": self.steps,
                "records": len(examples),
                "data_sha256": hashlib.sha256(texts).hexdigest(),
                "statement": "Whoever sees the model learns little of any one record.",
            }
            (self.out / "certificate.json").write_text(json.dumps(certificate))
        say("done", result=result)
        return 0


if __name__ == "__main__":
    raise SystemExit(Child(Path(sys.argv[1])).run())
