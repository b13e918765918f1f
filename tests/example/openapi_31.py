"""For `manage.py spectacular --custom-settings`: the newer OpenAPI version."""

SETTINGS = {"OAS_VERSION": "3.1.0"}
