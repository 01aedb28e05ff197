"""`python run_mutmut.py WORDS`: mutmut as it is, under a pytest it does not know yet.

mutmut 3.7 asks items for `_nodeid`, which pytest 9.2 keeps as `nodeid` only.
"""

from _pytest.nodes import Node
from mutmut.__main__ import cli

Node._nodeid = property(lambda item: item.nodeid)  # type: ignore[attr-defined]  # see above

if __name__ == "__main__":
    cli()
