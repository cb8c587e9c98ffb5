"""Prosody by language: forms, scanning, and constraints for writing."""
