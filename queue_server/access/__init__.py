"""Who may come in: signed tokens, one-time sign-in codes, and the command line that hands them out."""

from queue_server.access.office_access import Access
from queue_server.access.tokens import Principal

__all__ = ["Access", "Principal"]
