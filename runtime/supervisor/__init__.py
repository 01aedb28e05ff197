"""Starts the processes of an office, restarts each alone, stops them in reverse order, leaves no orphan.

`child` and `fleet` decide (pure); `spawn`, `notices`, `logfile` and `loop` do; `guard` cleans up after a killed `up`.
"""

from runtime.supervisor.child import Policy
from runtime.supervisor.fleet import Spec
from runtime.supervisor.loop import Outcome, Supervisor

__all__ = ["Outcome", "Policy", "Spec", "Supervisor"]
