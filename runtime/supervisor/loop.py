"""The real loop: one thread, a selector, SIGCHLD. All decisions are in `child` and `fleet`."""

import contextlib
import enum
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from runtime.lifecycle import STOP_SIGNALS, adopt_orphans
from runtime.supervisor import fleet as fleets
from runtime.supervisor.child import Child, Effect, Event, Phase, Policy
from runtime.supervisor.fleet import Fleet, Spec
from runtime.supervisor.guard import start_guard
from runtime.supervisor.logfile import rotate, tail
from runtime.supervisor.notices import Notices, accepts
from runtime.supervisor.spawn import RUN_MARK, kill_group, spawn, terminate

PROBE_PERIOD_S = 0.05
LOG_CHECK_PERIOD_S = 10.0
GUARD_LIMIT_S = 8.0
EXIT_USAGE = 2  # a child that leaves so before it was ever ready will do so again
START_FAILURES_MAX = 6  # deaths of a child that was never ready, until the start is given up (about 12 s)


class Outcome(enum.Enum):
    """Why the loop ended."""

    STOPPED = enum.auto()  # we were told to
    START_FAILED = enum.auto()  # a child never became ready


class Supervisor:
    """Runs the children of one office until a stop signal comes.

    `on_ready` is called once, when all children that count have been ready; `say` gets a line for a person.
    """

    def __init__(
        self,
        specs: Sequence[Spec],
        *,
        run_id: str,
        logs: Path,
        env: Mapping[str, str],
        say: Callable[[str], None],
        on_ready: Callable[[], None],
        policy: Policy | None = None,
        ready_limit_s: float = 120.0,
    ) -> None:
        self._fleet: Fleet = fleets.fleet_of(specs)
        self._specs = {spec.name: spec for spec in specs}
        self._policy = policy or Policy()
        self._run_id = run_id
        self._logs = logs
        self._env = {**env, RUN_MARK: run_id}
        self._say = say
        self._on_ready = on_ready
        self._ready_limit_s = ready_limit_s
        self._announced = False
        self._outcome = Outcome.STOPPED
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._notices: dict[str, Notices] = {}
        self._selector = selectors.DefaultSelector()
        self._next_log_check_s = 0.0

    # ---- the loop ---------------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Start all, keep them alive, return when all have stopped. Only from the main thread."""
        adopt_orphans()
        guard = start_guard(f"{RUN_MARK}={self._run_id}")
        with contextlib.ExitStack() as cleanup:
            cleanup.callback(self._close_guard, guard)
            wake = self._listen_to_signals(cleanup)
            for name in self._specs:
                self._notices[name] = Notices(self._run_id, name)
                self._selector.register(self._notices[name], selectors.EVENT_READ, name)
                cleanup.callback(self._notices[name].close)
            began_s = time.monotonic()
            self._apply(fleets.start(self._fleet, began_s, self._policy))
            while not self._fleet.all_stopped:
                self._turn(wake, began_s)
        return self._outcome

    def _turn(self, wake: int, began_s: float) -> None:
        for key, _ in self._selector.select(self._timeout_s()):
            if key.fileobj == wake:
                self._on_signals(os.read(wake, 256))
            elif self._notices[key.data].said_ready():
                self._advance(key.data, Event.READY)
        self._probe()
        now_s = time.monotonic()
        self._apply(fleets.tick(self._fleet, now_s, self._policy))
        if not self._announced and not self._fleet.stopping:
            self._watch_start(now_s - began_s)
        if now_s >= self._next_log_check_s:
            self._next_log_check_s = now_s + LOG_CHECK_PERIOD_S
            self._rotate_logs()

    def _rotate_logs(self) -> None:
        for name in self._specs:
            try:
                rotate(self._log(name))
            except OSError as error:
                self._say(f"log of {name}: {error}")

    def _timeout_s(self) -> float:
        now_s = time.monotonic()
        waits = [self._next_log_check_s - now_s]
        if self._fleet.due_s is not None:
            waits.append(self._fleet.due_s - now_s)
        if self._probed():
            waits.append(PROBE_PERIOD_S)
        if not self._announced:
            waits.append(1.0)  # the limit of the start is watched
        return max(0.0, min(waits))

    def _watch_start(self, waited_s: float) -> None:
        if self._fleet.all_ready:
            self._announced = True
            self._on_ready()
        elif waited_s > self._ready_limit_s:
            unready = self._fleet.unready
            self._give_up(f"not ready after {self._ready_limit_s:.0f} s: {', '.join(unready)}", unready)

    def _give_up(self, why: str, culprits: Sequence[str]) -> None:
        self._outcome = Outcome.START_FAILED
        self._say(why)
        for name in culprits:
            for line in tail(self._log(name)):
                self._say(f"  {name}: {line}")
        self._apply(fleets.stop(self._fleet, time.monotonic(), self._policy))

    # ---- what happens -----------------------------------------------------------------------------------------

    def _listen_to_signals(self, cleanup: contextlib.ExitStack) -> int:
        """Signals become bytes in a pipe that the selector watches (set_wakeup_fd)."""
        read_end, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        cleanup.callback(os.close, read_end)
        cleanup.callback(os.close, write_end)
        for number in (*STOP_SIGNALS, signal.SIGCHLD):
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue  # nohup
            cleanup.callback(signal.signal, number, signal.signal(number, lambda _number, _frame: None))
        cleanup.callback(signal.set_wakeup_fd, signal.set_wakeup_fd(write_end, warn_on_full_buffer=False))
        self._selector.register(read_end, selectors.EVENT_READ)
        return read_end

    def _on_signals(self, numbers: bytes) -> None:
        self._reap()
        for number in numbers:
            if number in STOP_SIGNALS:
                self._on_stop_signal()

    def _on_stop_signal(self) -> None:
        if self._fleet.stopping:  # a second Ctrl-C: no more patience
            for process in self._processes.values():
                kill_group(process.pid)
            return
        self._say("stopping")
        self._apply(fleets.stop(self._fleet, time.monotonic(), self._policy))

    def _reap(self) -> None:
        for name, process in list(self._processes.items()):
            code = process.poll()
            if code is not None:
                self._on_exit(name, code)
        self._reap_strangers()

    def _reap_strangers(self) -> None:
        """Orphans that the kernel gave to us (adopt_orphans). Our own children are left to their Popen objects."""
        own = {process.pid for process in self._processes.values()}
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None or ended.si_pid in own:
                return
            with contextlib.suppress(ChildProcessError):
                os.waitpid(ended.si_pid, 0)

    def _on_exit(self, name: str, code: int) -> None:
        before = self._fleet.children[name]
        never_ready = name not in self._fleet.seen_ready
        self._advance(name, Event.EXITED)
        del self._processes[name]
        child = self._fleet.children[name]
        if child.phase is Phase.BACKOFF:
            self._say(self._obituary(name, code, before, child))
            hopeless = code == EXIT_USAGE or child.failures >= START_FAILURES_MAX
            if hopeless and never_ready and self._specs[name].counts and not self._announced:
                self._give_up(f"{name} cannot start", [name])

    def _obituary(self, name: str, code: int, before: Child, after: Child) -> str:
        how = f"killed by signal {-code}" if code < 0 else f"exit {code}"
        what = "died" if before.phase is Phase.READY else "died before it was ready"
        wait_s = (after.due_s or 0.0) - time.monotonic()
        return f"{name} {what} ({how}); started again in {max(wait_s, 0):.1f} s; its log: {self._log(name)}"

    def _probed(self) -> list[str]:
        return [
            name
            for name, child in self._fleet.children.items()
            if child.phase is Phase.STARTING and self._specs[name].probe is not None
        ]

    def _probe(self) -> None:
        for name in self._probed():
            probe = self._specs[name].probe
            if probe is not None and accepts(probe):
                self._advance(name, Event.READY)

    # ---- what is done -----------------------------------------------------------------------------------------

    def _advance(self, name: str, event: Event) -> None:
        was = self._fleet.children[name].phase
        self._apply(fleets.advance(self._fleet, name, event, time.monotonic(), self._policy))
        if event is Event.READY and was is Phase.STARTING:
            self._say(f"{name} is ready")

    def _apply(self, decision: tuple[Fleet, fleets.Effects]) -> None:
        self._fleet, effects = decision
        for name, effect in effects:
            if effect is Effect.SPAWN:
                self._spawn(name)
            elif name in self._processes:
                send = terminate if effect is Effect.TERMINATE else kill_group
                send(self._processes[name].pid)

    def _spawn(self, name: str) -> None:
        self._notices[name].said_ready()  # what its dead predecessor said last does not count
        env = {**self._env, "NOTIFY_SOCKET": self._notices[name].address}
        try:
            self._processes[name] = spawn(self._specs[name], env, self._log(name))
        except (OSError, subprocess.SubprocessError) as error:
            self._say(f"{name} could not be started: {error}")
            self._apply(fleets.advance(self._fleet, name, Event.EXITED, time.monotonic(), self._policy))

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    @staticmethod
    def _close_guard(guard: subprocess.Popen[bytes]) -> None:
        """Let the guard sweep what escaped its group, and wait for it."""
        if guard.stdin is not None:
            guard.stdin.close()
        try:
            guard.wait(GUARD_LIMIT_S)
        except subprocess.TimeoutExpired:
            guard.kill()
