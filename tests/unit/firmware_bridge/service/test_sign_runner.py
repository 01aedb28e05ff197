"""A bus with its real threads, a real pty and the simulated signs: lossy, one byte at a time, unplugged, replugged."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware_bridge.protocols.registry import driver
from firmware_bridge.service.plan import SignLine
from firmware_bridge.service.sign_runner import SignRunner
from firmware_bridge.sessions.sign_model import Bus, SignPlace, Want
from firmware_bridge.simulators.device import SimulatedDevice
from firmware_bridge.simulators.host import Host
from firmware_bridge.simulators.sign_alpha import AlphaSim
from firmware_bridge.simulators.sign_candle import CandleSim
from firmware_bridge.transports.spec import PortSpec
from runtime.clock import Clock


class Stage:
    """One runner against one simulator; remembers what it said."""

    def __init__(self, tmp_path: Path, device: SimulatedDevice, bus: Bus) -> None:
        self.shown: list[tuple[str, str]] = []
        self.codes: list[tuple[str, str | None]] = []
        self.host = Host(device, tmp_path / "bus", None, tmp_path / "hand")
        self.runner = SignRunner(
            SignLine(bus, PortSpec(str(tmp_path / "bus"), 57600)),
            lambda sign, text: self.shown.append((sign, text)),
            lambda name, code, _detail: self.codes.append((name, code)),
            Clock(),
        )
        self._thread = threading.Thread(target=self.host.run)

    def start(self) -> None:
        self._thread.start()
        self.runner.start()

    def stop(self) -> None:
        self.runner.ask_stop(blank=False)
        self.runner.join()
        self.host.stop()
        self._thread.join(5)


def eventually(what: Callable[[], object], seconds: float = 8.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "did not happen"
        time.sleep(0.01)


@pytest.fixture
def stages() -> Iterator[list[Stage]]:
    made: list[Stage] = []
    yield made
    for stage in made:
        stage.stop()


def candle(tmp_path: Path, stages: list[Stage], refresh_ms: int = 60_000) -> tuple[Stage, CandleSim]:
    sim = CandleSim({0x20: "sign-1", 0x21: "sign-2"}, cells=6)
    places = (SignPlace("sign-1", 0x20, 6), SignPlace("sign-2", 0x21, 6))
    stage = Stage(tmp_path, sim, Bus("bus-1", driver("candle"), places, 20, refresh_ms))
    stages.append(stage)
    stage.start()
    return stage, sim


def test_a_wish_becomes_what_a_person_reads(tmp_path: Path, stages: list[Stage]) -> None:
    stage, sim = candle(tmp_path, stages)
    stage.runner.want(Want("sign-1", "A001<1", 5))
    stage.runner.want(Want("sign-2", "C017>2"))
    eventually(lambda: sim.boards[0x20].text == "A001<1" and sim.boards[0x21].text == "C017>2")
    assert sim.boards[0x20].blink == "5 times"
    eventually(lambda: sorted(stage.shown) == [("sign-1", "A001<1"), ("sign-2", "C017>2")])
    assert stage.codes == [("bus-1", None)]


def test_unplugged_and_replugged_shows_the_newest_text(tmp_path: Path, stages: list[Stage]) -> None:
    stage, sim = candle(tmp_path, stages)
    stage.runner.want(Want("sign-1", "A001<1"))
    eventually(lambda: sim.boards[0x20].text == "A001<1")
    stage.host.obey("unplug")
    eventually(lambda: ("bus-1", "device_unreachable") in stage.codes)
    stage.runner.want(Want("sign-1", "A002<1"))
    sim.boards[0x20].cells = [" "] * 6  # it was without power
    stage.host.obey("plug")
    began = time.monotonic()
    eventually(lambda: sim.boards[0x20].text == "A002<1")
    assert time.monotonic() - began < 5
    eventually(lambda: stage.codes[-1] == ("bus-1", None))


@pytest.mark.parametrize("fault", ["deaf", "drop", "garble"])
def test_a_line_that_was_bad_heals_by_the_refresh(tmp_path: Path, stages: list[Stage], fault: str) -> None:
    stage, sim = candle(tmp_path, stages, refresh_ms=300)
    sim.misbehave(fault)
    stage.runner.want(Want("sign-1", "A001<1"))
    eventually(lambda: stage.shown)
    sim.misbehave("none")
    eventually(lambda: sim.boards[0x20].text == "A001<1")


def test_alpha_from_a_bare_sign(tmp_path: Path, stages: list[Stage]) -> None:
    sim = AlphaSim("hall", 1)
    stage = Stage(tmp_path, sim, Bus("hall", driver("alpha"), (SignPlace("hall", 1, 121),), 20, 60_000))
    stages.append(stage)
    stage.start()
    stage.runner.want(Want("hall", "A001 → 3", 1))
    eventually(lambda: sim.text == "A001 > 3" and sim.flashing)
    eventually(lambda: sim.text == "A001 > 3" and not sim.flashing)
    assert sim.rubbish == 0


def test_only_the_latest_wish_of_a_burst_is_kept(tmp_path: Path, stages: list[Stage]) -> None:
    stage, sim = candle(tmp_path, stages)
    for n in range(500):
        stage.runner.want(Want("sign-1", f"A{n:03d}<1"))
    eventually(lambda: sim.boards[0x20].text == "A499<1")
    assert sim.boards[0x20].changed < 50


def test_stop_leaves_the_signs_dark(tmp_path: Path, stages: list[Stage]) -> None:
    stage, sim = candle(tmp_path, stages)
    stage.runner.want(Want("sign-1", "A001<1"))
    eventually(lambda: sim.boards[0x20].text == "A001<1")
    stage.runner.ask_stop(blank=True)
    stage.runner.join()
    eventually(lambda: sim.boards[0x20].text == "")
    assert not stage.runner._thread.is_alive()


def test_stop_while_the_port_never_opened(tmp_path: Path) -> None:
    places = (SignPlace("sign-1", 0x20, 6),)
    line = SignLine(Bus("bus-1", driver("candle"), places, 20, 60_000), PortSpec(str(tmp_path / "none"), 57600))
    runner = SignRunner(line, lambda *_: None, lambda *_: None, Clock())
    runner.start()
    runner.want(Want("sign-1", "A001"))
    began = time.monotonic()
    runner.ask_stop(blank=True)
    runner.join()
    assert time.monotonic() - began < 2
