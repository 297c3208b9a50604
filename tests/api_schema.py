"""The committed description of an API against the one that the code gives."""

import json
from pathlib import Path

from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[1]


def schema_compare(urlconf: str, snapshot: Path, scratch: Path) -> None:
    """Fail, naming the command that writes it anew, where the snapshot is not what these addresses describe."""
    fresh = scratch / "openapi.json"
    call_command(
        "spectacular",
        urlconf=urlconf,
        format="openapi-json",
        file=str(fresh),
        validate=True,
        fail_on_warn=True,
    )
    place = snapshot.relative_to(ROOT)
    command = f"manage.py spectacular --urlconf {urlconf} --format openapi-json --file {place}"
    assert json.loads(fresh.read_text()) == json.loads(snapshot.read_text()), (
        f"the API changed: run {command}"
    )
