"""Barcodes from camera, keyboard wedge, serial scanner or picture files → scans, and what a scan means."""
