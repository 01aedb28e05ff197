"""The queue server: decides, commits, publishes. One writer; everybody else renders snapshots (design.md §1, §4)."""
