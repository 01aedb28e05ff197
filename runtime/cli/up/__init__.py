"""`motcua up`: a whole office on one machine. options → preflight → plan (pure) → supervisor."""
