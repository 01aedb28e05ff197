"""`motcua install [--dev]`: the launcher has installed everything before this runs."""

import sys

if __name__ == "__main__":
    sys.stderr.write("motcua: everything is installed\n")
