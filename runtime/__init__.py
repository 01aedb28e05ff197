"""Plumbing with no business words: clock, MQTT link, configuration, life of a process, supervisor, command line."""
