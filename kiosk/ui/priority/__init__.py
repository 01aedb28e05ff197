"""The priority classes."""
