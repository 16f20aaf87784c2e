"""Who are we: the clouds, the credentials, and the tokens they are traded for."""
