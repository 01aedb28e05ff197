"""Figures out of the database, read-only: rows, files, charts."""

from queue_server.reports.source import ReportSource

__all__ = ["ReportSource"]
