"""What reads uploads reaches nobody: neither the network nor the installation's own servers."""

import logging
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from collegium.knowledge import child, confinement
from collegium.sdk.registry import vertical_get
from tests.services import ROOT


@pytest.fixture
def addresses(tmp_path):
    """A TCP server and a Unix socket that both take connections."""
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "s"))
        unix.listen()
        yield f"127.0.0.1:{tcp.getsockname()[1]}", str(tmp_path / "s")


@pytest.mark.django_db
def test_a_parser_reaches_neither_the_network_nor_the_servers_of_the_installation(
    add, run_job, monkeypatch, addresses
):
    finance = type(vertical_get("finance"))
    monkeypatch.setattr(finance, "parsers", ("tests.collegium.knowledge.calling_parser.Calling",))
    tried = [*addresses, str(settings.HOME.valkey_socket)]
    version, job = add("addresses.csv", "\n".join(tried))
    ended = run_job(job)
    assert ended.state == "succeeded", ended.problem
    told = version.chunks.get().text.split("\n")
    assert told == [f"{address} PermissionError" for address in tried]


def tried_after(way: str, *addresses: str) -> list[str]:
    """What a process reaches that has confined itself in this way."""
    code = (
        "import sys; from collegium.knowledge import confinement;"
        f"confinement.{way}();"
        "from tests.collegium.knowledge.calling_parser import reached;"
        "print(*map(reached, sys.argv[1:]))"
    )
    path = {"PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"}
    run = subprocess.run(
        [sys.executable, "-c", code, *addresses], env=path, capture_output=True, text=True, timeout=60
    )
    if "NotConfined" in run.stderr:
        pytest.skip(f"this kernel refuses it: {run.stderr.splitlines()[-1]}")
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


def test_under_the_filter_no_socket_can_be_made(addresses):
    assert tried_after("sockets_refuse", *addresses) == ["PermissionError", "PermissionError"]


def test_in_a_namespace_of_its_own_a_process_has_no_network(addresses):
    assert tried_after("network_leave", addresses[0]) == ["OSError"]


def test_where_the_kernel_takes_no_filter_the_namespace_is_tried_and_then_it_is_said(monkeypatch):
    def refuse() -> None:
        raise confinement.NotConfined(1, "EPERM")

    done = []
    monkeypatch.setattr(confinement.platform, "machine", lambda: "m68k")
    monkeypatch.setattr(confinement, "network_leave", lambda: done.append("left"))
    assert confinement.network_cut() == "" and done == ["left"]
    monkeypatch.setattr(confinement, "network_leave", refuse)
    assert confinement.network_cut() == "no filter is known for m68k; EPERM"


def test_a_process_that_could_not_be_cut_off_is_told_to_the_operator_once(tmp_path, monkeypatch, caplog):
    """The child is a real one; it only finds itself on a machine whose kernel takes neither way."""
    fake = tmp_path / "uncut.py"
    fake.write_text(
        "from collegium.knowledge import confinement, parse_child\n"
        "parse_child.network_cut = lambda: 'no way here'\n"
        "import sys, json; from pathlib import Path\n"
        "parse_child.limits_set(json.loads(Path(sys.argv[1]).read_text()))\n"
        "Path(sys.argv[2]).write_text('done')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    child._reaches_network.cache_clear()
    with caplog.at_level(logging.WARNING, "collegium.knowledge.child"):
        for number in range(2):
            out = tmp_path / f"out{number}"
            child.child_run(module="uncut", spec={}, folder=Path(tmp_path), out=out, timeout_s=30)
            assert out.read_text() == "done"
    assert [record.getMessage() for record in caplog.records] == [
        "processes that read uploads are not cut off from the network: no way here. Run the workers on Linux, "
        "x86_64 or aarch64, with seccomp, or where their host lets no connection out."
    ]
