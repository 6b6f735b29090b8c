"""The garbage collector rests while modules are imported, and no longer."""

import gc

from rfsolve.cli import collector


def test_pause_and_resume() -> None:
    before = gc.get_freeze_count()
    try:
        collector.pause()
        assert not gc.isenabled()
        collector.resume()
        assert gc.isenabled()
        assert gc.get_freeze_count() > before
    finally:
        gc.enable()
        gc.unfreeze()


def test_resume_alone_does_nothing() -> None:
    before = gc.get_freeze_count()
    collector.resume()
    assert gc.get_freeze_count() == before
