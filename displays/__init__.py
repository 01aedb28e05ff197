"""What people see of the queue: the board's frame, what signs should show, the TV board."""
