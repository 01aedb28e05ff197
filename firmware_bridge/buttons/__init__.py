"""Call buttons: what a wire says → a press → a command at a counter.."""
