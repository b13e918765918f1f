"""The models that django-tenants wants of a project."""
