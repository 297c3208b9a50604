"""Builds a model once, with progress as JSON lines.

python -m engine.build embeddings|default|split|owned --home DIR
`split` and `owned` are the two forms of the language model; `default` is the one that is served by default.
"""

import argparse
import sys
from pathlib import Path

from engine.errors import EngineError

LANGUAGE_MODELS = ("default", "split", "owned")


def main(arguments: list[str] | None = None) -> int:
    """Builds what the command line asks for; 0 when it is there, 1 with a message when not."""
    parser = argparse.ArgumentParser(prog="python -m engine.build", description=__doc__)
    parser.add_argument("what", choices=["embeddings", *LANGUAGE_MODELS])
    parser.add_argument("--home", type=Path, required=True, help="the model lands in HOME/models/NAME")
    parser.add_argument("--model", choices=["llm"], default="llm", help="which default model")
    options = parser.parse_args(arguments)
    try:
        if options.what == "embeddings":
            from engine.build.embeddings import embeddings_build

            embeddings_build(options.home)
        else:
            from engine.build import generation

            generation.generation_build(options.home, getattr(generation, options.what.upper()))
    except EngineError as error:
        print(f"engine.build: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"engine.build: cannot write the model: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
