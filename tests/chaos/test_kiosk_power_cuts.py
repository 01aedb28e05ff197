"""The power goes off at a kiosk that gives lent numbers: no number that came out on paper is lost or given again."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from tests.support.environment import clean
from tests.support.offices import ROOT
from tests.support.power_cut import LOOSE, CuttableDisk
from tests.support.power_cut_disk import Cut
from tests.support.power_cut_kiosk import BLOCK, PaperKiosk

CUTS = int(os.environ.get("MOTCUA_CUTS", "10"))
CUTS_LONG = 100
PAPERS_MIN, PAPERS_MAX = 1, 25
LOOSE_SEEDS = 8

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@dataclass
class Papers:
    """What visitors hold, over all cuts of one kiosk."""

    disk: CuttableDisk
    numbers: list[str] = field(default_factory=list)

    def work_until_cut(self, rng: Random, **environment: str) -> Cut:
        """The kiosk gives some numbers, then the power goes."""
        command = self.disk.command("tests.support.power_cut_kiosk", str(self.disk.folder))
        papers = rng.randint(PAPERS_MIN, PAPERS_MAX)
        with subprocess.Popen(command, cwd=ROOT, env=clean(**environment), stdout=subprocess.PIPE, text=True) as kiosk:
            assert kiosk.stdout is not None
            said = [kiosk.stdout.readline() for _ in range(papers)]
            kiosk.kill()
            said += kiosk.stdout.readlines()
        assert said[papers - 1], "the kiosk died by itself"
        self.numbers += [line.strip() for line in said if line.endswith("\n")]
        return self.disk.cut(rng)

    def wrong(self) -> list[str]:
        """What the next start of the kiosk finds otherwise than the visitors do."""
        kiosk = PaperKiosk(self.disk.folder)
        try:
            lost, book = kiosk.spool.lost, kiosk.book()
        finally:
            kiosk.close()
        kept = {spooled.ticket.number for spooled in book.tickets if spooled.given}
        used = {f"A{serial:03d}" for serial in book.used.get(BLOCK, ())}
        return [
            *(["the spool is damaged"] if lost else []),
            *(f"{n} is on paper and not in the spool" for n in self.numbers if n not in kept),
            *(f"{n} would be given again" for n in self.numbers if n not in used),
            *(f"{n} was given twice" for n in set(self.numbers) if self.numbers.count(n) > 1),
        ]


def cut_again_and_again(folder: Path, seed: int, cuts: int) -> int:
    """The number of papers."""
    rng, papers = Random(seed), Papers(CuttableDisk(folder / "spool", folder / "log"))
    for n in range(cuts):
        cut = papers.work_until_cut(rng)
        assert papers.wrong() == [], f"seed {seed}, cut {n}, {cut}"
    return len(papers.numbers)


def test_no_paper_is_lost_or_doubled_by_power_cuts(tmp_path: Path) -> None:
    assert cut_again_and_again(tmp_path, 1, CUTS) >= CUTS


def test_without_syncs_papers_are_lost(tmp_path: Path) -> None:
    for seed in range(LOOSE_SEEDS):
        papers = Papers(CuttableDisk(tmp_path / str(seed) / "spool", tmp_path / str(seed) / "log"))
        papers.work_until_cut(Random(seed), **{LOOSE: "1"})
        if any("not in the spool" in text for text in papers.wrong()):
            return
    pytest.fail("cuts without a single sync lost nothing: the shim does not cut")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 12))
def test_a_thousand_power_cuts_at_kiosks(tmp_path: Path, seed: int) -> None:
    for office in range(CUTS_LONG // CUTS):
        cut_again_and_again(tmp_path / str(office), seed * 1000 + office, CUTS)
