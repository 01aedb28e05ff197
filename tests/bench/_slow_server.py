"""The queue server on an SD card: every commit takes as many seconds longer as MOTCUA_BENCH_DELAY_S says."""

import os
import runpy

from tests.bench._raw import slow_commits

DELAY_S = "MOTCUA_BENCH_DELAY_S"

if __name__ == "__main__":
    slow_commits(float(os.environ[DELAY_S]))
    runpy.run_module("queue_server", run_name="__main__")
