"""The bridge between the office's messages and its metal: LED signs, call buttons, loudspeakers (bytes and ports)."""
