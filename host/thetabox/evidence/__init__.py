"""What a session leaves, and the judgement on it."""
