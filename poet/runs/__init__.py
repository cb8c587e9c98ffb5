"""Run folders, without torch: configuration, log, summary."""
