"""One request, until it succeeds or is hopeless."""
