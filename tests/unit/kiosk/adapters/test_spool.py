"""The durable spool: what was kept is there at the next start, no serial twice, no personal code left behind."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.messages.devices import HealthState
from contracts.messages.leases import HandedOver, OfflineTicket
from kiosk.adapters.spool import Spool
from kiosk.adapters.spool_file import DAMAGED_KEPT_MAX, DAY_MS, REFUSED_KEPT_DAYS, USED_KEPT_DAYS, SpoolFile
from kiosk.flow.effects import KeepContact, KeepGiven, KeepGrant, KeepSettled, KeepTicket
from kiosk.flow.events import News, TicketKept
from tests.support.broker import wait_until
from tests.support.lease_books import NINE, blocks, ms

DOSSIER = "H00.12-261019-0002"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "kiosk-1.sqlite"


def opened(path: Path, epoch: str = "epoch-0001", boot: str = "") -> SpoolFile:
    return SpoolFile(path, lambda: epoch, boot)


def ticket(n: int = 970, **more: object) -> OfflineTicket:
    return OfflineTicket(id=f"touch-{n:04d}", block="A-mon", number=f"A{n}", taken_ms=ms(NINE) + n, **more)  # type: ignore[arg-type]


def keep(n: int = 970, *, given: bool = True, **more: object) -> KeepTicket:
    return KeepTicket(ticket(n, **more), n, given)


def test_everything_is_there_at_the_next_start(path: Path) -> None:
    file = opened(path)
    for effect in (
        KeepGrant(blocks()),
        KeepContact(ms(NINE), 50.0),
        keep(970, given=False),
        keep(971, dossier=DOSSIER),
    ):
        file.keep(effect)
    file.keep(KeepGiven("touch-0970"))
    before = file.book()
    file.close()
    again = opened(path, "epoch-0002")
    assert again.lost is None
    assert again.book() == before
    book = again.book()
    assert (book.epoch, book.blocks, book.contact_ms, book.taken_ms) == (
        "epoch-0001",
        blocks(),
        ms(NINE),
        ms(NINE) + 971,
    )
    assert book.used == {"A-mon": frozenset({970, 971})}
    assert [(s.ticket.number, s.given, s.mono_s) for s in book.tickets] == [("A970", True, None), ("A971", True, None)]
    assert path.parent.stat().st_mode & 0o777 == 0o700
    again.close()


def test_a_serial_is_used_once_whatever_anybody_thinks(path: Path) -> None:
    file = opened(path)
    file.keep(keep(970))
    file.keep(KeepSettled(frozenset({"touch-0970"})))
    with pytest.raises(sqlite3.IntegrityError):
        file.keep(KeepTicket(OfflineTicket(id="touch-9999", block="A-mon", number="A970", taken_ms=1), 970, given=True))
    assert file.book().tickets == (), "whole or not at all"
    file.close()


def test_the_time_since_start_counts_only_within_one_run_of_the_machine(path: Path) -> None:
    file = opened(path, boot="boot-1")
    file.keep(KeepContact(ms(NINE), 50.0))
    file.close()
    for boot, mono_s in (("boot-1", 50.0), ("boot-2", None), ("", None)):
        file = opened(path, boot=boot)
        assert file.book().contact_mono_s == mono_s
        file.close()
    file = opened(path, boot="boot-2")
    file.keep(KeepContact(ms(NINE) + 1, None))
    assert file.book().contact_mono_s is None, "a guess"
    file.close()


def test_after_a_crash_only_numbers_whose_paper_had_begun_are_handed_over(path: Path) -> None:
    file = opened(path)
    for n in (970, 971, 972):
        file.keep(keep(n, given=n == 970))
    assert file.recover(lambda job: job == "touch-0971") == ["A972"]
    assert [(s.ticket.number, s.given) for s in file.book().tickets] == [("A970", True), ("A971", True)]
    assert file.book().used == {"A-mon": frozenset({970, 971, 972})}, "gone all the same"
    file.close()


def test_a_dossier_code_leaves_no_trace_after_the_hand_over(path: Path) -> None:
    file = opened(path)
    for n in range(970, 990):
        file.keep(keep(n, dossier=DOSSIER))
    assert DOSSIER.encode() in b"".join(f.read_bytes() for f in path.parent.iterdir())
    refused = HandedOver("touch-0989", "A989", accepted=False, code="lease_unknown")
    file.keep(KeepSettled(frozenset(f"touch-0{n}" for n in range(970, 990)), (refused,)))
    assert DOSSIER.encode() not in b"".join(f.read_bytes() for f in path.parent.iterdir())
    assert [(r.number, r.code) for r in file.refused()] == [("A989", "lease_unknown")]
    file.close()


@pytest.mark.parametrize("rubbish", [b"not a database at all" * 500, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_file_is_put_aside_and_another_epoch_begins(path: Path, rubbish: bytes) -> None:
    for n in range(DAMAGED_KEPT_MAX + 2):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(rubbish)
        file = opened(path, f"epoch-000{n}")
        assert file.book().epoch == f"epoch-000{n}"
        assert file.lost is not None
        assert file.lost.read_bytes() == rubbish
        file.close()
    assert len(list(path.parent.glob("*.damaged-*"))) == DAMAGED_KEPT_MAX


@pytest.mark.parametrize(
    "harm",
    [
        "DROP TABLE ticket",
        "DELETE FROM meta",
        "PRAGMA user_version = 99",
        "INSERT INTO ticket (id, json, given) VALUES ('x', '{', 1)",
        "INSERT INTO block VALUES (0, '{}')",
        "UPDATE meta SET value = 'soon' WHERE key = 'contact_ms'",
    ],
)
def test_a_file_that_is_no_spool_of_ours_is_damaged_too(path: Path, harm: str) -> None:
    file = opened(path)
    file.keep(KeepContact(5, None))
    file.close()
    other = sqlite3.connect(path)
    other.execute(harm)
    other.commit()
    other.close()
    file = opened(path, "epoch-0002")
    assert (file.book().epoch, file.lost is None) == ("epoch-0002", False)
    file.close()


def test_a_file_that_somebody_else_has_is_not_damaged(path: Path) -> None:
    file = opened(path)
    with pytest.raises(sqlite3.OperationalError):
        opened(path, "epoch-0002")
    file.close()
    again = opened(path, "epoch-0002")
    assert again.book().epoch == "epoch-0001"
    again.close()


def test_old_serials_and_refusals_are_forgotten_but_never_those_of_a_live_block(path: Path) -> None:
    file = opened(path)
    file.keep(KeepContact(ms(NINE), None))
    file.keep(keep(970))
    old = OfflineTicket(id="touch-0001", block="of-last-year", number="A900", taken_ms=ms(NINE))
    file.keep(KeepTicket(old, 900, given=True))
    file.keep(
        KeepSettled(
            frozenset({"touch-0001"}), (HandedOver("touch-0001", "A900", accepted=False, code="lease_unknown"),)
        )
    )
    file.keep(KeepContact(ms(NINE) + (USED_KEPT_DAYS + 1) * DAY_MS, None))
    file.keep(KeepGrant(blocks()))
    assert file.book().used == {"A-mon": frozenset({970})}
    assert len(file.refused()) == 1
    file.keep(KeepContact(ms(NINE) + (REFUSED_KEPT_DAYS + 1) * DAY_MS, None))
    file.keep(KeepGrant(blocks()))
    assert file.refused() == []
    file.close()


class Outside:
    """Hears what the spool says."""

    def __init__(self) -> None:
        self.news: list[News] = []
        self.health: list[tuple[str, HealthState, str | None]] = []
        self.detail = ""
        self.threads: set[str] = set()

    def put(self, news: News) -> None:
        self.threads.add(threading.current_thread().name)
        self.news.append(news)

    def tell(self, device: str, state: HealthState, code: str | None = None, detail: str = "") -> None:
        self.health.append((device, state, code))
        self.detail = detail


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def spool(path: Path, outside: Outside) -> Iterator[Spool]:
    made = Spool(path, outside.put, outside.tell, "kiosk-1-spool")
    yield made
    made.stop()


def test_the_thread_answers_for_tickets_and_no_other(spool: Spool, outside: Outside) -> None:
    assert spool.open(lambda _job: False) is not None
    spool.start()
    for effect in (KeepGrant(blocks()), keep(970), KeepGiven("touch-0970"), keep(970)):
        spool.keep(effect)
    wait_until(lambda: len(outside.news) == 2)
    assert outside.news == [TicketKept("touch-0970", ok=True), TicketKept("touch-0970", ok=False)]
    assert outside.threads == {"spool"}
    assert outside.health[0] == ("kiosk-1-spool", HealthState.OK, None)
    assert outside.health[-1] == ("kiosk-1-spool", HealthState.FAULT, "storage_unavailable")


def test_refused_numbers_are_told(spool: Spool, outside: Outside) -> None:
    spool.open(lambda _job: False)
    spool.start()
    spool.keep(keep(970))
    refused = HandedOver("touch-0970", "A970", accepted=False, code="lease_unknown")
    spool.keep(KeepSettled(frozenset({"touch-0970"}), (refused,)))
    wait_until(lambda: outside.health[-1] == ("kiosk-1-spool", HealthState.WARN, "lease_unknown"))
    assert "A970" in outside.detail


def test_a_lost_spool_is_told(path: Path, spool: Spool, outside: Outside) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no spool" * 1000)
    assert spool.open(lambda _job: False) is not None
    assert outside.health[-1] == ("kiosk-1-spool", HealthState.WARN, "spool_lost")


def test_a_disk_that_gives_nothing_leaves_a_kiosk_that_needs_its_server(
    path: Path, spool: Spool, outside: Outside
) -> None:
    path.parent.write_text("a file where a folder should be")
    assert spool.open(lambda _job: False) is None
    assert outside.health[-1] == ("kiosk-1-spool", HealthState.FAULT, "storage_unavailable")
