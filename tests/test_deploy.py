"""The examples in deploy/ are what the programs that read them accept, and name what there is."""

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
import yaml  # type: ignore[import-untyped]  # it has no types of its own

import kept_builds
from recirc.settings import Settings, load
from recirc.web.metrics import Metrics

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"


def metrics() -> set[str]:
    """The names of the series that a scrape has."""
    text = Metrics().text(1, 0).decode()
    families = re.findall(r"^# TYPE (\w+) (\w+)$", text, flags=re.MULTILINE)
    buckets = {
        f"{name}_{suffix}"
        for name, kind in families
        if kind == "histogram"
        for suffix in ("bucket", "sum", "count")
    }
    return {name for name, _ in families} | buckets


def expressions() -> list[str]:
    rules: dict[str, Any] = yaml.safe_load((DEPLOY / "monitoring" / "alerts.yaml").read_text("utf-8"))
    found = [str(rule["expr"]) for group in rules["groups"] for rule in group["rules"]]
    board = json.loads((DEPLOY / "monitoring" / "dashboard.json").read_text("utf-8"))
    return found + [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def test_alerts_and_dashboard_use_metrics_and_labels_that_there_are() -> None:
    known = metrics()
    used = {name for text in expressions() for name in re.findall(r"\brecirc_\w+", text)}
    assert used - known == set()
    # Every family is on the dashboard or in an alert, by one of its series.
    families = {
        name
        for name in known
        if name.startswith("recirc_") and not name.endswith(("_bucket", "_sum", "_count"))
    }
    unused = {name for name in families if not any(each.startswith(name) for each in used)}
    assert not {name for name in unused if not name.endswith("_created")}


def test_expressions_have_their_brackets_and_alerts_a_page_of_the_runbook() -> None:
    for text in expressions():
        for opening, closing in ("()", "{}", "[]"):
            assert text.count(opening) == text.count(closing), text
    rules = yaml.safe_load((DEPLOY / "monitoring" / "alerts.yaml").read_text("utf-8"))
    runbook = (ROOT / "docs" / "runbook.md").read_text("utf-8")
    anchors = {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^## (.*)$", runbook, flags=re.MULTILINE)
    }
    for rule in (rule for group in rules["groups"] for rule in group["rules"]):
        assert set(rule) | {"for"} == {"alert", "expr", "for", "labels", "annotations"}
        path, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert (ROOT / path).is_file()
        assert anchor in anchors, rule["alert"]


def test_each_alert_comes_when_it_should_and_not_before() -> None:
    rules = yaml.safe_load((DEPLOY / "monitoring" / "alerts.yaml").read_text("utf-8"))
    tests = yaml.safe_load((DEPLOY / "monitoring" / "alerts_test.yaml").read_text("utf-8"))["tests"]
    cases = [each for test in tests for each in test["alert_rule_test"]]
    alerts = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    for fires in (True, False):
        assert {each["alertname"] for each in cases if ("exp_alerts" in each) == fires} == alerts
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")
    done = subprocess.run(
        [promtool, "test", "rules", str(DEPLOY / "monitoring" / "alerts_test.yaml")],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def chart_values() -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load((DEPLOY / "chart" / "values.yaml").read_text("utf-8"))
    return values


def test_values_of_the_chart_are_what_its_schema_says() -> None:
    schema = json.loads((DEPLOY / "chart" / "values.schema.json").read_text("utf-8"))
    jsonschema_rs.validate(schema, chart_values())
    for wrong in ({"machines": 0}, {"order": {"engine": "local"}}, {"mashines": 3}, {"media": "/srv/media"}):
        assert not jsonschema_rs.is_valid(schema, {**chart_values(), **wrong})


def test_the_chart_makes_machines_that_are_named_found_and_asked_when_they_are_ready() -> None:
    cached = sorted(kept_builds.CACHE.glob("helm-*"))
    helm = shutil.which("helm") or (str(cached[-1]) if cached else None)
    if helm is None:
        pytest.skip("helm is not installed")
    chart = str(DEPLOY / "chart")
    words = [helm, "template", "recirc", chart, "--set", "media=s3://newsroom/media,bucketSecret=bucket"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    made = {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(done.stdout)}
    machines = made["StatefulSet", "recirc"]["spec"]
    pod = machines["template"]["spec"]
    (container,) = pod["containers"]
    labels = machines["template"]["metadata"]["labels"]
    for name in ("recirc", "recirc-machines"):
        assert made["Service", name]["spec"]["selector"].items() <= labels.items()
    assert made["Service", machines["serviceName"]]["spec"]["publishNotReadyAddresses"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    # A service of this name would bring RECIRC_PORT, which is none of our settings.
    assert pod["enableServiceLinks"] is False
    tree = msgspec.to_builtins(Settings())
    named = [each["name"] for each in container["env"]]
    assert named[0] == "POD"  # before those that name it
    for name in named[1:]:
        section, _, setting = name.removeprefix("RECIRC_").lower().partition("__")
        assert setting in tree[section], name
    assert pod["terminationGracePeriodSeconds"] > chart_values()["drainSeconds"]
    assert f"--uid {pod['securityContext']['runAsUser']} " in (DEPLOY / "Containerfile").read_text("utf-8")


def test_the_settings_of_a_machine_are_ours() -> None:
    settings: Settings = load(DEPLOY / "recirc.toml")
    assert (settings.order.engine, settings.order.machine) == ("postgresql", "one")
    assert not settings.order.accept_loss
    assert settings.server.drain_seconds > 0


def test_units_start_commands_that_there_are() -> None:
    for path in sorted((DEPLOY / "systemd").iterdir()):
        unit = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read_string(path.read_text("utf-8"))
        assert "Unit" in unit, path
        if path.suffix == ".service":
            words = unit["Service"]["ExecStart"].split()
            assert words[0].endswith("/bin/recirc")
            assert f"recirc {words[1]}" in (ROOT / "docs" / "commands.md").read_text("utf-8")
    service = (DEPLOY / "systemd" / "recirc.service").read_text("utf-8")
    assert "KillMode=mixed" in service  # else workers would end before they have drained


def test_machines_of_compose_have_names_and_addresses_of_the_proxy() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    tree = msgspec.to_builtins(Settings())
    proxied = set(
        re.findall(r"^    server \w+ (\S+)$", (DEPLOY / "haproxy.cfg").read_text("utf-8"), flags=re.MULTILINE)
    )
    machines = {name: each for name, each in compose["services"].items() if each.get("image") == "recirc"}
    assert {each["environment"]["RECIRC_ORDER__URL"] for each in machines.values()} == {
        f"http://{each}" for each in proxied
    }
    for each in machines.values():
        for name in each["environment"]:
            section, _, setting = name.removeprefix("RECIRC_").lower().partition("__")
            assert setting in tree[section], name


def test_the_containerfile_is_one_and_copies_what_there_is() -> None:
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    joined = re.sub(r"\\\n\s*", "", text)
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    known = {
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "ENV",
        "USER",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    }
    assert {line.split()[0] for line in lines} <= known
    assert lines[0].startswith("FROM ")
    assert ":latest" not in text
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (ROOT / source).exists(), source
    for line in lines:
        if line.startswith(("CMD [", "ENTRYPOINT [")):
            assert all(isinstance(word, str) for word in json.loads(line.partition(" ")[2]))
    assert lines.index("USER recirc") < lines.index('ENTRYPOINT ["recirc"]')  # it does not run as root


@pytest.mark.parametrize(
    ("program", "words"), [("haproxy", ["-c", "-f"]), ("nginx", ["-t", "-q", "-c"])], ids=["haproxy", "nginx"]
)
def test_the_proxy_accepts_its_example(program: str, words: list[str], tmp_path: Path) -> None:
    found = shutil.which(program, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if found is None:
        pytest.skip(f"{program} is not installed (Debian: apt-get install {program})")
    name = {"haproxy": "haproxy.cfg", "nginx": "nginx.conf"}[program]
    copy = tmp_path / name
    copy.write_text((DEPLOY / name).read_text("utf-8").replace(".internal:", ".localhost:"))
    done = subprocess.run([found, *words, str(copy)], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
