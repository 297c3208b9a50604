"""A model directory whose experts stand in another order, so that ranks with equal runs of them are even.

An expert's tensors take the names of its new place, and the rows of the router and of its bias move with it:
what the model computes stays the same. Weights are copied byte for byte, whatever their type.
"""

import json
import re
import shutil
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from engine.build.staging import builder_lock, manifest_add, staged
from engine.errors import ConfigInvalid, ModelInvalid
from engine.manifest import MANIFEST_NAME, Manifest, files_hash, manifest_verify
from engine.moe.expert_order import ORDER_NAME, ExpertOrder, order_read, order_write
from engine.moe.placement import Proposal, RoutingLoad, Topology, placement_propose

EXPERT = re.compile(r"(?P<before>.*\.layers\.(?P<layer>\d+)\.\w+\.experts\.)(?P<expert>\d+)(?P<after>\..*)")
ROUTER = re.compile(r".*\.layers\.(?P<layer>\d+)\.\w+\.gate\.\w+")
ONE_EXPERT = re.compile(r"experts\.\d+\.")
PIECE_BYTES = 16 * 1024**2
VERSION_SUFFIX = "+ordered"


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the bytes of a safetensors file: its entries, and where the bytes begin."""

    entries: dict[str, Any]
    start: int


def experts_permute(model: Path, order: ExpertOrder, out: Path) -> Path:
    """Writes the model to `out` with its experts in this order, told in places of `model`; returns `out`.

    A manifest is checked before, and written anew for what was made. The new directory says in
    expert_order.json which original expert stands where.
    Raises ModelInvalid when the order is not one of this model, or would break its groups of experts.
    """
    manifest = manifest_verify(model) if (model / MANIFEST_NAME).exists() else None
    _config_check(model, order)
    files = sorted(model.glob("*.safetensors"))
    headers = {path: _header_read(path) for path in files}
    _order_check(headers, order)
    with builder_lock(out), staged(out, sum(path.stat().st_size for path in model.iterdir())) as draft:
        for path in sorted(model.iterdir()):
            if path in headers:
                _weights_copy(path, headers[path], order, draft / path.name)
            elif path.name.endswith(".safetensors.index.json"):
                _index_copy(path, order, draft / path.name)
            elif path.is_file() and path.name not in (MANIFEST_NAME, ORDER_NAME):
                shutil.copyfile(path, draft / path.name)
        earlier = order_read(model)
        order_write(draft, order.after(earlier) if earlier else order)
        if manifest:
            manifest_add(draft, _manifest_of(manifest, draft))
    return out


def order_propose(load: RoutingLoad, ranks: int, groups: int = 1) -> tuple[ExpertOrder, Proposal]:
    """The order of experts that makes ranks with equal runs of them even, and what it brings.

    Where the router chooses among groups first, they stay whole. Raises ConfigInvalid when neither the ranks
    divide the groups nor the groups the ranks.
    """
    nodes = min(ranks, groups)
    if max(ranks, groups) % nodes:
        raise ConfigInvalid(f"{groups} groups of experts cannot stay whole on {ranks} ranks")
    proposal = placement_propose(load, Topology(ranks, nodes, groups))
    layers, experts = load.counts.shape
    rows = proposal.placement.physical_to_logical.reshape(layers, ranks, -1)
    return ExpertOrder.of_load(load, np.sort(rows, axis=2).reshape(layers, experts)), proposal


def router_groups(model: Path) -> int:
    """How many groups of experts the router of a model directory chooses among before it chooses experts."""
    groups = _config_read(model / "config.json").get("n_group") or 1
    if type(groups) is not int or groups < 1:
        raise ModelInvalid(f"{model / 'config.json'}: n_group is {groups!r}")
    return groups


def name_permuted(name: str, order: ExpertOrder) -> str:
    """The name that a tensor takes when the experts stand in this order."""
    match = EXPERT.fullmatch(name)
    experts = order.layers.get(int(match["layer"])) if match else None
    if match is None or experts is None:
        return name
    return f"{match['before']}{experts.index(int(match['expert']))}{match['after']}"


def _manifest_of(manifest: Manifest, draft: Path) -> Manifest:
    """Its experts' records stay those of the original numbers, which expert_order.json maps."""
    version = manifest.version.removesuffix(VERSION_SUFFIX) + VERSION_SUFFIX
    return replace(manifest, version=version, files=files_hash(draft))


