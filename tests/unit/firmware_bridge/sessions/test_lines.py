"""Session and simulated signs over lines that misbehave, seeded and without a clock: one byte at a time, lossy, slow.

The other end of the wire is the simulator's own parser, so encoder and parser check each other.
"""

import random
from collections.abc import Callable, Iterable

import pytest

from firmware_bridge.protocols.registry import driver
from firmware_bridge.sessions import sign_bus
from firmware_bridge.sessions.sign_model import Bus, Event, LinkUp, SignPlace, Tick, Want, Write, Written
from firmware_bridge.simulators.sign_alpha import AlphaSim
from firmware_bridge.simulators.sign_candle import CandleSim

Line = Callable[[bytes, random.Random], Iterable[bytes]]


def clean(frame: bytes, _rng: random.Random) -> Iterable[bytes]:
    return [frame]


def one_byte(frame: bytes, _rng: random.Random) -> Iterable[bytes]:
    return [bytes([byte]) for byte in frame]


def lossy(frame: bytes, rng: random.Random) -> Iterable[bytes]:
    return [bytes(byte for byte in frame if rng.random() > 0.02)]


def noisy(frame: bytes, rng: random.Random) -> Iterable[bytes]:
    return [rng.randbytes(rng.randrange(6)), frame, rng.randbytes(rng.randrange(6))]


LINES = [pytest.param(line, id=line.__name__) for line in (clean, one_byte, lossy, noisy)]


def run(bus: Bus, sim: CandleSim | AlphaSim, line: Line, wishes: list[Want], seed: int, end_ms: int) -> None:
    """Play the wishes a second apart, then let refreshes do their work until `end_ms`."""
    rng, now_ms, state = random.Random(seed), 0, sign_bus.start(bus)

    def do(event: Event) -> None:
        nonlocal state
        state, effects = sign_bus.step(bus, state, event, now_ms)
        for effect in effects:
            if isinstance(effect, Write):
                for chunk in line(effect.frame, rng):
                    sim.received(chunk, now_ms)
                do(Written(effect.seq))

    do(LinkUp())
    while now_ms < end_ms:
        if wishes and now_ms >= 1_000:
            do(wishes.pop(0))
        do(Tick())
        now_ms += 100


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("seed", range(5))
def test_candle_signs_end_up_right(line: Line, seed: int) -> None:
    sim = CandleSim({0x20: "sign-1", 0x21: "sign-2"}, cells=6)
    bus = Bus("b", driver("candle"), (SignPlace("sign-1", 0x20, 6), SignPlace("sign-2", 0x21, 6)), 200, 1_000)
    wishes = [Want(f"sign-{1 + n % 2}", f"A{n:03d}<{1 + n % 2}", 3) for n in range(1, 9)]
    run(bus, sim, line, wishes, seed, 60_000)
    shown = sim.boards[0x20].text, sim.boards[0x21].text
    if line is lossy:  # no checksum: the last refresh may be hurt too; the first whole one mends it
        run(bus, sim, clean, [Want("sign-1", "A008<1"), Want("sign-2", "A007<2")], seed, 5_000)
        shown = sim.boards[0x20].text, sim.boards[0x21].text
    assert shown == ("A008<1", "A007<2")


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("seed", range(5))
def test_alpha_sign_never_shows_a_damaged_number(line: Line, seed: int) -> None:
    """Its frames have a checksum: whatever the line does, it shows a text that was once wished, or nothing."""
    sim = AlphaSim("hall", 1)
    bus = Bus("b", driver("alpha"), (SignPlace("hall", 1, 121),), 200, 1_000)
    run(bus, sim, line, [Want("hall", f"A{n:03d} > 3") for n in range(1, 9)], seed, 60_000)
    allowed = {"", *(f"A{n:03d} > 3" for n in range(1, 9))}
    assert sim.text in allowed
    if line in (clean, one_byte):
        assert sim.text == "A008 > 3"
        assert sim.rubbish == 0
