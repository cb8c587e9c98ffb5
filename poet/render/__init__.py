"""Everything that is drawn: poems, scans, reports, curves. Strings in, strings out."""
