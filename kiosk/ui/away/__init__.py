"""The server does not answer."""
