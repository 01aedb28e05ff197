"""Mosquitto's ACL file, generated from the topic table."""

from collections.abc import Mapping

from contracts.roles import MqttRole
from contracts.topics import TOPICS, topic_filter


def user_rules(user: str, role: MqttRole, office: str) -> list[tuple[str, str]]:
    """("read"|"write", filter) for one user. A client's `{user}` level is its own name; the server's is anyone's."""
    own = {} if role in (MqttRole.SERVER, MqttRole.MONITOR) else {"user": user}
    rules: list[tuple[str, str]] = []
    for spec in TOPICS.values():
        if role in spec.publishers:
            # presence of the server itself also is its own only
            mine = {"user": user} if spec.name == "presence" else own
            rules.append(("write", topic_filter(spec.name, office=office, **mine)))
        if role in spec.subscribers:
            reading = own if spec.name == "reply" else {}
            rules.append(("read", topic_filter(spec.name, office=office, **reading)))
    return rules


def acl_text(office: str, users: Mapping[str, MqttRole]) -> str:
    """The whole file. Nobody may do what no line allows; anonymous clients are refused by the broker itself."""
    lines = ["# generated from contracts/topics.py; do not edit"]
    for user, role in sorted(users.items()):
        lines += ["", f"user {user}"]
        lines += [f"topic {access} {pattern}" for access, pattern in user_rules(user, role, office)]
    return "\n".join(lines) + "\n"
