"""The office file: its model, and how a parsed TOML becomes an `Office` or the list of everything wrong with it."""

from contracts.settings.build import ConfigError, office_from
from contracts.settings.model import (
    Board,
    Bridge,
    Counter,
    Device,
    Kiosk,
    Office,
    OfficeHead,
    Priority,
    Queue,
    Service,
    Signs,
    Speech,
    Text,
    say,
)

__all__ = [
    "Board", "Bridge", "ConfigError", "Counter", "Device", "Kiosk", "Office", "OfficeHead", "Priority", "Queue",
    "Service", "Signs", "Speech", "Text", "office_from", "say",
]  # fmt: skip
