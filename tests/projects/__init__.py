"""Small misconfigured projects: one module each. See the README beside it."""
