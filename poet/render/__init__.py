"""Rendering of poems, scans, reports and curves as text, pages and pictures."""
