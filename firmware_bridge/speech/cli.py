"""The command line of the voice: `say` prints, writes or plays one announcement; `build` makes a voice pack."""

import argparse
import io
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from contracts.errors import Rejected
from contracts.ids import parse_ticket_number
from contracts.phrases import LANGS, Options, announcement, phrase_text
from firmware_bridge.speech.build import build
from firmware_bridge.speech.engines import ENGINE_NAMES, make_engine
from firmware_bridge.speech.files import write_whole
from firmware_bridge.speech.mix import mix
from firmware_bridge.speech.pcm import to_wav
from firmware_bridge.speech.recordings import RECORDINGS, import_recordings
from firmware_bridge.speech.sinks import DeviceSink, FileSink, Job, playback_names
from firmware_bridge.speech.voices import default_pack_dir, voice
from firmware_bridge.speech.words import load_words
from runtime.cli_options import EXIT_USAGE, CodedParser


def main(argv: Sequence[str]) -> int:
    """Run `say …` or `build …`; expected failures leave as Rejected."""
    parser = CodedParser(prog="motcua", description="Spoken announcements.", allow_abbrev=False)
    verbs = parser.add_subparsers(dest="verb", required=True, parser_class=CodedParser)
    _say_options(verbs.add_parser("say", help="print one announcement, then write or play it"))
    _build_options(verbs.add_parser("build", help="make the clips of a voice"))
    options = parser.parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Vietnamese letters shows "?"
    return say(options) if options.verb == "say" else build_voices(options)


def _say_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", help="ticket number, such as A015")
    parser.add_argument("counter", help="counter, 1-99")
    parser.add_argument("--lang", default="vi", help=f"language: {', '.join(LANGS)}; default vi")
    parser.add_argument("--reading", choices=("digits", "number", "hybrid"), default="digits")
    parser.add_argument("--region", choices=("north", "south"), default="north", help="words of a number reading")
    parser.add_argument("--out", type=Path, metavar="FILE.wav", help="write a wav file instead of playing")
    parser.add_argument("--voices", type=Path, metavar="DIR", help="voice pack; made with espeak-ng when missing")
    parser.add_argument("--data", type=Path, metavar="DIR", help="data directory whose voices/ to use")
    parser.add_argument("--no-chime", action="store_true", help="leave out the three notes before the words")


def _build_options(parser: argparse.ArgumentParser) -> None:
    engines = ", ".join((*ENGINE_NAMES, RECORDINGS))
    parser.add_argument("--engine", default="espeak", help=f"{engines}; default espeak (offline)")
    parser.add_argument("source", nargs="?", type=Path, metavar="DIR", help="folder of recordings, for --engine wavs")
    parser.add_argument("--licence", default="", help="of the recordings; written to the manifest")
    parser.add_argument("--lang", default=",".join(LANGS), help="languages, comma-separated; default all")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the pack; default DATA/voices")
    parser.add_argument("--data", type=Path, metavar="DIR", help="data directory")


def say(options: argparse.Namespace) -> int:
    """Print the phrase first, so that it is seen even where nothing can be heard."""
    style = Options(reading=options.reading, region=options.region)
    counter = _counter(options.counter)
    tokens = announcement(options.number, counter, options.lang, style)
    print(phrase_text(tokens, load_words(options.lang).texts), flush=True)
    clips = voice(options.lang, options.voices or default_pack_dir(options.data))
    pcm = mix(tokens, clips, with_chime=not options.no_chime)
    if options.out is not None:
        try:
            write_whole(options.out, to_wav(pcm))
        except OSError as problem:
            raise Rejected("data_unwritable", f"{options.out}: {problem.strerror}") from problem
        return 0
    prefix, serial = parse_ticket_number(options.number)
    job = Job(id=0, number=f"{prefix}{serial:03d}", counter=counter, pcm=pcm)
    if playback_names():
        DeviceSink().play(job, _sleep)
        return 0
    folder = default_pack_dir(options.data).parent / "spoken"
    print(FileSink(folder, lambda: datetime.now().astimezone()).write(job))
    sys.stderr.write("motcua: no sound card; the announcement is in the file above\n")
    return 0


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _counter(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise Rejected("bad_number", f"{text[:20]!r} is not a counter")
    return int(text)


def build_voices(options: argparse.Namespace) -> int:
    """Build the languages one after the other and print a line each."""
    pack_dir = options.out or default_pack_dir(options.data)
    languages = [part.strip() for part in options.lang.split(",") if part.strip()]
    if options.engine == RECORDINGS:
        return _import(options.source, languages, pack_dir, options.licence)
    if options.source is not None:
        raise Rejected("usage", f"a folder of recordings needs --engine {RECORDINGS}")
    engine = make_engine(options.engine)
    for lang in languages:
        begin_s = time.monotonic()
        done = build(engine, lang, pack_dir)
        took_s = time.monotonic() - begin_s
        print(f"{lang}: {done.made} clips made, {done.kept} kept, {took_s:.1f} s, {pack_dir / lang}")
    return 0


def _import(source: Path | None, languages: list[str], pack_dir: Path, licence: str) -> int:
    """Replace clips by recordings; every file that was refused is a line on stderr and makes the exit code 2."""
    if source is None or not source.is_dir():
        raise Rejected("file_unreadable", f"--engine {RECORDINGS} needs a folder of recordings: {source}")
    refused = False
    for lang in languages:
        done = import_recordings(source, lang, pack_dir, licence)
        print(f"{lang}: {len(done.taken)} clips taken, {done.missing} without a recording, {pack_dir / lang}")
        for name, reason in done.refused.items():
            refused = True
            sys.stderr.write(f"motcua: error[file_unreadable]: {name}: {reason}\n")
    return EXIT_USAGE if refused else 0
