"""The browser's half of the Fetch Standard: messages, algorithm, preflight cache, profiles."""
