"""Inside the network: gates, units that can be named, how far back the gradient reaches."""
