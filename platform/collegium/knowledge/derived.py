"""Files that a vertical makes of a version's files, such as images: in a process with limits, and kept."""

import json
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import gettext

from collegium.accounts.asker import Asker
from collegium.errors import Invalid
from collegium.knowledge.child import child_run
from collegium.knowledge.pages import cache_folder, kept_read, made_in_turn
from collegium.knowledge.selectors import Id, version_files_open
from collegium.sdk.parsing import ParseProblem

TIMEOUT_S = 60
DETAIL_CHARS = 2000
_NAME = re.compile(r"[\w.-]{1,120}")


def derived_file(
    asker: Asker,
    version_id: Id,
    *,
    maker: str,
    name: str,
    options: Mapping[str, Any],
    keep: bool = True,
    slow: bool = False,
) -> bytes:
    """What `maker` made of the version's files by `options`; kept under `name`, which must tell them all.
    What is `slow` may take as long as reading a file.

    Raises NotFound where the asker may not see the version, Invalid with the maker's reason, Unavailable
    where many others are being made.
    """
    files = version_files_open(asker, version_id)
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise ValueError(f"no name for a derived file: {name}")
    kept = cache_folder(version_id) / name
    if keep and (content := kept_read(kept)) is not None:
        return content
    spec = {
        "files": [[str(path), file.name, file.media_type] for file, path in files],
        "maker": maker,
        "options": dict(options),
    }
    return made_in_turn(kept, lambda: _make(spec, kept, keep=keep, slow=slow), keep=keep)


def _make(spec: dict[str, Any], kept: Path, *, keep: bool, slow: bool) -> bytes:
    out = kept.with_name(f"{uuid.uuid4().hex}.part")
    told = out.with_suffix(".problem")
    try:
        child_run(
            module="collegium.knowledge.derive_child",
            spec={**spec, "problem": str(told)},
            folder=kept.parent,
            out=out,
            timeout_s=None if slow else TIMEOUT_S,
        )
        if told.is_file():
            said = json.loads(told.read_text(encoding="utf-8"))
            raise _refused(str(said["code"]), str(said["message"]), dict(said["params"]))
        content = out.read_bytes()
        if keep:
            out.replace(kept)
        return content
    except ParseProblem as problem:
        raise _refused(problem.code, problem.message, problem.params) from problem
    finally:
        out.unlink(missing_ok=True)
        told.unlink(missing_ok=True)


def _refused(code: str, message: str, params: Mapping[str, Any]) -> Invalid:
    told = gettext(message) if message else ""
    return Invalid((told % dict(params) if params else told)[:DETAIL_CHARS], code=code[:100])
