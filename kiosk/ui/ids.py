"""Command ids, drawn where the touch happens."""

import os

from contracts.ids import uuid_from


def new_id() -> str:
    """A fresh command id: one touch, one id."""
    return uuid_from(os.urandom(16))
