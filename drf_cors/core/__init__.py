"""The CORS protocol: policies, their merge and their verdicts. No framework, no I/O."""
