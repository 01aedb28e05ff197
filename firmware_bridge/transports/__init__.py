"""Ports: one owner thread each. Whatever a port does (hangs, vanishes, comes back), nobody else waits for it."""
