"""Scanned poems of any language as text."""

from __future__ import annotations

from collections.abc import Sequence

from poet.prosody.base import ScanResult
from poet.prosody.chinese.scan import Scan
from poet.prosody.english.scan import EnglishScan
from poet.render.annotated import format_glossary, format_scan
from poet.render.scansion import LEGEND, format_scansion
from poet.sanitize import sanitize


def format_scanned(scan: ScanResult, strict: bool = False) -> str:
    """A scanned poem: its lines, the sentences about it, its verdict; no final line end."""
    if isinstance(scan, Scan):
        return format_scan(scan, strict)
    if isinstance(scan, EnglishScan):
        return format_scansion(scan, strict)
    lines = map(sanitize, scan.lines)
    return "\n".join([*lines, *scan.sentences(strict), scan.summary(strict)])


def format_legend(scans: Sequence[ScanResult], texts: Sequence[str]) -> str:
    """What the signs and terms in scanned poems mean; empty where none needs it."""
    parts = [format_glossary(texts)]
    if any(isinstance(scan, EnglishScan) for scan in scans):
        parts.append(LEGEND)
    return "\n".join(filter(None, parts))
