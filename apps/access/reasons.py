"""Does a reason say anything? A pure check of the text that a person types before they look.

It reads words, not minds: it finds reasons that are blank, that say nothing (`investigation`), that were pasted from
case to case, that give a prohibited purpose away, or that name no case. The lists were tuned on 4,000 real searches,
see `docs/reasons.md`. An offence alone (`211PC`) says what for but not why this vehicle: it passes only beside a case
number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

# A text on more than so many different cases of one person is pasted.
MOST_SAME = 3
# From this length on, a prohibited word is found with blanks pushed into it, and a stop word with letters mixed up.
SPACED_LETTERS = 8
TYPO_LETTERS = 5
TWO_TYPOS_LETTERS = 8


class ReasonGrade(StrEnum):
    """In the order in which they are looked for."""

    BLANK = "BLANK"
    PROHIBITED = "PROHIBITED"
    GENERIC = "GENERIC"
    COPIED = "COPIED"
    NO_CASE = "NO_CASE"
    SPECIFIC = "SPECIFIC"


@dataclass(frozen=True, kw_only=True)
class ReasonScore:
    """
    :param score: 0.0 where the text says nothing, 1.0 where four or more words say something
    :param findings: codes of what was found, the lexicon's codes among them
    """

    grade: ReasonGrade
    score: float
    findings: tuple[str, ...]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that say that somebody is working, not on what.
STOP_WORDS = _words("""
    a about active activity ad admin administrative agency aid all an and any apb apbnet as assigned assist
    assistance at atl attempt audit auto be bol bolo business by call car cars case center check checking cir circ
    circs circumstance circumstances cop crim crime crimes criminal current data day department dept detail details
    detective duty enforcement felony fi find flock flu flw follow following followup for from fu fup further
    general gov government have help hit hot id ident identification identify identity in info information inquire
    inquiry int intel intelligence interest inv invest investigate investigating investigation investigations
    investigative investigator is it itel job justice know last law lawful le lead leads leo license list loc locate
    located locating location look looking lookup lpr man matter misc miscellaneous misd misdemeanor movement
    movements n na need needed new no none not null number of off officer officers official on ongoing open
    operation operations ops or other out owner patrol pending per person persons plate plates poi police poss
    possible prior proactive public pursuant query real reason reasons ref reference regarding related report req
    request requested research review ro routine rtcc rtic safety search searching see sgt sheriff special sub subj
    subject support surveillance sus susp suspect suspected suspects suspicious system tag task tbd test testing the
    their this time tip to track traffic training travel unit unk unknown use v various veh vehicle vehicles verify
    violation wanted was whereabouts with work working x xx xxx yes
""")
# Stop words that the real rows hold in many spellings; the others lie too near to words that say something.
TYPED_WRONG = _words("""
    criminal enforcement identification invest investigate investigation investigations locate location patrol suspect
    suspects suspicious surveillance vehicle vehicles
""")
# Codes of statutes that officers write without the name of the code.
STATUTES = _words("""
    10851 10852 11350 11351 11352 11364 11377 11378 11379 12500 14601 187 192 20001 20002 203 207 209 211 212.5 215
    220 23103 23109 23110 23152 23153 236 236.1 240 242 243 245 246 246.3 25400 25850 261 266 273 273.5 273.6 278
    2800 2800.1 2800.2 2800.4 286 287 288 289 290 29800 30305 311 368 415 417 422 4462.5 451 459 459.5 470 476 484
    487 488 496 502 5150 530.5 537 594 597 602 646.9 647 653 664 836
""")
CODE_NAMES = "pc|vc|cvc|hs|bp|wi|cpc|usc"
STATUTE = re.compile(rf"(?:{CODE_NAMES})\d{{2,6}}[\w.]*|\d{{2,6}}(?:\.\d{{1,2}})?(?:[a-z]\d?){{0,2}}(?:{CODE_NAMES})")
SECTION = re.compile(r"(\d{3,5}(?:\.\d{1,2})?)(?:[a-z]\d?)*")
CASE_NUMBER = re.compile(r"[a-z]{0,4}\d{6,14}|(?:[a-z]\w{0,4}-)?(?:\d{4}-)?[a-z]{0,4}\d{2,4}-[a-z]{0,3}-?\d{3,10}")
KEPT_MARKS = re.compile(r"[^\w.\-]+|_+")
SUBDIVISION = re.compile(r"\(([a-z0-9]{1,2})\)")
EDGES = ".-"
VOWELS = frozenset("aeiouy")
# Short forms of offences; longer words are known by having a vowel.
SHORT_OFFENCES = _words("adw dui dv gbh gta hbd mcs pcp")


def score_reason(
    text: str,
    *,
    recent: Sequence[str] = (),
    case_number: str = "",
    lexicon: Mapping[str, Iterable[str]] | None = None,
) -> ReasonScore:
    """Grade one reason.

    :param recent: reasons that the same person gave lately, one for each *other* case number
    :param lexicon: prohibited vocabulary of the policy, words and phrases by the pack's code
    """
    words = split_words(text)
    if not words:
        return ReasonScore(grade=ReasonGrade.BLANK, score=0.0, findings=("REASON_BLANK",))
    telling = [word for word in words if _tells(word)]
    names_case = bool(case_number.strip()) or any(CASE_NUMBER.fullmatch(word) for word in words)
    # A case number alone says where to look it up, not why.
    is_only_number = bool(telling) and all(CASE_NUMBER.fullmatch(word) for word in telling)
    says_nothing = ("REASON_NUMBER_ONLY",) if is_only_number else () if telling else ("REASON_GENERIC",)
    score = 0.0 if says_nothing else min(len(telling), 4) / 4
    prohibited = find_prohibited(words, lexicon or {})
    grounds = [
        (ReasonGrade.PROHIBITED, prohibited),
        (ReasonGrade.GENERIC, says_nothing),
        (ReasonGrade.COPIED, ("REASON_COPIED",) if _count_same(words, recent) >= MOST_SAME else ()),
        (ReasonGrade.NO_CASE, () if names_case else ("CASE_NUMBER_MISSING",)),
    ]
    findings = tuple(code for _, codes in grounds for code in codes)
    grade = next((grade for grade, codes in grounds if codes), ReasonGrade.SPECIFIC)
    return ReasonScore(grade=grade, score=score, findings=findings)


def split_words(text: str) -> list[str]:
    """The words of a text, lower case, no accents, no punctuation; `211 PC` and `245(a)(2)PC` are one word each."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark) and unicodedata.category(mark) != "Cf")
    plain = SUBDIVISION.sub(r"\1", plain).replace("p.c", "pc")
    words = [word.strip(EDGES) for word in KEPT_MARKS.sub(" ", plain).split()]
    return _join_codes([word for word in words if word])


