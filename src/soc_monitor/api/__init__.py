"""API: what readers ask and what they are answered; touches no array."""
