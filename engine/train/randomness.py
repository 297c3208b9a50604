"""Random numbers that nobody can foretell: for which records a step takes, and for its noise.

torchcsprng, which Opacus would take, is not made for this torch. On the CPU torch's generator (MT19937) gets
its whole state of 19,937 bits from the operating system, on a GPU (Philox) its 64-bit seed; neither is a
cryptographic generator, and the certificate says so.
"""

import os

import torch
from torch import Tensor

SECURE = False
STATEMENT = (
    "Noise and samples come from torch's generator seeded by the operating system's random source; it is not "
    "a cryptographic generator."
)
_WORDS, _OFFSET = 624, 24  # of MT19937's state in torch's CPUGeneratorImplStateLegacy


def generator_secret(device: str) -> torch.Generator:
    """A generator whose seed is nowhere written down."""
    generator = torch.Generator(device)
    generator.manual_seed(int.from_bytes(os.urandom(8)) >> 1)
    if device == "cpu":
        generator.set_state(_filled(generator.get_state()))
    return generator


def _filled(state: Tensor) -> Tensor:
    words = torch.frombuffer(bytearray(os.urandom(4 * _WORDS)), dtype=torch.int32).to(torch.int64)
    end = _OFFSET + 8 * _WORDS
    filled = state.clone()
    filled[_OFFSET:end] = (words & 0xFFFFFFFF).view(torch.uint8)
    return filled
