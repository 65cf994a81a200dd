"""Dates as personnel lists write them: R6.4.1, 令和6年4月1日, 2024/4/1, 2024-04-01, 20240401."""

import datetime
import re
from functools import lru_cache

from attrs import frozen

from kairan_provisioning.mistakes import BadValueError
from kairan_provisioning.texts import narrow


@frozen
class Era:
    """An era (元号), its letter, and its first day; it ends the day before the next begins."""

    letter: str
    name: str
    begins: datetime.date


ERAS = (
    Era("R", "令和", datetime.date(2019, 5, 1)),
    Era("H", "平成", datetime.date(1989, 1, 8)),
    Era("S", "昭和", datetime.date(1926, 12, 25)),
)

_SEPARATED = r"(?P<year>{year})\s*[年./-]\s*(?P<month>\d{{1,2}})\s*[月./-]\s*(?P<day>\d{{1,2}})\s*日?"
# Excel writes a date cell with a time format as 2024/4/1 0:00.
_MIDNIGHT = r"(?:\s+0?0:00(?::00)?)?\Z"
_WESTERN = re.compile(_SEPARATED.format(year=r"\d{4}") + _MIDNIGHT)
_ERA = re.compile(r"(?P<era>[RrHhSs]|令和|平成|昭和)\s*" + _SEPARATED.format(year=r"\d{1,2}|元") + _MIDNIGHT)
_COMPACT = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})\Z")
_SERIAL = re.compile(r"\d{5}(?:\.0+)?\Z")
_EXCEL_EPOCH = datetime.date(1899, 12, 30)
_FIRST_YEAR = 1900


@lru_cache(maxsize=4096)
def parse_date(text: str) -> datetime.date:
    """The day that the text means.

    Raises:
        BadValueError: no such day (2月30日), a year that its era does not have, Excel's serial number, or no date.
    """
    plain = narrow(text)
    if found := _WESTERN.match(plain) or _COMPACT.match(plain):
        return _day(int(found["year"]), found)
    if found := _ERA.match(plain):
        era = next(era for era in ERAS if found["era"].upper() in (era.letter, era.name))
        year = 1 if found["year"] == "元" else int(found["year"])
        day = _day(era.begins.year + year - 1, found)
        right = next((other for other in ERAS if other.begins <= day), None)
        if right is not era or year == 0:
            there = "" if right is None else f"{right.letter}{day.year - right.begins.year + 1}.{day.month}.{day.day}"
            raise BadValueError(
                f"{era.name}にその日はありません" + (f"。{there} ではありませんか" if there else ""),
                f"that era has no such day{f', did you mean {there}?' if there else ''}",
            )
        return day
    if _SERIAL.match(plain):
        day = _EXCEL_EPOCH + datetime.timedelta(days=int(plain[:5]))
        raise BadValueError(
            f"Excel の通し番号は日付として読みません。{day} なら、セルの書式を日付にして保存し直してください",
            f"Excel's serial number is not read as a date; if {day} is meant, format the cell as a date",
        )
    raise BadValueError(
        "日付として読めません（例 R6.4.1、令和6年4月1日、2024/4/1、2024-04-01、20240401）",
        "not a date, write R6.4.1, 2024/4/1, 2024-04-01 or 20240401",
    )


@lru_cache(maxsize=4096)
def parse_optional_date(text: str) -> datetime.date | None:
    """As `parse_date`; None where nothing is written."""
    return parse_date(text) if text.strip() else None


def _day(year: int, found: re.Match[str]) -> datetime.date:
    month, day = int(found["month"]), int(found["day"])
    try:
        if year < _FIRST_YEAR:
            raise ValueError
        return datetime.date(year, month, day)
    except ValueError:
        raise BadValueError(f"{year}年{month}月{day}日という日はありません", "there is no such day") from None