def find_prohibited(words: Sequence[str], lexicon: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Codes of the vocabularies of which a whole word or phrase stands in the text, or a long one with blanks in it."""
    running = " ".join(words).replace("-", " ")
    return tuple(
        code for code, phrases in lexicon.items() if any(_stands_in(_as_phrase(text), running) for text in phrases)
    )


def _stands_in(phrase: str, running: str) -> bool:
    if not phrase:
        return False
    return f" {phrase} " in f" {running} " or (
        len(phrase) >= SPACED_LETTERS and _with_blanks(phrase).search(running) is not None
    )


@lru_cache(maxsize=1024)
def _with_blanks(phrase: str) -> re.Pattern[str]:
    """The phrase with blanks anywhere in it, from the beginning of a word to the end of one."""
    return re.compile(r"\b" + r"\s*".join(map(re.escape, phrase.replace(" ", ""))) + r"\b")


@lru_cache(maxsize=4096)
def _as_phrase(text: str) -> str:
    return " ".join(split_words(text)).replace("-", " ")


def _join_codes(words: list[str]) -> list[str]:
    """`211 pc` → `211pc`, `pc 487` → `pc487`: officers write both ways."""
    names = CODE_NAMES.split("|")
    joined: list[str] = []
    for word in words:
        before = joined[-1] if joined else ""
        if (word in names and before[:1].isdigit() and not CASE_NUMBER.fullmatch(before)) or (
            before in names and word[:1].isdigit()
        ):
            joined[-1] = before + word
        else:
            joined.append(word)
    return joined


def _tells(word: str) -> bool:
    """Does the word say anything of this case: an offence, a number, a name, a place?"""
    if CASE_NUMBER.fullmatch(word):
        return True
    parts = [part for part in word.split("-") if part]
    return any(_part_tells(part) for part in parts) and not _is_stop_word("".join(parts))


@lru_cache(maxsize=8192)
def _part_tells(part: str) -> bool:
    section = SECTION.fullmatch(part)
    if part in SHORT_OFFENCES or STATUTE.fullmatch(part) or (section is not None and section[1] in STATUTES):
        return True
    # What is left must be a word: bare numbers, single letters and runs without a vowel (initials) say nothing.
    is_word = part.isalpha() and len(part) > 2 and len(set(part)) > 2
    is_pronounced = not part.isascii() or bool(VOWELS & set(part))
    return is_word and is_pronounced and not _is_stop_word(part)


@lru_cache(maxsize=8192)
def _is_stop_word(word: str) -> bool:
    if word in STOP_WORDS:
        return True
    if len(word) < TYPO_LETTERS:
        return False
    most = 2 if len(word) >= TWO_TYPOS_LETTERS else 1
    return any(stop[0] == word[0] and _is_within(word, stop, most) for stop in TYPED_WRONG)


def _is_within(left: str, right: str, most: int) -> bool:
    """Is the edit distance, a swap of neighbours counting once, at most `most`?"""
    if abs(len(left) - len(right)) > most:
        return False
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, mark in enumerate(left, 1):
        older, before, row = before, row, [i] + [0] * len(right)
        for j, other in enumerate(right, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (mark != other))
            if i > 1 and j > 1 and mark == right[j - 2] and left[i - 2] == other:
                row[j] = min(row[j], older[j - 2] + 1)
    return row[-1] <= most


def _count_same(words: Sequence[str], recent: Sequence[str]) -> int:
    own = _fingerprint(words)
    return sum(_fingerprint(split_words(text)) == own for text in recent)


def _fingerprint(words: Sequence[str]) -> tuple[str, ...]:
    """The text without its numbers, so that a pasted reason with the case number changed is still the same."""
    return tuple(word for word in words if not CASE_NUMBER.fullmatch(word))
