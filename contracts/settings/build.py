"""Raw TOML → Office, listing every error at once, with the nearest valid name (issue: bad input)."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast, get_args, get_origin

import msgspec

from contracts.settings.checks import cross_check
from contracts.settings.model import Office


@dataclass(frozen=True)
class ConfigError:
    """One mistake: where (`counter[2].skills`), what, and perhaps the name that was meant."""

    where: str
    what: str
    nearest: str | None = None

    def __str__(self) -> str:
        hint = f" (did you mean {self.nearest!r}?)" if self.nearest else ""
        return f"{self.where}: {self.what}{hint}"


def office_from(raw: Mapping[str, Any]) -> tuple[Office | None, list[ConfigError]]:
    """The office, or None with every error found: those of single keys and, when every row could be read, the cross
    references too (a row that cannot be read would only raise false alarms about its name)."""
    errors: list[ConfigError] = []
    office = _table(Office, raw, "", errors)
    if office is not None:
        errors += [ConfigError(where, what, nearest) for where, what, nearest in cross_check(cast("Office", office))]
    return (None, errors) if errors else (cast("Office", office), [])


def _struct_of(type_: Any) -> tuple[type[msgspec.Struct] | None, bool]:
    """(Struct class, is it a list of them) for the field types that hold tables."""
    if get_origin(type_) is Annotated:
        type_ = get_args(type_)[0]
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        return type_, False
    if get_origin(type_) is list:
        inner = get_args(type_)[0]
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            return inner, True
    return None, False


def _table(type_: type[msgspec.Struct], raw: object, where: str, errors: list[ConfigError]) -> msgspec.Struct | None:
    if not isinstance(raw, Mapping):
        errors.append(ConfigError(where or "(file)", f"must be a table, is {type(raw).__name__}"))
        return None
    fields = {f.name: f for f in msgspec.structs.fields(type_)}
    for key in raw:
        if key not in fields:
            nearest = next(iter(difflib.get_close_matches(str(key), fields, 1)), None)
            errors.append(ConfigError(_at(where, key), "unknown key", nearest))
    values: dict[str, Any] = {}
    readable = True
    for name, field in fields.items():
        if name not in raw:
            if field.required:
                errors.append(ConfigError(_at(where, name), "is missing"))
                readable = False
            continue
        value = _field(field.type, raw[name], _at(where, name), errors)
        if value is not None:
            values[name] = value
        elif field.required:
            readable = False
    return type_(**values) if readable else None


def _field(type_: Any, raw: object, where: str, errors: list[ConfigError]) -> Any:
    inner, many = _struct_of(type_)
    if inner is not None and not many:
        return _table(inner, raw, where, errors)
    if inner is not None and isinstance(raw, list):
        rows = [_table(inner, row, f"{where}[{i}]", errors) for i, row in enumerate(raw)]
        meta = type_.__metadata__[0] if get_origin(type_) is Annotated else None
        if meta and meta.max_length and len(rows) > meta.max_length:
            errors.append(ConfigError(where, f"has {len(rows)} rows, at most {meta.max_length}"))
        if meta and meta.min_length and len(rows) < meta.min_length:
            errors.append(ConfigError(where, f"has {len(rows)} rows, at least {meta.min_length}"))
        return rows if all(row is not None for row in rows) else None
    try:
        return msgspec.convert(raw, type_, str_keys=True)
    except msgspec.ValidationError as error:
        errors.append(ConfigError(where, str(error), _nearest_literal(type_, raw)))
        return None


def _nearest_literal(type_: Any, raw: object) -> str | None:
    options = [o for o in get_args(type_) if isinstance(o, str)]
    return next(iter(difflib.get_close_matches(str(raw), options, 1)), None)


def _at(where: str, key: object) -> str:
    return f"{where}.{key}" if where else str(key)
