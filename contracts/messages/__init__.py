"""The messages, a file a conversation. Frozen Structs; a line a field; times UTC with offset (ISO 8601)."""
