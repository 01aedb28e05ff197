"""Devices that are not there: each behaves on a pseudo-terminal as the manual says, and misbehaves when told to.

They parse the wire with their own code, never with the encoders they are there to check. Only tests, `motcua sim` and
`up` (for devices without a url) start them; the bridge itself imports nothing from here.
"""
