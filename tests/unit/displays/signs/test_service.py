"""The signs process against a real Mosquitto with the real ACL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.errors import Rejected
from displays.signs.bootstrap import main
from displays.signs.service import INBOX_MAX, SignsService
from runtime.mqtt import Broker, Subscription
from tests.support.board_fakes import OFFICE_FILE, busy_snapshot, call, event, sample_office, snapshot
from tests.support.broker import Mosquitto, mosquitto, wait_until


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path) as running:
        yield running


@pytest.fixture
def signs(broker: Mosquitto) -> Iterator[SignsService]:
    service = SignsService(sample_office(), "signs-1", broker.broker("signs-1"))
    service.start()
    yield service
    service.stop()


def test_snapshot_and_call_become_retained_wishes(broker: Mosquitto, signs: SignsService) -> None:
    server = broker.link("server")
    bridge = broker.link("bridge-1", Subscription("sign.desired"))
    server.link.own("board", busy_snapshot(10, newest_ago_s=200))
    bridge.wait("sign.desired", lambda m: (m.sign, m.text, m.blink) == ("sign-3", "A045<3", 0))
    wait_until(lambda: len({m.sign for m in bridge.got("sign.desired")}) == 9, what="nine signs")  # the first wishes
    before = signs.published
    server.link.publish("call", event(call("L018", 7), 11))
    bridge.wait("sign.desired", lambda m: (m.sign, m.text) == ("sign-7", "L018>7") and m.blink > 0)
    bridge.wait("sign.desired", lambda m: (m.sign, m.text) == ("sign-hall", "L018 -> 7"))
    wait_until(lambda: signs.published >= before + 2, what="the count")  # it may be read before its thread counts
    assert signs.published == before + 2  # nothing that did not change
    late = broker.link("monitor", Subscription("sign.desired"))
    wait_until(lambda: len(late.got("sign.desired")) == 9, what="nine retained signs")


def test_a_broker_that_lost_everything_has_it_back(broker: Mosquitto, signs: SignsService) -> None:
    server = broker.link("server")
    server.link.own("board", snapshot(10))
    wait_until(lambda: signs.published == 9, what="the first wishes")
    broker.kill()
    broker.start()
    late = broker.link("bridge-1", Subscription("sign.desired"))
    wait_until(lambda: len({m.sign for m in late.got("sign.desired")}) == 9, what="all wishes again")


def test_a_full_inbox_is_counted_not_waited_for() -> None:
    service = SignsService(sample_office(), "signs-1", Broker("127.0.0.1", 1, "signs-1", "x"))
    arrived = [event(call("A001", 1), 1)] * (INBOX_MAX + 3)
    for item in arrived:
        service._put(item)  # type: ignore[arg-type]
    assert service.dropped == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--id", "sign-1"], "usage"),
        (["--id", "signs-1"], "unauthorised"),
        (["--id", "signs-1", "--office", "no-such-file.toml"], "file_unreadable"),
    ],
)
def test_bad_options_are_refused_with_a_code(tmp_path: Path, arguments: list[str], code: str) -> None:
    with pytest.raises(Rejected) as refused:
        main(["--office", str(OFFICE_FILE), "--data", str(tmp_path), *arguments])
    assert refused.value.code == code
    assert "signs-1" in refused.value.detail or code == "file_unreadable"
