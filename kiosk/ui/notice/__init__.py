"""Something a visitor must know."""
