"""espeak-ng: the offline voice, a child process a clip."""

import itertools
import subprocess
import tempfile
from pathlib import Path

from contracts.errors import Rejected
from firmware_bridge.speech.words import Word

TIMEOUT_S = 10.0  # a clip takes 20 ms; ten seconds is a hung machine
SPEED_WPM = 175  # the voice's own speed
RATE_DEFAULT = 0.95  # announcers speak a little slower (domain.md §7: 0.92-0.95)


class Espeak:
    """Calls the `espeak-ng` program; `rate` 1.0 is the voice's own speed. `program` and `timeout_s` are for tests."""

    name = "espeak"
    licence = "made on this machine by eSpeak NG (program: GPL-3.0-or-later)"
    workers = 4

    def __init__(self, rate: float = RATE_DEFAULT, program: str = "espeak-ng", timeout_s: float = TIMEOUT_S) -> None:
        self._speed_wpm = round(SPEED_WPM * rate)
        self._program = program
        self._timeout_s = timeout_s

    def version(self) -> str:
        """What `espeak-ng --version` prints, and the speed: "1.51 at 166 wpm"."""
        words = self._run(["--version"], "").split()
        after = [following for word, following in itertools.pairwise(words) if word == "text-to-speech:"]
        return f"{after[0] if after else 'unknown'} at {self._speed_wpm} wpm"

    def synthesise(self, word: Word, voice: str) -> bytes:
        """A wav of `word.say`; the text goes through stdin, so nothing in it is read as an option."""
        with tempfile.TemporaryDirectory(prefix="motcua-voice-") as folder:
            target = Path(folder) / "clip.wav"
            self._run(["-v", voice, "-s", str(self._speed_wpm), "-w", str(target), "--stdin"], word.say)
            try:
                return target.read_bytes()
            except FileNotFoundError as problem:
                raise Rejected("engine_failed", f"espeak-ng wrote no file for {word.key}") from problem

    def _run(self, arguments: list[str], text: str) -> str:
        try:
            done = subprocess.run(
                [self._program, *arguments],
                input=text.encode(),
                capture_output=True,
                timeout=self._timeout_s,
                check=True,
            )
        except FileNotFoundError as problem:
            raise Rejected("engine_failed", f"{self._program} is not installed (apt install espeak-ng)") from problem
        except subprocess.TimeoutExpired as problem:
            raise Rejected("engine_failed", f"espeak-ng took over {self._timeout_s:g} s") from problem
        except (subprocess.CalledProcessError, OSError) as problem:
            raise Rejected("engine_failed", f"espeak-ng: {problem}") from problem
        return done.stdout.decode(errors="replace")
