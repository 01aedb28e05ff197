"""Tickets on paper: content, picture, ESC/POS bytes, printer ports, print worker, simulator."""
