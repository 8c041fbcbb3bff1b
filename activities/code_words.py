"""One-time codes in what people send: where they stand, and how they are kept out of what is kept (law 13).

A code is six digits. It is found wherever it stands in a message, in a wrong field and in a refused message too: it is
in the history by then, so it must count nowhere any more. In the history it stands once, where its sender put it;
everything else holds its digest, and the record not even that.
"""

from __future__ import annotations

import json
import re
import unicodedata

from activities.models.codes import digest

MOST_CODES = 8  # of one message; a message of people has one or two
_CODE = re.compile(r"(?<![0-9])[0-9]{3}[ -]?[0-9]{3}(?![0-9])")
HIDDEN = "······"


def hide(text: str) -> str:
    """A text of a message with all that looks like a code blackened."""
    return _CODE.sub(HIDDEN, unicodedata.normalize("NFKC", text)) if _holds_code(text) else text


def looks_like_code(text: str) -> bool:
    """Whether a word is a code and nothing else."""
    return bool(_CODE.fullmatch(unicodedata.normalize("NFKC", text).strip()))


def digests_in(data: bytes) -> list[str]:
    """The digests of all codes in a message, whatever is wrong with it; the first few of many."""
    try:
        text = json.dumps(json.loads(data), ensure_ascii=False)  # escapes are undone
    except (ValueError, RecursionError):
        text = data.decode(errors="replace")
    return _digests(text)[:MOST_CODES]


def why_not_code(given: str) -> str | None:
    """Why what stands in the field `code` is no code, or None. It is not repeated."""
    if 1 <= len(_digests(given)) <= 2 and not _CODE.sub("", unicodedata.normalize("NFKC", given)).strip(
        " ,+"
    ):
        return None
    return "the code is not the six digits that your authenticator shows"


def codes_of(given: str) -> list[str]:
    """The digests of one code, or of two that follow each other."""
    return _digests(given)[:2]


def codes_shown(text: str) -> list[str]:
    """The six digits of each code in a text, for whoever blackens them elsewhere; they are kept nowhere."""
    found = _CODE.findall(unicodedata.normalize("NFKC", text))
    return [re.sub("[ -]", "", one) for one in dict.fromkeys(found)]


def _digests(text: str) -> list[str]:
    return [digest(one) for one in codes_shown(text)]


def _holds_code(text: str) -> bool:
    return bool(_CODE.search(unicodedata.normalize("NFKC", text)))
