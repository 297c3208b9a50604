"""compose.yaml without a container engine: whatever it names exists, and it gives nothing away."""

import json
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
PROMETHEUS = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text())
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
SETTING = re.compile(r'env_(?:text|bool|int|list)\(\s*"([A-Z_]+)"')
SUBSTITUTION = re.compile(r"(?<!\$)\$\{([A-Z_]+)(:[-?][^}]*)?\}")


def known_settings() -> set[str]:
    return {name for file in (ROOT / "platform").rglob("*.py") for name in SETTING.findall(file.read_text())}


def test_it_holds_every_part_of_the_installation():
    wanted = {
        "web",
        "worker",
        "tuning",
        "beat",
        "migrate",
        "postgres",
        "valkey",
        "embeddings",
        "engine",
        "prometheus",
        "grafana",
    }
    assert wanted <= set(SERVICES)


def test_services_wait_only_for_services_that_exist_and_can_become_what_they_wait_for():
    for name, service in SERVICES.items():
        for other, wait in service.get("depends_on", {}).items():
            assert other in SERVICES, f"{name} waits for {other}"
            if wait["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{name} waits for the health of {other}"
            elif wait["condition"] == "service_completed_successfully":
                assert SERVICES[other]["restart"] == "no"


@pytest.mark.parametrize("name", OURS)
def test_each_of_our_commands_names_something_that_can_be_run(name):
    program, *arguments = OURS[name]["command"]
    if program == "python" and arguments[0] == "-m":
        assert find_spec(arguments[1]) is not None
    elif program == "python":
        from django.core.management import get_commands

        assert (ROOT / arguments[0]).is_file()
        assert arguments[1] in get_commands()
    else:
        assert program in {"uvicorn", "celery"}
        target = arguments[0] if program == "uvicorn" else arguments[arguments.index("-A") + 1]
        assert find_spec(target.partition(":")[0]) is not None


@pytest.mark.parametrize("name", OURS)
def test_our_services_are_given_only_settings_that_are_read(name):
    assert set(OURS[name].get("environment", {})) <= known_settings()


def test_the_options_of_the_servers_are_ones_that_they_take():
    for service, module in (
        ("embeddings", "engine/serve/embeddings.py"),
        ("engine", "engine/serve/arguments.py"),
        ("engine-over-ranks", "engine/serve/arguments.py"),
        ("engine-rank-0", "engine/parallel/worker.py"),
    ):
        source = (ROOT / module).read_text()
        for option in (part for part in OURS[service]["command"] if part.startswith("--")):
            assert f'"{option}"' in source


def test_every_password_must_be_given_and_none_has_a_default():
    text = (ROOT / "compose.yaml").read_text()
    example = (ROOT / "deploy" / "environment.example").read_text()
    for name, rule in SUBSTITUTION.findall(text):
        if re.search("PASSWORD|SECRET|TOKEN", name):
            assert rule.startswith(":?"), name
        if rule.startswith(":?"):
            assert f"\n{name}=\n" in example, name


def test_only_the_site_publishes_a_port_to_other_machines():
    published = {name: port for name, service in SERVICES.items() for port in service.get("ports", [])}
    assert [name for name, port in published.items() if not port.startswith("127.0.0.1:")] == ["web"]


def test_grafana_reads_a_dashboard_from_a_source_that_exists():
    mounts = dict(volume.split(":")[:2] for volume in SERVICES["grafana"]["volumes"])
    inside = {target: ROOT / source for source, target in mounts.items() if source.startswith(".")}
    provisioning = inside["/etc/grafana/provisioning"]
    (source,) = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())["datasources"]
    assert source["url"].split("//")[1].split(":")[0] in SERVICES
    (provider,) = yaml.safe_load((provisioning / "dashboards/collegium.yml").read_text())["providers"]
    dashboards = [json.loads(path.read_text()) for target, path in inside.items() if target.endswith(".json")]
    assert all(
        target.startswith(provider["options"]["path"]) for target in inside if target.endswith(".json")
    )
    for panel in (panel for dashboard in dashboards for panel in dashboard["panels"]):
        assert panel["targets"] and panel["datasource"]["uid"] == source["uid"]


def option(service: str, name: str) -> str:
    command = SERVICES[service]["command"]
    return command[command.index(name) + 1]


