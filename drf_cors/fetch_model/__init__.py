"""The browser's half of the Fetch Standard's CORS protocol; no input or output, no test framework."""
