"""A cell as people leave it, as a table writes it: separators, 万, full-width digits, units, old dates, ages of every spelling.

What cannot be read for certain stays as it was written, so that the reader of the table says what is wrong with it.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal, InvalidOperation

from popmodel.areas.schemas import Column

_TIMES = {"千": 1_000, "万": 10_000, "亿": 100_000_000}
_UNITS = re.compile(r"(?<=[\d千万亿])(人|户|个|名|元|岁|年|月|条|所|对|班)$")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[,'\u00a0\u2009 ]\d{3})+(?:\.\d+)?")
_DATE_PARTS = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?(?:\s+0{1,2}:00(?::00)?)?")
_AGE_RANGE = re.compile(r"(\d{1,3})\s*岁?\s*(?:[-~—–－至到]|to)+\s*(\d{1,3})\s*岁?")
_AGE_OPEN = re.compile(r"(\d{1,3})\s*(?:\+|岁?及?以上|岁?\+|and over|or over|years and over)")
_AGE_ONE = re.compile(r"(\d{1,3})\s*岁?")
_UNDER_ONE = ("不满1岁", "未满1岁", "不足1岁", "under 1")
_TOTALS = ("合计", "总计", "总和", "共计", "小计", "总数", "全部", "total", "grandtotal", "sum", "subtotal", "alltogether")
# Days since 30 December 1899 that a workbook of our years can mean: 1949 to 2100.
_FIRST_SERIAL, _LAST_SERIAL = 17_899, 73_415
_OLD_EPOCH = dt.date(1899, 12, 30)


def tidied(found: object, column: Column, epoch: dt.date = _OLD_EPOCH) -> str:
    """The text of a cell as a table holds it, for a column that is no age; `epoch`: day 0 of the workbook's day numbers.

    >>> tidied("６７．５万人", Column("persons", "integer", low=0))
    '675000'
    """
    if found is None:
        return ""
    if column.kind == "date":
        return _date(found, epoch)
    if isinstance(found, (dt.datetime, dt.date)):
        return found.date().isoformat() if isinstance(found, dt.datetime) else found.isoformat()
    if isinstance(found, bool):
        return str(found)
    if isinstance(found, (int, float)):
        return _plain_number(found)
    written = " ".join(str(found).split())
    return written if column.kind in ("text", "word", "code") else _number(written, column)


def age_limits(found: object) -> tuple[str, str]:
    """(lowest, highest) age of a cell; the highest is empty for an open group. A spreadsheet makes a date of "1-4": put right.

    >>> age_limits("85岁及以上"), age_limits("1—4岁"), age_limits(0)
    (('85', ''), ('1', '4'), ('0', '0'))
    """
    if isinstance(found, (dt.datetime, dt.date)):
        return str(found.month), str(found.day)
    if found is None:
        return "", ""
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        return _plain_number(found), _plain_number(found)
    written = unicodedata.normalize("NFKC", " ".join(str(found).split())).strip().lower()
    if written.replace(" ", "") in (one.replace(" ", "") for one in _UNDER_ONE):
        return "0", "0"
    if match := _AGE_RANGE.fullmatch(written):
        return match[1], match[2]
    if match := _AGE_OPEN.fullmatch(written):
        return match[1], ""
    if match := _AGE_ONE.fullmatch(written):
        return match[1], match[1]
    return written, written


def is_total(found: object) -> bool:
    """Whether a cell heads a row of totals."""
    return isinstance(found, str) and re.sub(r"[\s:]", "", unicodedata.normalize("NFKC", found)).lower() in _TOTALS


def is_subtotal(found: object) -> bool:
    """Whether that row is one of a part only, which says nothing that can be checked."""
    return isinstance(found, str) and re.sub(r"\s", "", found).lower() in ("小计", "subtotal")


def _plain_number(found: int | float) -> str:
    return str(int(found)) if float(found).is_integer() and abs(found) < 1e15 else f"{found:.15g}"


def _number(written: str, column: Column) -> str:
    half = unicodedata.normalize("NFKC", written).replace("\u2212", "-").strip()
    bare = _UNITS.sub("", half).strip()
    times = Decimal(1)
    if bare[-1:] in _TIMES:
        times, bare = Decimal(_TIMES[bare[-1]]), bare[:-1].strip()
    if bare.endswith("%") and column.high == 1:
        times, bare = Decimal("0.01"), bare[:-1].strip()
    if _GROUPED.fullmatch(bare):
        bare = re.sub(r"[,'\u00a0\u2009 ]", "", bare)
    bare = bare.removeprefix("+")
    if not re.fullmatch(r"-?\d+(\.\d+)?", bare, re.ASCII):
        return written
    try:
        value = Decimal(bare) * times
    except InvalidOperation:
        return written
    return f"{value.to_integral_value()}" if value == value.to_integral_value() else f"{value.normalize():f}"


def _date(found: object, epoch: dt.date) -> str:
    if isinstance(found, dt.datetime):
        return found.date().isoformat()
    if isinstance(found, dt.date):
        return found.isoformat()
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        return _numbered_day(found, epoch)
    written = unicodedata.normalize("NFKC", " ".join(str(found).split()))
    if match := _DATE_PARTS.fullmatch(written):
        return f"{int(match[1]):04d}-{int(match[2]):02d}-{int(match[3]):02d}"
    return _numbered_day(int(written), epoch) if re.fullmatch(r"\d{5}|\d{8}", written, re.ASCII) else written


def _numbered_day(found: int | float, epoch: dt.date) -> str:
    """A day written as 20201101, or as the number of days that spreadsheets keep."""
    if _FIRST_SERIAL <= found <= _LAST_SERIAL:
        return (epoch + dt.timedelta(days=int(found))).isoformat()
    digits = _plain_number(found)
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if re.fullmatch(r"\d{8}", digits) else digits
