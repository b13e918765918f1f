"""`manage.py cors`: the command, and the list, the lock file and the report that it writes."""
