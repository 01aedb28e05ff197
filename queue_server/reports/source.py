"""Implements the port `Reports`: short ranges in a thread, long ones in a process of their own."""

import asyncio
import sys
from datetime import date
from pathlib import Path

import msgspec

from contracts.errors import ERRORS, Rejected
from contracts.settings import Office
from queue_server.application.waits import CounterDay, WaitsQuery, WaitsReport
from queue_server.reports import database, figures, files
from runtime.i18n import Catalog
from runtime.lifecycle import bound_command

THREAD_DAYS_MAX = 3
"""A longer range is computed by `python -m queue_server.reports`, so that it takes no time of this process: a thread
takes the interpreter from the one that gives tickets."""
PROCESS_S_MAX = 120.0
PROCESSES_MAX = 1
"""Long reports at once; a further one waits for its turn."""
WAITING_MAX = 4
"""Long reports that wait for it; with more of them the answer is `busy` at once."""

_DEFINITIONS = ("wait", "called", "no_shows", "within", "percentile")


class ReportSource:
    """The figures of one office."""

    def __init__(self, where: Path | str, office: Office, office_file: Path | None = None) -> None:
        self._where, self._office, self._office_file = where, office, office_file
        self._turns = asyncio.Semaphore(PROCESSES_MAX)
        self._asked = 0  # long reports that run or wait

    def waits_now(self, query: WaitsQuery, lang: str) -> WaitsReport:
        """The report, computed here and now."""
        text = Catalog.load(lang).text
        definitions = {name: text(f"web.report.def.{name}") for name in _DEFINITIONS}
        targets_s = {row.code: row.target_min * 60 for row in self._office.service}
        visits = database.visits(self._where, query, self._office.office.timezone)
        return figures.report(query, visits, targets_s, definitions)

    async def waits(self, query: WaitsQuery, lang: str = "vi") -> WaitsReport:
        """The waits of a range. Raises `storage_unavailable` or `busy` (takes too long, or too many wait already)."""
        if (query.last - query.first).days < THREAD_DAYS_MAX or self._office_file is None:
            return await asyncio.to_thread(self.waits_now, query, lang)
        if self._asked >= PROCESSES_MAX + WAITING_MAX:
            raise Rejected("busy", f"{WAITING_MAX} long reports wait already")
        self._asked += 1
        try:
            async with self._turns:
                return await self._in_process(query, lang)
        finally:
            self._asked -= 1

    async def counter_day(self, day: date, counter: int) -> CounterDay:
        """What a counter did on one day."""
        return await asyncio.to_thread(database.counter_day, self._where, day, counter)

    def csv(self, report: WaitsReport, lang: str) -> bytes:
        """The report as a file."""
        return files.csv_of(report, self._office, lang)

    def chart(self, report: WaitsReport, lang: str) -> bytes:
        """The report as a picture."""
        from queue_server.reports import charts  # the library is loaded with the first picture

        return charts.chart_of(report, self._office, lang)

    async def _in_process(self, query: WaitsQuery, lang: str) -> WaitsReport:
        command = bound_command([
            sys.executable, "-m", "queue_server.reports", "waits", "--from", query.first.isoformat(),
            "--to", query.last.isoformat(), "--by", ",".join(query.by), "--lang", lang, "--format", "json",
            "--database", str(self._where), "--office", str(self._office_file),
        ])  # fmt: skip
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
        try:
            out, err = await asyncio.wait_for(process.communicate(), PROCESS_S_MAX)
        except TimeoutError:
            raise Rejected("busy", f"the report takes longer than {PROCESS_S_MAX:.0f} s; ask for fewer days") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise _rejected(err.decode(errors="replace"))
        return msgspec.json.decode(out, type=WaitsReport)


def _rejected(message: str) -> Rejected:
    code = message.partition("error[")[2].partition("]")[0]
    return Rejected(code if code in ERRORS else "internal", message.strip()[-200:])
