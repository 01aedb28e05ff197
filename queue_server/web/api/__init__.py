"""The handlers of /api/v1, a file a subject."""
