"""Handlers of commands, ports and projections: what the doors (MQTT, HTTP, timers) talk to."""
