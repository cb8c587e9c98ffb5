"""Inside the network: its gates, the units that mean something, how far back it learns."""
