"""Files made of a version's files where they may be hostile, such as images of scans."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from collegium.accounts.asker import Asker


def derived_file(
    asker: Asker,
    version: UUID,
    *,
    maker: str,
    name: str,
    options: Mapping[str, Any],
    keep: bool = True,
    slow: bool = False,
) -> bytes:
    """What `maker(files, options, out)` writes to `out`, run in a process of its own with limits.

    Args:
        maker: dotted path of a function that needs no Django; it takes the version's SourceFiles, `options`
            as JSON has them, and the path to write to. Its ParseProblem becomes an Invalid with that reason.
        name: under which the file is kept for whoever asks again; it must tell all `options` apart.
        keep: False for what is not to lie about, such as an export.
        slow: True for what may take as long as reading a file (COLLEGIUM_PARSE_TIMEOUT_S), not a minute.

    Raises: NotFound where the asker may not see the version; Invalid; Unavailable.
    """
    from collegium.knowledge.derived import derived_file as make

    return make(asker, version, maker=maker, name=name, options=options, keep=keep, slow=slow)
