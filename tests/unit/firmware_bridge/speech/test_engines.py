"""espeak-ng as a child process, and gTTS against a local server that speaks its protocol."""

import base64
import http.server
import socket
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gtts import tts

from contracts.errors import Rejected
from firmware_bridge.speech.build import build
from firmware_bridge.speech.decode import decode
from firmware_bridge.speech.engines import Espeak, GoogleTts, make_engine
from firmware_bridge.speech.pack import load_clips, read_manifest
from firmware_bridge.speech.pcm import RATE_HZ, samples, to_wav
from firmware_bridge.speech.words import Word, load_words

WORD = Word(key="vi/digit/1", text="một", say="một")


def test_espeak_says_a_word() -> None:
    sound = decode(Espeak().synthesise(WORD, "vi"))
    assert 0.1 < len(sound) / RATE_HZ < 2
    assert np.abs(sound).max() > 1000


def test_espeak_speed_follows_the_rate() -> None:
    phrase = load_words("vi").words["vi/xin_moi_cong_dan_co_so"]
    lengths = [len(decode(Espeak(rate).synthesise(phrase, "vi"))) for rate in (0.7, 1.0, 1.5)]
    assert lengths == sorted(lengths, reverse=True)
    assert Espeak(0.7).version() != Espeak(1.0).version()  # another speed is another recipe


def script(folder: Path, text: str) -> str:
    path = folder / "fake-espeak"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("program", "reason"),
    [("exit 3", "exit status 3"), ("exec sleep 30", "took over"), ("exit 0", "wrote no file")],
)
def test_espeak_failures_are_coded(tmp_path: Path, program: str, reason: str) -> None:
    with pytest.raises(Rejected, match=reason) as refused:
        Espeak(program=script(tmp_path, program), timeout_s=0.3).synthesise(WORD, "vi")
    assert refused.value.code == "engine_failed"


def test_espeak_not_installed_is_said_so() -> None:
    with pytest.raises(Rejected, match="not installed"):
        Espeak(program="/nonexistent/espeak-ng").version()


# Written down from `espeak-ng --ipa`'s documentation of Vietnamese: the digit after the vowel is the tone.
TONES = {"ba": "1", "mười": "2", "bốn": "ɜ", "bảy": "4", "một": "6"}


@pytest.mark.parametrize(("syllable", "tone"), TONES.items())
def test_espeak_pronounces_the_tones(syllable: str, tone: str) -> None:
    said = subprocess.run(
        ["espeak-ng", "--ipa", "-q", "-v", "vi", f"{syllable} ba"],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    assert tone in said.stdout.split()[0]


def test_unknown_engine_is_refused() -> None:
    with pytest.raises(Rejected) as refused:
        make_engine("parrot")
    assert refused.value.code == "usage"


class Translate(http.server.BaseHTTPRequestHandler):
    """Google Translate's speech door: answers what the test put in `answers`, remembers what was asked."""

    asked: list[str]
    status: int
    sound: bytes

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        type(self).asked.append(urllib.parse.unquote(body))
        line = f'[["wrb.fr","jQ1olc","[\\"{base64.b64encode(self.sound).decode()}\\"]",null]]'
        answer = (line if self.sound else "[]").encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Silent."""


@pytest.fixture
def translate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Translate]]:
    """A server on a free port; gTTS is pointed at it."""
    door = type("Door", (Translate,), {"asked": [], "status": 200, "sound": mp3(tmp_path)})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), door)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    point_to(monkeypatch, server.server_port)
    yield door
    server.shutdown()
    server.server_close()
    thread.join()


def point_to(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(tts, "_translate_url", lambda tld="com", path="": f"http://127.0.0.1:{port}/{path}")


def mp3(folder: Path) -> bytes:
    """A real mp3 of 300 ms, 24 kHz like Google's, with silence around."""
    tone = np.concatenate(
        [np.zeros(4000), np.sin(2 * np.pi * 500 * np.arange(samples(300)) / RATE_HZ) * 9000, np.zeros(4000)]
    )
    source, target = folder / "tone.wav", folder / "tone.mp3"
    source.write_bytes(to_wav(tone.astype(np.int16)))
    subprocess.run(["sox", str(source), "-r", "24000", str(target)], check=True, timeout=20)
    return target.read_bytes()


def test_gtts_builds_a_whole_language(translate: type[Translate], tmp_path: Path) -> None:
    done = build(GoogleTts(), "vi", tmp_path / "pack")
    clips = load_clips(tmp_path / "pack", "vi")
    assert done.made == len(clips) == len(translate.asked)
    assert all(len(clip) / RATE_HZ == pytest.approx(0.36, abs=0.05) for clip in clips.values())
    asked = "".join(translate.asked)
    assert r"Xin m\\u1eddi c\\u00f4ng d\\u00e2n" in asked
    row = read_manifest(tmp_path / "pack", "vi").clips["vi/digit/1"]
    assert (row.engine, row.voice) == ("gtts", "vi")
    assert "do not redistribute" in row.licence


def test_gtts_returns_exactly_what_was_sent(translate: type[Translate]) -> None:
    assert GoogleTts().synthesise(WORD, "vi") == translate.sound


@pytest.mark.parametrize(("status", "sound"), [(500, b"x"), (429, b"x"), (200, b"")])
def test_gtts_refusals_leave_no_file(translate: type[Translate], tmp_path: Path, status: int, sound: bytes) -> None:
    translate.status, translate.sound = status, sound
    with pytest.raises(Rejected, match="gTTS") as refused:
        build(GoogleTts(), "vi", tmp_path / "pack")
    assert refused.value.code == "engine_failed"
    assert list((tmp_path / "pack").rglob("*.wav")) == []


def test_gtts_gives_up_on_a_silent_network(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, never answers
        point_to(monkeypatch, silent.getsockname()[1])
        with pytest.raises(Rejected) as refused:
            GoogleTts(timeout_s=0.3).synthesise(WORD, "vi")
    assert refused.value.code == "engine_failed"


def test_gtts_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    point_to(monkeypatch, port)
    with pytest.raises(Rejected, match="Failed to connect"):
        GoogleTts().synthesise(WORD, "vi")
