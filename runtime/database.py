"""Where an office keeps its database: a SQLite file in DATA, or a PostgreSQL database named once with --database.

DATA remembers the name: an office that was started once without its option would otherwise begin a second life in an
empty file, with numbers that people already hold.
"""

import argparse
from pathlib import Path
from urllib.parse import urlsplit

from contracts.errors import Rejected
from runtime.paths import DataDir
from runtime.secrets import private_dir, write_private

SQLITE = "sqlite"
SCHEMES = ("postgresql", "postgres")
URL_CHARS_MAX = 1_000
HELP = "postgresql://USER@HOST/NAME, or sqlite; default what DATA used last, at first sqlite"


def database_option(text: str) -> str:
    """For argparse: `sqlite`, or the URL of a PostgreSQL database. A password has no place in it: everybody on the
    machine can read a process's arguments. libpq takes it from PGPASSFILE, `?passfile=`, or ~/.pgpass."""
    if text == SQLITE:
        return text
    parts = urlsplit(text)
    if parts.scheme not in SCHEMES or len(text) > URL_CHARS_MAX or any(c.isspace() for c in text):
        raise argparse.ArgumentTypeError("must be sqlite or postgresql://USER@HOST/NAME")
    if ":" in parts.netloc.rpartition("@")[0] or "password=" in parts.query:
        raise argparse.ArgumentTypeError("a password belongs into PGPASSFILE, ?passfile=FILE or ~/.pgpass, not here")
    return text


def database_of(data: DataDir, option: str | None = None) -> Path | str:
    """The file, or the URL. Raises Rejected `usage` when the office would leave the SQLite database that it has."""
    remembered = _remembered(data)
    if option is None:
        return remembered or data.database
    if option == SQLITE:
        return data.database
    if remembered is None and data.database.exists():
        raise Rejected("usage", f"this office is in {data.database}; move that away to begin anew in PostgreSQL")
    return option


def remember_database(data: DataDir, where: Path | str) -> None:
    """For the next start, and for commands beside the server."""
    if isinstance(where, Path):
        _file(data).unlink(missing_ok=True)
    elif _remembered(data) != where:
        private_dir(_file(data).parent)
        write_private(_file(data), where + "\n")


def _file(data: DataDir) -> Path:
    return data.database.parent / "url"


def _remembered(data: DataDir) -> str | None:
    try:
        return _file(data).read_text().strip() or None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Rejected("file_unreadable", f"{_file(data)}: {error.strerror}") from None
