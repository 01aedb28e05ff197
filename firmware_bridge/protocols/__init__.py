"""Pure sign protocols: commands to bytes, bytes to frames. No ports, no clocks, no sleeping."""
