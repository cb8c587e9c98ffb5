"""Scanning a text under a form that is named, or under the one that it seems to have."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from poet.prosody.base import ScanResult
from poet.prosody.chinese.forms import form_of
from poet.prosody.chinese.prosody import ChineseProsody
from poet.prosody.chinese.rhyme_books import PINGSHUI, RhymeBook
from poet.prosody.chinese.scan import scan
from poet.prosody.find import find_form, prosody_of, prosody_of_text


def scan_text(
    text: str, form: str = "free", book: RhymeBook = PINGSHUI, title: str = ""
) -> ScanResult | None:
    """The scan of a poem; None where there is no verse in it, or it is in no language with rules.

    `form` is a name as `find_form` takes it; 五排16 has sixteen lines, 五排 any number. The rhyme
    book is for Chinese. Raises `UsageError` for an unknown form.

    >>> scan_text("春水連天碧，明月照大江。", "五絕").summary()
    '2 of 4 lines; 五絕 needs 4.'
    """
    asked = find_form(form)
    prosody = prosody_of(asked) if asked else prosody_of_text(text)
    result: ScanResult | None
    if isinstance(prosody, ChineseProsody):
        result = _chinese(text, asked, form, book, title)
    else:
        result = prosody.scan(text, asked) if prosody else None
    return result if result and result.lines else None


def _chinese(text: str, form: Any, name: str, book: RhymeBook, title: str) -> ScanResult:
    form = form and dataclasses.replace(form, book=book)
    result = scan(text, form, title, book)
    shape = form_of(tuple(map(len, result.lines)))
    if form and shape and shape.name == form.name and not re.search(r"\d\s*$", name):
        return scan(text, dataclasses.replace(shape, book=book))
    return result
