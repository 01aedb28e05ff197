"""The voice of one office, ready to be hosted by the bridge: board messages in, sound and health out."""

import queue
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from contracts.errors import Rejected
from contracts.messages.board import BoardSnapshot, CallEvent
from contracts.messages.devices import HealthState
from contracts.phrases import LANGS
from contracts.settings import Office
from firmware_bridge.speech import announcer, inbox
from firmware_bridge.speech.calls import (
    Call,
    Dropped,
    Effect,
    Event,
    Failed,
    Play,
    Played,
    Policy,
    Remember,
    Seen,
    Tick,
    Wake,
)
from firmware_bridge.speech.health import Health, OnHealth
from firmware_bridge.speech.library import Library
from firmware_bridge.speech.player import JOIN_S, Player
from firmware_bridge.speech.sinks import AutoSink, DeviceSink, FileSink, Job, Sink, playback_names
from firmware_bridge.speech.spoken_log import SpokenLog
from runtime.clock import Clock
from runtime.log import get_logger
from runtime.paths import DataDir

INBOX_MAX = 256  # snapshots not yet read; one that is lost is healed by the next
IDLE_S = 60.0
SPOKEN_FILE = "spoken-calls.txt"


@dataclass(frozen=True)
class _Stop:
    pass


@dataclass(frozen=True)
class _Reload:
    problem: Rejected | None


class Speech:
    """`Speech(office, data_dir, on_health)`, then `start()`, `on_board()` and `on_call()` from any thread, `stop()`.

    Nothing here blocks the caller: a thread decides what is said next, another one plays it.
    """

    def __init__(
        self,
        office: Office,
        data_dir: Path,
        on_health: OnHealth,
        *,
        clock: Clock | None = None,
        sink: Sink | None = None,
    ) -> None:
        data = DataDir(data_dir)
        self._clock = clock or Clock()
        self._health = Health(on_health)
        self._log = get_logger("speech")
        self._spoken = SpokenLog(data.spool / SPOKEN_FILE)
        self._state = announcer.initial(policy_of(office), self._spoken.keys())
        self._library = Library(office.speech, data.voices)
        self._player = Player(sink or self._sink_of(office, data), self._ended)
        self._events: queue.Queue[Event | _Stop | _Reload] = queue.Queue()  # bounded by _seen
        self._wake_ms: int | None = None
        self._thread = threading.Thread(target=self._run, name="speech", daemon=True)
        self.counts: dict[str, int] = {}
        """Announced, dropped by reason, refused, lost: for the metrics page."""

    def start(self) -> None:
        """Load (or make) the voice and begin to announce."""
        self._player.start()
        self._thread.start()

    def stop(self) -> None:
        """Break off what is being said and end both threads."""
        self._player.stop()
        self._events.put(_Stop())
        if self._thread.is_alive():
            self._thread.join(JOIN_S)

    def on_board(self, snapshot: BoardSnapshot, server_now: datetime | None = None) -> None:
        """A board snapshot arrived. `server_now` is the server's time estimated from its heartbeat."""
        self._seen(*inbox.from_snapshot(snapshot, server_now or self._clock.now()))

    def on_call(self, event: CallEvent, server_now: datetime | None = None) -> None:
        """A call event arrived: the same call, a moment before its snapshot."""
        self._seen(*inbox.from_event(event, server_now or self._clock.now()))

    def _seen(self, calls: tuple[Call, ...], refused: int) -> None:
        if refused:
            self._count("refused", refused)
        if self._events.qsize() < INBOX_MAX:
            self._events.put(Seen(calls))
        else:
            self._count("lost")

    def _count(self, what: str, by: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + by

    def _now_ms(self) -> int:
        return round(self._clock.mono_s() * 1000)

    def _run(self) -> None:
        try:
            self._work()
        except Exception as bug:
            self._health.set("voice", HealthState.FAULT, Rejected("internal", f"{type(bug).__name__}: {bug}"))
            raise

    def _work(self) -> None:
        self._voice(self._library.open(self._clock.mono_s()))
        self._library.build_online(lambda problem: self._events.put(_Reload(problem)))
        while True:
            event = self._next()
            if isinstance(event, _Stop):
                return
            if isinstance(event, _Reload):
                self._reload(event.problem)
                continue
            self._state, effects = announcer.step(self._state, event, self._now_ms())
            for effect in effects:
                self._do(effect)

    def _next(self) -> Event | _Stop | _Reload:
        """The next event, or a Tick when a Wake comes due."""
        wait_s = IDLE_S if self._wake_ms is None else max(0.0, (self._wake_ms - self._now_ms()) / 1000)
        try:
            return self._events.get(timeout=wait_s)
        except queue.Empty:
            self._wake_ms = None
            return Tick()

    def _do(self, effect: Effect) -> None:
        match effect:
            case Remember(key):
                self._remember(key)
            case Play():
                self._play(effect)
            case Wake(at_ms):
                self._wake_ms = at_ms
            case Dropped(call, reason):
                self._count(f"dropped_{reason}")
                self._log.info("not announced", call_id=call.call_id, number=call.number, reason=reason)

    def _play(self, play: Play) -> None:
        call = play.call
        pcm, problem = self._library.speak(call.number, call.counter, play.lang, play.chime, self._clock.mono_s())
        self._voice(problem)
        if not self._player.submit(Job(id=play.id, number=call.number, counter=call.counter, pcm=pcm)):
            self._events.put(Failed(play.id))

    def _remember(self, key: str) -> None:
        try:
            self._spoken.add(key)
        except OSError as problem:  # spoken all the same; only a restart could now repeat it
            self._health.set("log", HealthState.WARN, Rejected("storage_unavailable", f"{SPOKEN_FILE}: {problem}"))
        else:
            self._health.clear("log")

    def _ended(self, job_id: int, problem: Rejected | None) -> None:
        """In the player's thread."""
        if problem is None:
            self._count("announced")
            self._health.clear("card")
            self._events.put(Played(job_id))
        else:
            self._count("failed")
            self._health.set("card", HealthState.FAULT, problem)
            self._events.put(Failed(job_id))

    def _reload(self, problem: Rejected | None) -> None:
        if problem is None:
            self._library.reload()
            self._health.clear("build")
        else:
            self._health.set("build", HealthState.WARN, problem)

    def _voice(self, problem: Rejected | None) -> None:
        if problem is None:
            self._health.clear("voice")
        else:
            self._health.set("voice", HealthState.FAULT, problem)

    def _sink_of(self, office: Office, data: DataDir) -> Sink:
        """`[speech] output`: "auto", "file" or a device name."""
        zone = ZoneInfo(office.office.timezone)
        files = FileSink(data.spoken, lambda: self._clock.now().astimezone(zone))
        output = office.speech.output
        if output == "file":
            return files
        if output != "auto":
            return DeviceSink(output)
        return AutoSink(DeviceSink(), files, lambda: bool(playback_names()), self._card)

    def _card(self, present: bool) -> None:
        if present:
            self._health.clear("files")
        else:
            problem = Rejected("no_sound_card", "announcements are written to DATA/spoken")
            self._health.set("files", HealthState.WARN, problem)


def policy_of(office: Office) -> Policy:
    """The announcer's policy of an office file; languages without a voice are left out."""
    speech = office.speech
    languages = tuple(lang for lang in dict.fromkeys(speech.languages) if lang in LANGS)
    return Policy(
        languages=languages or LANGS[:1],
        rounds=speech.repeat,
        gap_ms=speech.gap_ms,
        stale_ms=round(office.queue.stale_s * 1000),
        chime=speech.chime,
    )
