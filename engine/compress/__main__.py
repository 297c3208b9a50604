"""Writes a model in a compressed form: python -m engine.compress --model DIR --form int8|int4 --out DIR.

The library that does it is installed once into an environment of its own (about 1.5 GB; on machines where
pip brings torch for CUDA, more). Progress is one JSON line per step.
"""

import argparse
import sys
from pathlib import Path

from engine.compress.forms import FORMS, form_named
from engine.compress.model import model_compress
from engine.errors import EngineError


def main(arguments: list[str] | None = None) -> int:
    """Compresses what the command line names; 0 when it is there, 1 with a message when not."""
    parser = argparse.ArgumentParser(prog="python -m engine.compress", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a model directory with its manifest")
    parser.add_argument("--form", required=True, help=f"one of {', '.join(FORMS)}")
    parser.add_argument("--out", type=Path, required=True, help="where the compressed model will be")
    parser.add_argument(
        "--experts",
        action="store_true",
        help="compress the routed experts too: served on GPUs and on CPUs with AMX only",
    )
    parser.add_argument(
        "--environment", type=Path, default=Path("var/compress"), help="where llm-compressor is installed"
    )
    options = parser.parse_args(arguments)
    try:
        model_compress(
            options.model,
            form_named(options.form),
            options.out,
            options.environment,
            experts=options.experts,
        )
    except EngineError as error:
        print(f"engine.compress: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"engine.compress: cannot write the model: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
