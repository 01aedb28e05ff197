"""Pictures of barcodes for the tests of this folder."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def scenes() -> ModuleType:
    """The module scenes.py beside this file."""
    name = "kiosk_scanning_scenes"
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("scenes.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
