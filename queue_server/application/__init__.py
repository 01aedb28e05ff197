"""Commands in, committed facts and snapshots out. Knows ports, not adapters."""