def _config_read(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelInvalid(f"{path}: cannot be read ({error})") from error
    if not isinstance(config, dict):
        raise ModelInvalid(f"{path}: is not a JSON object")
    return config


def _config_check(model: Path, order: ExpertOrder) -> None:
    groups = router_groups(model)
    if ONE_EXPERT.search(json.dumps(_config_read(model / "config.json"))):
        raise ModelInvalid(f"{model}: its config names single experts, so their order cannot be changed")
    for layer, experts in order.layers.items():
        size = len(experts) // groups
        runs = (experts[start : start + size] for start in range(0, len(experts), size))
        if any(len({expert // size for expert in run}) > 1 for run in runs):
            raise ModelInvalid(
                f"the order of layer {layer} breaks the {groups} groups that the router chooses"
            )


def _order_check(headers: Mapping[Path, Header], order: ExpertOrder) -> None:
    """Every ordered layer must have the experts of its order, in tensors of their own, and a router."""
    experts: dict[int, set[int]] = {}
    routers: set[int] = set()
    for header in headers.values():
        for name, entry in header.entries.items():
            if match := EXPERT.fullmatch(name):
                experts.setdefault(int(match["layer"]), set()).add(int(match["expert"]))
            elif (match := ROUTER.fullmatch(name)) and (wanted := order.layers.get(int(match["layer"]))):
                if not entry["shape"] or entry["shape"][0] != len(wanted):
                    raise ModelInvalid(f"{name}: has not one row for each of {len(wanted)} experts")
                routers.add(int(match["layer"]))
    for layer, wanted in order.layers.items():
        found = experts.get(layer, set())
        if found != set(wanted) or layer not in routers:
            raise ModelInvalid(
                f"the order names {len(wanted)} experts in layer {layer}; "
                f"the model has {len(found)} there, {'with' if layer in routers else 'without'} a router"
            )


def _header_read(path: Path) -> Header:
    with path.open("rb") as stream:
        try:
            (length,) = struct.unpack("<Q", stream.read(8))
            entries = json.loads(stream.read(length))
            end = max(entry["data_offsets"][1] for name, entry in entries.items() if name != "__metadata__")
        except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelInvalid(f"{path}: is no whole safetensors file ({error})") from error
    if path.stat().st_size != 8 + length + end:
        raise ModelInvalid(f"{path}: is cut short")
    return Header(entries, 8 + length)


def _weights_copy(source: Path, header: Header, order: ExpertOrder, target: Path) -> None:
    """Copies a file: the bytes as they are, under new names, but for the routers' rows."""
    entries = {name_permuted(name, order): entry for name, entry in header.entries.items()}
    raw = json.dumps(entries, separators=(",", ":")).encode()
    raw += b" " * (-len(raw) % 8)  # the format wants the bytes aligned
    with source.open("rb") as reader, target.open("xb") as writer:
        writer.write(struct.pack("<Q", len(raw)) + raw)
        reader.seek(header.start)
        shutil.copyfileobj(reader, writer, PIECE_BYTES)
        for name, entry in header.entries.items():
            match = ROUTER.fullmatch(name)
            if match and (experts := order.layers.get(int(match["layer"]))):
                start, end = entry["data_offsets"]
                reader.seek(header.start + start)
                writer.seek(8 + len(raw) + start)
                writer.write(_rows(reader, end - start, experts))


def _rows(reader: BinaryIO, size_bytes: int, experts: tuple[int, ...]) -> bytes:
    """The rows of a tensor in the order of the experts; each row is one expert's."""
    data, row = reader.read(size_bytes), size_bytes // len(experts)
    return b"".join(data[expert * row : (expert + 1) * row] for expert in experts)


def _index_copy(source: Path, order: ExpertOrder, target: Path) -> None:
    try:
        index = json.loads(source.read_text(encoding="utf-8"))
        files = index["weight_map"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelInvalid(f"{source}: is no index of weights ({error})") from error
    index["weight_map"] = {name_permuted(name, order): file for name, file in files}
    target.write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
