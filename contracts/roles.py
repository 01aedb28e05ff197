"""Who may do what: the roles of MQTT users and of HTTP callers (design.md §7)."""

from enum import StrEnum


class MqttRole(StrEnum):
    """The role of an MQTT user; its username is the role and a number, as in kiosk-1."""

    SERVER = "server"
    KIOSK = "kiosk"
    BOARD = "board"
    SIGNS = "signs"
    BRIDGE = "bridge"
    GATEWAY = "gateway"  # writes for third-party buttons; reads nothing
    DEMO = "demo"  # the simulated lobby of `up --demo`, and outside test clients
    MONITOR = "monitor"  # reads everything, writes nothing


OWN_USERS = ("server", "demo-1", "monitor-1")
"""MQTT users that every office has; no row of an office file may take one of these names."""


class Role(StrEnum):
    """The role of an HTTP caller."""

    ANONYMOUS = "anonymous"
    DEVICE = "device"
    CLERK = "clerk"
    MANAGER = "manager"
    ADMIN = "admin"


HIERARCHY: dict[Role, frozenset[Role]] = {
    Role.ANONYMOUS: frozenset({Role.ANONYMOUS}),
    Role.DEVICE: frozenset({Role.ANONYMOUS, Role.DEVICE}),
    Role.CLERK: frozenset({Role.ANONYMOUS, Role.CLERK}),
    Role.MANAGER: frozenset({Role.ANONYMOUS, Role.CLERK, Role.MANAGER}),
    Role.ADMIN: frozenset(Role),
}
"""What each role includes: a manager may stand in at a counter, an admin may do all."""


def allows(actual: Role, needed: frozenset[Role]) -> bool:
    """True when a caller with role `actual` may use a door that `needed` opens."""
    return bool(HIERARCHY[actual] & needed)
