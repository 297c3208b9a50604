"""JSON read into dataclasses: unknown, missing and unusable values are errors that name the place."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from engine.errors import ConfigInvalid

Record = TypeVar("Record")


def record_read(kind: type[Record], raw: object, where: str) -> Record:
    """A dataclass from a JSON object, records within it too; `where` names the object in messages.

    Raises ConfigInvalid for unknown and missing keys, and for values of another type.
    """
    if not isinstance(raw, Mapping):
        raise ConfigInvalid(f"{where}: must be a JSON object, not {raw!r}")
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(set(raw) - set(known)):
        raise ConfigInvalid(
            f"{where}: unknown keys: {', '.join(unknown)} (known: {', '.join(sorted(known))})"
        )
    missing = sorted(
        name
        for name, f in known.items()
        if f.default is MISSING and f.default_factory is MISSING and name not in raw
    )
    if missing:
        raise ConfigInvalid(f"{where}: missing keys: {', '.join(missing)}")
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], value, f"{where}.{name}") for name, value in raw.items()})


def _value(hint: Any, value: object, where: str) -> object:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _union(arguments, value, where)
    if origin is Literal:
        if value not in arguments:
            raise ConfigInvalid(f"{where}: must be one of {', '.join(map(str, arguments))}, not {value!r}")
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise ConfigInvalid(f"{where}: must be a list, not {value!r}")
        return tuple(_value(arguments[0], item, f"{where}[{n}]") for n, item in enumerate(value))
    if origin is not None:  # a mapping
        if not isinstance(value, cast(type, origin)):
            raise ConfigInvalid(f"{where}: must be a JSON object, not {value!r}")
        return value
    if is_dataclass(hint):
        return record_read(cast(type, hint), value, where)
    return _plain(hint, value, where)


def _union(arguments: tuple[Any, ...], value: object, where: str) -> object:
    if value is None and type(None) in arguments:
        return None
    kinds = [kind for kind in arguments if kind is not type(None)]
    if len(kinds) == 1:
        return _value(kinds[0], value, where)
    # Records told apart by their `kind`.
    if not isinstance(value, Mapping) or "kind" not in value:
        raise ConfigInvalid(f'{where}: must be a JSON object with a "kind", not {value!r}')
    named = {get_args(get_type_hints(kind)["kind"])[0]: kind for kind in kinds}
    if value["kind"] not in named:
        raise ConfigInvalid(f"{where}.kind: must be one of {', '.join(named)}, not {value['kind']!r}")
    return record_read(named[value["kind"]], value, where)


def _plain(hint: Any, value: object, where: str) -> object:
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        names = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
        raise ConfigInvalid(f"{where}: must be {names.get(hint, hint)}, not {value!r}")
    return value
