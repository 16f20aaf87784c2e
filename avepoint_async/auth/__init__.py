"""Authentication: the clouds, the credentials, and the tokens that these are exchanged for."""
