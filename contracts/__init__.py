"""What the processes promise each other. Pure: no I/O, no clock, no randomness; what two processes need."""
