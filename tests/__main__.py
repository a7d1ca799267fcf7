"""`python -m tests`: put what the tests need on the machine, then run all of them.

Further arguments go to pytest.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium", "fonts-dejavu-core")


def install_browser() -> None:
    """Install Debian's Chromium when there is no browser and we may; say so when we may not."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    install = [*prefix, "apt-get", "install", "-y", "-q", "--no-install-recommends", *PACKAGES]
    try:
        subprocess.run([*prefix, "apt-get", "update", "-q"], check=True)
        subprocess.run(install, check=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"Chromium is missing and could not be installed ({error}).", file=sys.stderr)


if __name__ == "__main__":
    install_browser()
    sys.exit(pytest.main(sys.argv[1:]))
