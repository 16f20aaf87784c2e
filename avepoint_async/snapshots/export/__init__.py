"""A sealed run for others to read: one file a format, each whole or not at all."""
