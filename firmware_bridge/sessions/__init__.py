"""Sans-io sessions: `step(state, event, now) -> (state, effects)`. They own no port and no clock."""
