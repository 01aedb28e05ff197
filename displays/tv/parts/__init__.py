"""The parts of the board: each draws its share of a frame and changes only what differs."""
