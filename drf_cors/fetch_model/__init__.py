"""The browser's half of the Fetch Standard: messages, the fetch algorithm, the preflight cache and engine profiles."""
