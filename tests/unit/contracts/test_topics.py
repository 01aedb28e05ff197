"""The topic table and what comes from it."""

import re
from pathlib import Path

import pytest

from contracts import topics
from contracts.acl import acl_text, user_rules
from contracts.roles import MqttRole
from contracts.verbs import VERBS

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("contracts", "runtime", "queue_server", "kiosk", "displays", "firmware_bridge")
TOPIC_LITERAL = re.compile(r"motcua/v1|zigbee2mqtt/\{|/events/rpc\b.*subscribe")


def test_every_verb_for_mqtt_has_a_topic() -> None:
    commands = {n.removeprefix("cmd.") for n in topics.TOPICS if n.startswith("cmd.")}
    assert commands == {v.name for v in VERBS.values() if v.mqtt}


@pytest.mark.parametrize("name", [n for n in topics.TOPICS if topics.TOPICS[n].kind is not topics.Kind.EXTERNAL])
def test_a_topic_is_read_back_to_its_row(name: str) -> None:
    params = dict.fromkeys(re.findall(r"\{(\w+)\}", topics.TOPICS[name].template), "kiosk-1")
    found = topics.match(topics.topic(name, **params))
    assert found is not None
    assert found[0].name == name
    assert found[1] == params


@pytest.mark.parametrize("bad", ["a/b", "+", "#", "", "a\x00", "x" * 121])
def test_a_parameter_is_one_safe_level(bad: str) -> None:
    with pytest.raises(ValueError, match="level"):
        topics.topic("reply", office="mau-01", user=bad)


def test_a_strange_topic_belongs_to_no_row() -> None:
    assert topics.match("motcua/v1/mau-01/cmd/kiosk-1/drop-table") is None


def test_a_kiosk_writes_only_its_own_commands() -> None:
    rules = user_rules("kiosk-1", MqttRole.KIOSK, "mau-01")
    writes = [pattern for access, pattern in rules if access == "write"]
    assert "motcua/v1/mau-01/cmd/kiosk-1/issue" in writes
    assert not any("+/issue" in w or "call-next" in w or "state/" in w for w in writes)
    assert ("read", "motcua/v1/mau-01/reply/kiosk-1") in rules
    assert not any(p.endswith("reply/+") for _, p in rules)


def test_only_the_server_writes_state() -> None:
    for role in MqttRole:
        writes = [p for access, p in user_rules("x-1", role, "o") if access == "write"]
        if role is not MqttRole.SERVER:
            assert not any("/o/state/" in w or "/o/event/" in w or "/o/reply/" in w for w in writes), role


def test_a_gateway_reads_nothing() -> None:
    assert all(access == "write" for access, _ in user_rules("gateway-1", MqttRole.GATEWAY, "o"))


def test_acl_text_names_every_user_once() -> None:
    text = acl_text("o", {"server": MqttRole.SERVER, "kiosk-1": MqttRole.KIOSK})
    assert text.count("user kiosk-1\n") == 1
    assert "topic readwrite" not in text
    assert " #" not in text


def test_no_topic_is_written_out_anywhere_else() -> None:
    found = []
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if path.name == "topics.py":
                continue
            code = "\n".join(line.split("#")[0] for line in path.read_text().splitlines())
            without_docs = re.sub(r'"""[\s\S]*?"""', "", code)
            found += [str(path.relative_to(ROOT)) for _ in TOPIC_LITERAL.finditer(without_docs)]
    assert found == []
