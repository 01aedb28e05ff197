"""CSV, XLSX and JSON files → rows of text, within limits. Everything wrong with a file as a whole is a Rejected."""

import csv
import difflib
import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import msgspec

from contracts.errors import Rejected
from queue_server.dossiers.records import CELL_CHARS_MAX, COLUMNS, REQUIRED, RowError

FILE_BYTES_MAX = 64 * 1024 * 1024
UNPACKED_BYTES_MAX = 512 * 1024 * 1024  # an XLSX is a zip: what it may become
ROWS_MAX = 200_000
ROW_NUMBER_MAX = 1_048_576  # rows of a sheet, blank ones too; a damaged one claims more, and we would count them all
COLUMNS_MAX = 200
DELIMITERS = ",;\t"

Row = tuple[int, dict[str, str] | RowError]
"""(row number as a spreadsheet shows it, cells by column name, or why the row cannot be read)."""

_BY_FOLDED = {name.casefold(): name for name in COLUMNS}


def rows_of(path: Path) -> Iterator[Row]:
    """The rows of a file by its ending (.csv .txt .tsv, .xlsx, .json), blank rows left out.

    Raises `file_unreadable`, `too_large` or `csv_missing_column`.
    """
    kind = path.suffix.lower()
    readers = {".csv": _csv, ".txt": _csv, ".tsv": _csv, ".xlsx": _xlsx, ".json": _json}
    if kind not in readers:
        raise Rejected("file_unreadable", f"{path.name}: not a .csv, .xlsx or .json file")
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise Rejected("too_large", f"{path.name}: larger than {FILE_BYTES_MAX // 1024 // 1024} MB")
        data = path.read_bytes()
    except OSError as error:
        raise Rejected("file_unreadable", f"{path}: {error.strerror}") from error
    return _bounded(readers[kind](data, path.name), path.name)


def _bounded(rows: Iterator[Row], name: str) -> Iterator[Row]:
    count = 0
    for number, cells in rows:
        if number > ROW_NUMBER_MAX:
            raise Rejected("too_large", f"{name}: goes on after row {ROW_NUMBER_MAX}")
        if isinstance(cells, dict) and not any(cells.values()):
            continue
        count += 1
        if count > ROWS_MAX:
            raise Rejected("too_large", f"{name}: more than {ROWS_MAX} rows")
        yield number, cells


def _header(cells: Sequence[str], name: str) -> list[str | None]:
    """The known column of each cell (case and blanks do not matter), None for one that is not ours."""
    if len(cells) > COLUMNS_MAX:
        raise Rejected("too_large", f"{name}: more than {COLUMNS_MAX} columns")
    found = [_BY_FOLDED.get(cell.strip().casefold()) for cell in cells]
    doubles = {column for column in found if column and found.count(column) > 1}
    if doubles:
        raise Rejected("file_unreadable", f"{name}: column {min(doubles)} stands there twice")
    for column in REQUIRED:
        if column not in found:
            near = difflib.get_close_matches(column, [c.strip() for c in cells], 1)
            hint = f" (is {near[0]!r} meant?)" if near else ""
            raise Rejected("csv_missing_column", f"{name}: no column {column}{hint}", column=column)
    return found


def _row(number: int, header: Sequence[str | None], cells: Sequence[str]) -> Row:
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        return number, RowError(number, "(row)", f"has {len(cells)} cells, the header has {len(header)}")
    pairs = [(column, cell) for column, cell in zip(header, cells, strict=False) if column]
    for column, cell in pairs:
        if len(cell) > CELL_CHARS_MAX:
            return number, RowError(number, column, f"is longer than {CELL_CHARS_MAX} characters")
    return number, dict(pairs)


def _csv(data: bytes, name: str) -> Iterator[Row]:
    text = _decoded(data, name)
    first, _, rest = text.partition("\n")
    skipped = 0
    if first.strip().lower().startswith("sep="):  # a hint that Excel writes and reads
        text, skipped = rest, 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    header: list[str | None] | None = None
    for number, cells in enumerate(_records(reader), 1 + skipped):
        if isinstance(cells, csv.Error):
            if header is None:
                raise Rejected("file_unreadable", f"{name}: the header: {cells}")
            yield number, RowError(number, "(row)", str(cells))
        elif header is None:
            header = _header(cells, name)
        else:
            yield _row(number, header, cells)
    if header is None:
        raise Rejected("file_unreadable", f"{name}: the file is empty")


def _records(reader: Iterator[list[str]]) -> Iterator[list[str] | csv.Error]:
    """The records of a CSV, with the error in place of one that cannot be read; the reader goes on after it."""
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield error


def _decoded(data: bytes, name: str) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"  # Excel's "Unicode text"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Rejected("file_unreadable", f"{name}: not UTF-8 (save it as 'CSV UTF-8')") from error


def _delimiter(text: str) -> str:
    """The delimiter under which the first line has most of our columns."""
    first = text.split("\n", 1)[0]

    def known(delimiter: str) -> int:
        return sum(part.strip().strip('"').casefold() in _BY_FOLDED for part in first.split(delimiter))

    return max(DELIMITERS, key=known)


def _xlsx(data: bytes, name: str) -> Iterator[Row]:
    header: list[str | None] | None = None
    for number, values in _sheet(data, name):
        if values.count(None) == len(values):  # blank; said all the same, so that somebody counts them
            yield number, {}
            continue
        cells = [_cell(value) for value in values]
        if header is not None:
            yield _row(number, header, cells)
        elif any(cells):
            header = _header(cells, name)
    if header is None:
        raise Rejected("file_unreadable", f"{name}: the first sheet is empty")


def _sheet(data: bytes, name: str) -> Iterator[tuple[int, tuple[object, ...]]]:
    """Numbered rows of the first sheet. Raises `too_large` or `file_unreadable`."""
    import openpyxl  # 20 MB that a server needs on the day of an import only

    try:
        _check_unpacked(data, name)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        yield from enumerate(book.worksheets[0].iter_rows(values_only=True, max_col=COLUMNS_MAX), 1)
    except Rejected:
        raise
    except Exception as error:  # zip, XML, dates, column names: a damaged workbook fails in the library's many ways
        raise Rejected("file_unreadable", f"{name}: not an XLSX workbook, or damaged ({error!s:.100})") from error


def _check_unpacked(data: bytes, name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > UNPACKED_BYTES_MAX:
            raise Rejected("too_large", f"{name}: more than {UNPACKED_BYTES_MAX // 1024 // 1024} MB unpacked")


def _cell(value: object) -> str:
    """A cell of a workbook or of JSON as the text a CSV would have."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y%m%d%H%M%S")
    if isinstance(value, date):
        return value.strftime("%Y%m%d")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _json(data: bytes, name: str) -> Iterator[Row]:
    try:
        document = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError) as error:
        raise Rejected("file_unreadable", f"{name}: not JSON ({error})") from error
    items = document.get("data") if isinstance(document, dict) else document
    if not isinstance(items, list):
        raise Rejected("file_unreadable", f'{name}: neither a list nor {{"data": [...]}}')
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict):
            yield number, RowError(number, "(row)", "is not an object")
            continue
        nested = next((key for key, value in item.items() if isinstance(value, (dict, list)) and key in COLUMNS), None)
        if nested:
            yield number, RowError(number, nested, "is not a text or a number")
            continue
        known = [(_BY_FOLDED.get(key.casefold()), _cell(value)) for key, value in item.items()]
        pairs = [(column, cell) for column, cell in known if column]
        yield _row(number, [column for column, _ in pairs], [cell for _, cell in pairs])
