"""How any reply is read: JSON, envelope, strict types, spellings. No endpoint is named here."""
