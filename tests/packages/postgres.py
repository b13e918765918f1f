"""A throw-away PostgreSQL: a cluster in a temporary folder, on a unix socket there, run by a user who is not root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def programs() -> Path | None:
    """Return the folder with `initdb` and `pg_ctl`, from Debian's packages or on PATH; None where there is none."""
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    found = str(newest[-1]) if newest else shutil.which("initdb")
    return Path(found).parent if found else None


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Start a cluster with the programs in `folder`, give the folder of its socket, and stop it at the end."""
    # PostgreSQL refuses to run as root. Debian's package adds this user.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="drf-cors-", ignore_cleanup_errors=True) as home:
        if user is not None:
            os.chown(home, pwd.getpwnam(user).pw_uid, -1)
        data = f"{home}/data"

        def run(*command: str) -> None:
            subprocess.run(command, cwd=home, user=user, check=True, stdout=subprocess.DEVNULL)

        run(f"{folder}/initdb", "--pgdata", data, "--username", "drf_cors", "--auth", "trust", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories='{home}' -c fsync=off"
        pg_ctl = [f"{folder}/pg_ctl", "--pgdata", data, "--wait"]
        run(*pg_ctl, "--log", f"{home}/log", "--options", options, "start")
        try:
            yield home
        finally:
            run(*pg_ctl, "--mode", "immediate", "stop")
