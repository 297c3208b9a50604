"""Trained experts of one owner, apart from any model: what training leaves and grafting takes."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from engine.errors import ExpertsInvalid
from engine.moe.tensors import RawTensor, tensors_open, tensors_sha256, tensors_write
from engine.moe.upcycle import EXPERT_NAME, expert_name

ABOUT_NAME = "experts.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertSet:
    """What a set of trained experts is.

    `dense_sha256` names the frozen part of the model that they were trained on, `sha256` their own tensors.
    """

    owner: str
    experts: int
    base: str
    licence: str
    trained_on: str
    dense_sha256: str
    sha256: str


def set_write(directory: Path, about: Mapping[str, str], tensors: Mapping[str, RawTensor]) -> ExpertSet:
    """Writes the experts of one owner, given under their names in the model, and returns what they are.

    In a set they are numbered from 0, so that they fit wherever their owner's share lies.
    """
    indices = sorted({int(match[2]) for name in tensors if (match := EXPERT_NAME.fullmatch(name))})
    renamed = {_renamed(name, indices.index): tensor for name, tensor in tensors.items()}
    found = ExpertSet(experts=len(indices), sha256=tensors_sha256(renamed.items()), **about)
    directory.mkdir(parents=True, exist_ok=True)
    tensors_write(directory / "experts.safetensors", renamed)
    text = json.dumps(asdict(found), indent=2, ensure_ascii=False) + "\n"
    (directory / ABOUT_NAME).write_text(text, encoding="utf-8")
    return found


def set_read(directory: Path) -> tuple[ExpertSet, dict[str, RawTensor]]:
    """Reads a set; raises ExpertsInvalid when it is incomplete, or its tensors are not what it says."""
    try:
        raw = json.loads((directory / ABOUT_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExpertsInvalid(f"{directory}: holds no trained experts ({error})") from error
    if not isinstance(raw, dict) or set(raw) != {f.name for f in fields(ExpertSet)}:
        raise ExpertsInvalid(f"{directory / ABOUT_NAME}: has other keys than {ExpertSet.__name__}")
    found, tensors = ExpertSet(**raw), tensors_open(directory)
    if tensors_sha256(tensors.items()) != found.sha256:
        raise ExpertsInvalid(f"{directory}: its tensors differ from what {ABOUT_NAME} says")
    return found, tensors


def set_placed(tensors: Mapping[str, RawTensor], experts: tuple[int, ...]) -> Iterator[tuple[str, RawTensor]]:
    """The tensors of a set under the names of the experts that are its owner's in a model."""
    return ((_renamed(name, experts.__getitem__), tensor) for name, tensor in tensors.items())


def _renamed(name: str, index_of: Callable[[int], int]) -> str:
    match = EXPERT_NAME.fullmatch(name)
    if match is None:
        raise ExpertsInvalid(f"{name} is no tensor of a routed expert")
    return expert_name(int(match[1]), index_of(int(match[2])), match[3])
