"""One serial bus of signs, sans-io: what each sign should show, and which frame goes out next.

Rules (docs/hardware, bus rules): one frame in flight, a silence between frames, the latest text wins, an identical text
is not written again, all is written again after a (re)connect and every `refresh_ms`, because the signs are blind.
"""

from dataclasses import replace

from contracts.errors import Rejected
from firmware_bridge.protocols.registry import Face
from firmware_bridge.sessions.sign_model import (
    BLINK_MS,
    BLINK_TIMES_MAX,
    WRITE_MS_MAX,
    Bus,
    BusState,
    Effect,
    Event,
    Health,
    InFlight,
    LinkDown,
    LinkUp,
    Reopen,
    Shown,
    SignState,
    Step,
    Stop,
    Stopped,
    Tick,
    Want,
    Write,
    Written,
)


def start(bus: Bus) -> BusState:
    """The state before anything happened."""
    return BusState({place.sign: SignState() for place in bus.places})


def step(bus: Bus, state: BusState, event: Event, now_ms: int) -> Step:
    """Take one event at `now_ms` (monotonic); the new state, and what to do, in order."""
    effects: list[Effect] = []
    match event:
        case Want():
            state, effects = _want(bus, state, event, now_ms)
        case LinkUp():
            state, effects = _link_up(bus, state, now_ms)
        case LinkDown(detail):
            state, effects = _link_down(bus, state, detail)
        case Written(seq):
            state, effects = _written(bus, state, seq, now_ms)
        case Stop(blank):
            state = _stop(state, blank, now_ms)
        case Tick():
            pass
    state, more = _time(bus, state, now_ms)
    state, last = _pump(bus, state, now_ms)
    return state, effects + more + last


def wake_at_ms(state: BusState) -> int | None:
    """When to send the next Tick; None: only an event can change anything."""
    if not state.link_up:
        return None
    if state.in_flight:
        return state.in_flight.since_ms + WRITE_MS_MAX
    times = [state.refresh_at_ms]
    times += [sign.blink_until_ms for sign in state.signs.values() if sign.blink_times]
    if any(_needs_write(sign) for sign in state.signs.values()):
        times.append(state.silent_until_ms)
    return min(times)


def _put(state: BusState, name: str, sign: SignState) -> BusState:
    return replace(state, signs={**state.signs, name: sign})


def _want(bus: Bus, state: BusState, event: Want, now_ms: int) -> Step:
    sign = state.signs.get(event.sign)
    if sign is None or state.stopping:
        return state, []
    place = next(place for place in bus.places if place.sign == event.sign)
    effects: list[Effect] = []
    try:
        text, fault, detail = bus.driver.fitted_to(event.text, place.cells).rstrip(), None, ""
    except Rejected as refusal:  # a dark sign is better than the number of somebody else
        text, fault, detail = "", refusal.code, refusal.detail
    if fault != sign.fault:
        effects.append(Health(event.sign, fault, detail))
    blink = max(0, min(event.blink_times, BLINK_TIMES_MAX)) if event.live and text else 0
    until = now_ms + blink * BLINK_MS if blink else 0
    if not event.live and text == sign.text:  # the same wish, heard again on a reconnect
        blink, until = sign.blink_times, sign.blink_until_ms
    sign = replace(sign, text=text, blink_times=blink, blink_until_ms=until, fault=fault, due_since_ms=now_ms)
    return _put(state, event.sign, sign), effects


def _link_up(bus: Bus, state: BusState, now_ms: int) -> Step:
    if state.link_up:
        return state, []
    fresh = {
        name: replace(sign, written=None, setup_sent=0, repeat=False, due_since_ms=now_ms)
        for name, sign in state.signs.items()
    }
    state = replace(state, signs=fresh, link_up=True, in_flight=None, refresh_at_ms=now_ms + bus.refresh_ms)
    return state, [Health(bus.device)]


