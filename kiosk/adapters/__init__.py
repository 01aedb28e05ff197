"""The outside of the flow: the server over MQTT, the printer, the scanners. No decision is taken here."""
