"""What is certified of a model that was trained with differential privacy."""

import hashlib
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from engine.train import randomness
from engine.train.accounting import EPS_ERROR
from engine.train.material import Material


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A guarantee of (epsilon, delta) for each unit of the data, and how it was reached."""

    epsilon: float
    delta: float
    unit: str
    accountant: str
    eps_error: float
    noise_multiplier: float
    max_grad_norm: float
    sample_rate: float
    steps: int
    records: int
    groups: int
    data_sha256: str
    code_version: str
    base_digest: str
    secure_random: bool
    statement: str

    def as_json(self) -> dict[str, Any]:
        """The certificate as it is written."""
        return asdict(self)


def certificate_make(material: Material, *, base_digest: str, steps: int, epsilon: float) -> Certificate:
    """The certificate over the steps that were taken."""
    plan = material.privacy
    assert plan is not None
    return Certificate(
        epsilon=epsilon,
        delta=plan.delta,
        unit=plan.unit,
        accountant="prv",
        eps_error=EPS_ERROR,
        noise_multiplier=plan.noise_multiplier,
        max_grad_norm=plan.max_grad_norm,
        sample_rate=plan.sample_rate,
        steps=steps,
        records=material.records,
        groups=material.groups,
        data_sha256=material.data_sha256,
        code_version=code_version(),
        base_digest=base_digest,
        secure_random=randomness.SECURE,
        statement=_statement(plan.unit, epsilon, plan.delta, steps),
    )


def _statement(unit: str, epsilon: float, delta: float, steps: int) -> str:
    whose = "record" if unit == "record" else "group (all records of one patient)"
    return (
        f"The weights are ({epsilon:.4f}, {delta:.3g})-differentially private for each {whose} of the "
        f"training data, under adding or removing one, over {steps} steps of DP-SGD with Poisson samples. "
        "Not covered: the numbers of records and groups, the fingerprint of the data, how long it took, "
        "and the loss on held-out examples, which were not trained on. "
        f"{randomness.STATEMENT} Checkpoints hold the generators' states: keep them as safe as the data."
    )


def code_version() -> str:
    """The versions of the libraries that make the guarantee, and the hash of this package's code."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    named = ", ".join(f"{package} {_version(package)}" for package in ("collegium", "opacus", "torch"))
    return f"{named}, engine.train sha256:{digest.hexdigest()}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "of a source tree"
