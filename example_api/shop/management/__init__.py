"""Room for the commands."""
