"""A directory that comes into being whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cardtrail.node.store import StoreError


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """A place to build a directory, which gets its name when it is done and on the disk. Whatever goes wrong, the name
    stays free; what an interruption leaves has the suffix `.partial`.

    The target must not exist, or be an empty directory. Raises `StoreError` otherwise, or if the disk refuses.
    """
    try:
        if target.is_symlink() or (target.exists() and not (target.is_dir() and not any(target.iterdir()))):
            raise StoreError(f"there is something at {target} already; name a directory that does not exist")
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f"{target.name}-", suffix=".partial", dir=target.parent))
    except OSError as error:
        raise StoreError(f"{target.parent} cannot be written: {error}") from error
    try:
        yield draft
        for folder in (draft / "keys", draft):
            if folder.exists():
                _sync(folder)
        draft.rename(target)
        _sync(target.parent)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
