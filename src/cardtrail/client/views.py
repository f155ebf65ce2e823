"""From the JSON views that a node serves for people back to records: the inverse of `wire.views`.

What a view says is not proved. It is good for what needs no proof, such as the version to sign for next: a
wrong one is refused by the ledger.
"""

from __future__ import annotations

import enum
import functools
import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from cardtrail.client.errors import BadAnswer
from cardtrail.wire.codec import Codec, Malformed, encode
from cardtrail.wire.record import Record

R = TypeVar("R", bound=Record)


class _Unfit(ValueError):  # noqa: N818
    """A JSON value that is not of the type asked for; another member of a union may fit."""


def from_view(record: type[R], value: Any) -> R:
    """The record that a view shows; fields it does not know are passed over. Raises `BadAnswer`."""
    try:
        made: R = Codec[R](record).decode(encode(_read(record, value)))
    except (_Unfit, Malformed, OverflowError) as error:
        raise BadAnswer(f"the node's answer is not a {record.__name__}: {error}") from None
    return made


def _read(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin is Annotated:
        return _read(get_args(kind)[0], value)
    if origin in (Union, types.UnionType):
        return _read_union(get_args(kind), value)
    if origin is tuple:
        if not isinstance(value, list):
            raise _Unfit("a list is missing")
        return tuple(_read(get_args(kind)[0], item) for item in value)
    if origin is Literal:
        return value
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _read_record(kind, value)
    return _read_scalar(kind, value)


def _read_union(kinds: tuple[Any, ...], value: Any) -> Any:
    # Names before bytes: a role's name is no hexadecimal key, and a key no role's name.
    for kind in sorted(kinds, key=lambda kind: get_origin(kind) is not None):
        try:
            return _read(kind, value)
        except _Unfit:
            continue
    raise _Unfit("a value is of no type it may have")


def _read_record(kind: type[msgspec.Struct], value: Any) -> msgspec.Struct:
    if not isinstance(value, dict):
        raise _Unfit(f"a {kind.__name__} is missing")
    hints = _hints(kind)
    absent = [name for name in kind.__struct_fields__ if name not in value]
    if absent:
        raise _Unfit(f"the field {absent[0]} is missing")
    return kind(**{name: _read(hints[name], value[name]) for name in kind.__struct_fields__})


@functools.cache
def _hints(kind: type[msgspec.Struct]) -> Mapping[str, Any]:
    """The types of a record's fields, worked out once: that takes longer than to read a card."""
    return get_type_hints(kind, include_extras=True)


def _read_scalar(kind: Any, value: Any) -> Any:
    if kind is bytes and isinstance(value, str):
        try:
            return bytes.fromhex(value)
        except ValueError:
            raise _Unfit("a hexadecimal value is missing") from None
    if isinstance(kind, type) and issubclass(kind, enum.Enum) and isinstance(value, str):
        if value.upper() not in kind.__members__:
            raise _Unfit(f"a {kind.__name__.lower()} has an unknown name")
        return kind[value.upper()]
    if kind is type(None) and value is None:
        return None
    # bool is an int to Python and not to the ledger.
    if kind in (int, str, bool) and type(value) is kind:
        return value
    raise _Unfit("a value is of another type")
