"""What the kiosk does, without a window, a network or a clock: (state, event, now) → (state, destination, effects)."""
