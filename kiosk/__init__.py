"""The kiosk: screens, scanner, ticket printer."""
