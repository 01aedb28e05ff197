"""What the processes promise each other. Pure: no I/O, no clock, no randomness; admitted only when two processes need it."""
