"""A receipt printer in software: a real TCP port, ESC/POS in, pictures and read texts out."""