def test_each_rank_worker_has_a_gpu_of_its_own_and_meets_the_engine_at_one_broker():
    workers = [name for name in SERVICES if name.startswith("engine-rank-")]
    assert [option(name, "--device") for name in workers] == ["0", "1"]
    parts = [*workers, "engine-over-ranks"]
    for same in ("--broker", "--model", "--broker-password-file"):
        assert len({option(name, same) for name in parts}) == 1
    for name in (*parts, "rank-broker"):
        assert SERVICES[name]["profiles"] == ["ranks"] and SERVICES[name]["network_mode"] == "host"
    for name in parts:
        assert {Path(value).name for value in OURS[name]["command"] if "/run/secrets/" in value} <= set(
            OURS[name]["secrets"]
        )
    given = (ROOT / "deploy" / "environment.example").read_text()
    assert all(f"\n{secret['environment']}=" in given for secret in COMPOSE["secrets"].values())


def test_volumes_networks_and_files_exist():
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"])


def test_the_image_copies_only_what_is_there():
    lines = (ROOT / "deploy" / "Dockerfile").read_text().splitlines()
    for line in (line for line in lines if line.startswith("COPY ")):
        for source in line.split()[1:-1]:
            assert (ROOT / source).exists(), source
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", "var", ".venv"} <= set(ignored)


def test_prometheus_asks_services_that_exist():
    for job in PROMETHEUS["scrape_configs"]:
        for target in job.get("static_configs", [{"targets": []}])[0]["targets"]:
            assert target.split(":")[0] in SERVICES


@pytest.mark.parametrize(("main", "targets"), [("10.0.0.1", ["10.0.0.1:8003"]), ("", [])])
def test_prometheus_finds_an_engine_over_ranks_where_there_is_one(tmp_path, main, targets):
    shell, flag, script = SERVICES["prometheus"]["entrypoint"]
    script = script.replace("$$", "$").replace("/prometheus/", f"{tmp_path}/")
    script = re.sub(r"exec \S+/?prometheus .*", "true", script)
    given = {"COLLEGIUM_METRICS_TOKEN": "t/%s", "RANK_MAIN": main}
    subprocess.run([shell, flag, script], env=given, check=True)
    assert (tmp_path / "metrics_token").read_text() == "t/%s"
    assert [one["targets"] for one in json.loads((tmp_path / "ranks.json").read_text())] == [targets][
        : bool(main)
    ]
    (job,) = [job for job in PROMETHEUS["scrape_configs"] if "file_sd_configs" in job]
    assert job["file_sd_configs"][0]["files"] == ["/prometheus/ranks.json"]
    assert f":{option('engine-over-ranks', '--port')}" in (targets or [":8003"])[0]


def test_every_engine_counts_what_is_routed_to_each_expert():
    over_ranks = {option(name, "--routing-dir") for name in SERVICES if name.startswith("engine-rank-")}
    assert over_ranks == {option("engine-over-ranks", "--routing-dir")}
    assert option("engine", "--routing-dir") not in over_ranks


def test_the_site_can_be_pointed_to_an_engine_over_ranks():
    assert OURS["web"]["environment"]["ENGINE_URL"] == "${ENGINE_URL:-http://engine:8001}"
    assert "\nENGINE_URL=\n" in (ROOT / "deploy" / "environment.example").read_text()


def test_the_dashboard_shows_ranks():
    dashboard = json.loads((ROOT / "deploy" / "grafana" / "engine.json").read_text())
    shown = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    names = set(re.findall(r"collegium_engine_rank_\w+", shown))
    assert names == {f"collegium_engine_rank_{what}" for what in ("ready", "memory_bytes", "runs_total")}


def test_docker_reads_it():
    import os

    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    ):
        pytest.skip("docker compose is not installed")
    names = {name: "given" for name, _ in SUBSTITUTION.findall((ROOT / "compose.yaml").read_text())}
    command = ["docker", "compose", "--file", str(ROOT / "compose.yaml"), "config", "--quiet"]
    read = subprocess.run(
        command, env={**os.environ, **names, "COLLEGIUM_PORT": "8000"}, capture_output=True, text=True
    )
    assert read.returncode == 0, read.stderr
