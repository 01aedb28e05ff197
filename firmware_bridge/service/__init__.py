"""The bridge at work: one thread a bus, one for the presses, and what joins them to the messages."""
