"""How does a file fall into records, in flat memory, whatever is wrong with it?

Blocks of bytes in, one `RawRecord` after the other out. A damaged record costs itself and not the file. JSON may be one
object, an array of objects, or objects one after the other, one a line or spread over lines.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from itertools import chain

from apps.core.errors import InvalidInput
from apps.ingestion.types import RawRecord, RejectionCode

# The longest real records carry two JPEG crops in base64.
LONGEST_RECORD = 4 * 1024 * 1024
# How many lines a quoted CSV cell may run on before the quote is taken for damage.
MOST_LINES_IN_ROW = 20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}"]', re.DOTALL)
BETWEEN_OBJECTS = b" \t\r\n,[]"


class FileUnreadable(InvalidInput):
    """The file as a whole is not what it should be."""

    code = "FILE_UNREADABLE"


def check_text(block: bytes) -> None:
    """Refuse a file whose first block is not UTF-8 text at all.

    :raises FileUnreadable:
    """
    if not block.strip():
        raise FileUnreadable("The file is empty.", code="FILE_EMPTY", remedy="Export it again.")
    if block[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in block:
        raise FileUnreadable(
            "The file is not UTF-8 text.",
            code="FILE_NOT_TEXT",
            remedy="Save it as UTF-8 text, and try again.",
        )


def split_json(blocks: Iterator[bytes]) -> Iterator[RawRecord]:
    """Each JSON object of the file."""
    head, blocks = _peek_line(_without_mark(blocks))
    first = head.strip()
    is_spread = first.startswith(b"[") or (first.startswith(b"{") and first.endswith((b"{", b"[", b",", b":")))
    found = _scan_objects(blocks) if is_spread else _each_line(blocks)
    for place, (raw, problem) in enumerate(found, start=1):
        yield RawRecord(place=place, raw=raw, problem=problem)


def split_csv(blocks: Iterator[bytes]) -> Iterator[RawRecord]:
    """Each row below the header, with the header's names in lower case.

    :raises FileUnreadable: if there is no header
    """
    rows = _join_quoted(_split_lines(_without_mark(blocks)))
    header: tuple[str, ...] | None = None
    for place, (raw, problem) in enumerate(rows):
        if header is None:
            if problem is not None:
                raise FileUnreadable("The file has no line of column names.", code="HEADER_MISSING")
            header = tuple(name.strip().lower() for name in read_row(raw.decode("utf-8", "replace")))
            continue
        yield RawRecord(place=place, raw=raw, header=header, problem=problem)


def read_row(text: str) -> list[str]:
    """The cells of one row."""
    if '"' not in text:
        return text.split(",")
    return next(csv.reader([text]), [])


def write_row(cells: tuple[str, ...]) -> str:
    """Cells as one row that `read_row` reads back."""
    return ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' if set(cell) & set(',"\r\n') else cell for cell in cells)


def _without_mark(blocks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(blocks, b"")
    yield first.removeprefix(BYTE_ORDER_MARK)
    yield from blocks


def _peek_line(blocks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first line that is not blank (as far as it was read), and all blocks as they were."""
    seen: list[bytes] = []
    text = b""
    for block in blocks:
        seen.append(block)
        text = (text + block).lstrip()
        if b"\n" in text or text.startswith(b"[") or len(text) > LONGEST_RECORD:
            break
    return text.split(b"\n", 1)[0], chain(seen, blocks)


def _split_lines(blocks: Iterator[bytes]) -> Iterator[bytes | None]:
    """Lines without their ends; None stands for one that was too long to hold."""
    rest = b""
    is_skipping = False
    for block in blocks:
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        if lines and is_skipping:
            del lines[0]
            is_skipping = False
        yield from lines
        if is_skipping:
            rest = b""
        elif len(rest) > LONGEST_RECORD:
            yield None
            rest, is_skipping = b"", True
    if rest:
        yield rest


def _each_line(blocks: Iterator[bytes]) -> Iterator[tuple[bytes, RejectionCode | None]]:
    for line in _split_lines(blocks):
        if line is None:
            yield b"", RejectionCode.RECORD_TOO_LONG
            continue
        line = line.strip()
        if line:
            yield line, None


def _scan_objects(blocks: Iterator[bytes]) -> Iterator[tuple[bytes, RejectionCode | None]]:
    """Objects of an array, or spread over lines. What is between them and is not punctuation is a record of its own."""
    text = b""
    at = depth = start = 0
    for block in blocks:
        text += block
        scanned = len(text)
        for match in TOKEN.finditer(text, at):
            token = text[match.start()]
            if token == 0x22:
                if match.end() - match.start() == 1:
                    scanned = match.start()
                    break
            elif token == 0x7B:
                if depth == 0:
                    between = text[start : match.start()].strip(BETWEEN_OBJECTS)
                    if between:
                        yield between, RejectionCode.RECORD_MALFORMED
                    start = match.start()
                depth += 1
            elif depth:
                depth -= 1
                if depth == 0:
                    yield text[start : match.end()], None
                    start = match.end()
        text, at, start = text[start:], scanned - start, 0
        if len(text) > LONGEST_RECORD:
            # Where it ends cannot be told without holding it, so what follows is not read either.
            yield b"", RejectionCode.RECORD_TOO_LONG
            return
    rest = text.strip(BETWEEN_OBJECTS)
    if rest:
        yield rest, RejectionCode.RECORD_TRUNCATED if depth else RejectionCode.RECORD_MALFORMED


def _join_quoted(lines: Iterator[bytes | None]) -> Iterator[tuple[bytes, RejectionCode | None]]:
    """Rows of a CSV file: a quoted cell may run over line ends."""
    waiting: deque[bytes | None] = deque()
    while True:
        line = waiting.popleft() if waiting else next(lines, b"\n")
        if line == b"\n":
            return
        if line is None:
            yield b"", RejectionCode.RECORD_TOO_LONG
            continue
        if line.count(b'"') % 2:
            row = _take_row(line, waiting, lines)
            if row is None:
                yield line, RejectionCode.RECORD_TRUNCATED
                continue
            line = row
        line = line.rstrip(b"\r")
        if line:
            yield line, None


def _take_row(line: bytes, waiting: deque[bytes | None], lines: Iterator[bytes | None]) -> bytes | None:
    """The row that begins with `line`, or None if its quote never closes; lines not used go back to `waiting`."""
    parts = [line]
    quotes = line.count(b'"')
    while quotes % 2:
        following = waiting.popleft() if waiting else next(lines, None)
        if following is None or len(parts) == MOST_LINES_IN_ROW:
            waiting.extendleft([following, *reversed(parts[1:])] if following is not None else reversed(parts[1:]))
            return None
        parts.append(following)
        quotes += following.count(b'"')
    return b"\n".join(parts)