def _link_down(bus: Bus, state: BusState, detail: str) -> Step:
    """Told to the outside each time: the reason may have changed."""
    return replace(state, link_up=False, in_flight=None), [Health(bus.device, "device_unreachable", detail)]


def _written(bus: Bus, state: BusState, seq: int, now_ms: int) -> Step:
    flight = state.in_flight
    if flight is None or flight.seq != seq:
        return state, []  # of a link that is gone
    state = replace(state, in_flight=None, silent_until_ms=now_ms + bus.silent_ms)
    sign = state.signs[flight.sign]
    if flight.face is None:
        return _put(state, flight.sign, replace(sign, setup_sent=sign.setup_sent + 1)), []
    news = sign.written is None or sign.written.text != flight.face.text
    state = _put(state, flight.sign, replace(sign, written=flight.face, repeat=False))
    return state, [Shown(flight.sign, flight.face.text)] if news else []


def _stop(state: BusState, blank: bool, now_ms: int) -> BusState:
    state = replace(state, stopping=True)
    for name, sign in state.signs.items():
        if blank and sign.text is not None:
            state = _put(state, name, replace(sign, text="", blink_times=0, blink_until_ms=0, due_since_ms=now_ms))
    return state


def _time(bus: Bus, state: BusState, now_ms: int) -> Step:
    """What the clock alone brings: a hanging write, the refresh, the end of a blink."""
    flight = state.in_flight
    if flight and now_ms >= flight.since_ms + WRITE_MS_MAX:
        state = replace(state, link_up=False, in_flight=None)
        return state, [Health(bus.device, "device_unreachable", "a write hangs"), Reopen()]
    for name, sign in state.signs.items():
        if sign.blink_times and now_ms >= sign.blink_until_ms:
            state = _put(state, name, _steady(bus, sign))
    if state.link_up and now_ms >= state.refresh_at_ms:
        repeated = {name: replace(sign, repeat=True) for name, sign in state.signs.items()}
        state = replace(state, signs=repeated, refresh_at_ms=now_ms + bus.refresh_ms)
    return state, []


def _steady(bus: Bus, sign: SignState) -> SignState:
    """The blinking is over; a sign that counts stands still by itself."""
    written = sign.written
    if written and bus.driver.capabilities.counts_blinks:
        written = Face(written.text)
    return replace(sign, blink_times=0, blink_until_ms=0, written=written)


def _goal(sign: SignState) -> Face | None:
    return None if sign.text is None else Face(sign.text, sign.blink_times)


def _needs_write(sign: SignState) -> bool:
    goal = _goal(sign)
    return goal is not None and (sign.repeat or goal != sign.written)


def _pump(bus: Bus, state: BusState, now_ms: int) -> Step:
    """Start the next frame when the line is free: changed texts first, the one waiting longest before the others."""
    due = [name for name, sign in state.signs.items() if _needs_write(sign)]
    if state.stopping and (not due or not state.link_up) and not state.in_flight:
        return state, [Stopped()]
    if not due or not state.link_up or state.in_flight or now_ms < state.silent_until_ms:
        return state, []
    name = min(due, key=lambda n: (_goal(state.signs[n]) == state.signs[n].written, state.signs[n].due_since_ms))
    frame, face = _next_frame(bus, name, state.signs[name])
    flight = InFlight(state.seq + 1, name, face, now_ms)
    return replace(state, in_flight=flight, seq=flight.seq), [Write(flight.seq, frame)]


def _next_frame(bus: Bus, name: str, sign: SignState) -> tuple[bytes, Face | None]:
    """The next set-up frame of a sign that was just connected, else its text as it is wished now."""
    place = next(place for place in bus.places if place.sign == name)
    setup = bus.driver.setup(place.address)
    if sign.setup_sent < len(setup):
        return setup[sign.setup_sent], None
    face = _goal(sign) or Face()
    return bus.driver.show(place.address, face, place.cells), face
