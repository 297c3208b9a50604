"""What a manifest says of a mixture's routed experts: whose each is, and the hash of its tensors."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.errors import ExpertsInvalid
from engine.manifest import ExpertRecord, Manifest
from engine.moe.ownership import Ownership
from engine.moe.tensors import RawTensor, tensors_sha256
from engine.moe.upcycle import EXPERT_NAME


def experts_sha256(tensors: Mapping[str, RawTensor]) -> dict[int, str]:
    """The hash of each routed expert over its tensors in all layers."""
    by_expert: dict[int, list[tuple[str, RawTensor]]] = {}
    for name, tensor in tensors.items():
        if match := EXPERT_NAME.fullmatch(name):
            by_expert.setdefault(int(match[2]), []).append((name, tensor))
    return {index: tensors_sha256(named) for index, named in sorted(by_expert.items())}


def dense_sha256(tensors: Mapping[str, RawTensor]) -> str:
    """One hash over everything but routed experts and routers: what experts were trained on top of."""
    return tensors_sha256(
        (name, tensor)
        for name, tensor in tensors.items()
        if not EXPERT_NAME.fullmatch(name) and ".mlp.gate." not in name
    )


def records_made(
    tensors: Mapping[str, RawTensor], ownership: Ownership, *, base: str, licence: str
) -> tuple[ExpertRecord, ...]:
    """The records of a new mixture, none of whose experts is trained."""
    hashes = experts_sha256(tensors)
    if len(hashes) != len(ownership.owners):
        raise ExpertsInvalid(f"owners are named for {len(ownership.owners)} experts; there are {len(hashes)}")
    return tuple(
        ExpertRecord(index=index, owner=owner, base=base, licence=licence, sha256=hashes[index])
        for index, owner in enumerate(ownership.owners)
    )


def records_refreshed(
    records: tuple[ExpertRecord, ...],
    tensors: Mapping[str, RawTensor],
    changes: Mapping[int, Mapping[str, str]],
) -> tuple[ExpertRecord, ...]:
    """The records with today's hashes, and with what is new of the experts that were changed.

    Raises ExpertsInvalid when the tensors of an expert that is not among the changed ones differ.
    """
    hashes = experts_sha256(tensors)
    for record in records:
        if record.index not in changes and hashes[record.index] != record.sha256:
            raise ExpertsInvalid(f"expert {record.index} of {record.owner} was changed and should not be")
    known: list[dict[str, Any]] = [
        {"sha256": hashes[record.index], **changes.get(record.index, {})} for record in records
    ]
    return tuple(replace(record, **values) for record, values in zip(records, known, strict=True))


def ownership_of(manifest: Manifest) -> Ownership:
    """The ownership that a manifest records; raises ExpertsInvalid when it records none."""
    if not manifest.experts:
        raise ExpertsInvalid(f"{manifest.name} has no experts with owners: build or choose a model that has")
    return Ownership(tuple(record.owner for record in manifest.experts))
