"""The figures: each script here measures one thing and says what it measured."""
