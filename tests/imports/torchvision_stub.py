"""A torchvision that holds nothing but names, for timm, which imports it for data pipelines that no test here runs."""

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any, ClassVar


class _Member(type):
    """A class whose every attribute is its own name, as an enum's."""

    def __getattr__(cls, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        return name


class _Named(ModuleType):
    """A module in which every name is an empty class."""

    __path__: ClassVar[list[str]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = _Member(name, (), {"__module__": self.__name__})
        setattr(self, name, made)
        return made


class _Stub(MetaPathFinder, Loader):
    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        del path, target
        if fullname.partition(".")[0] != "torchvision":
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Named(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__version__ = "0.0"


def install() -> None:
    """Put the stub where torchvision would be, unless it is there."""
    if "torchvision" not in sys.modules and find_spec("torchvision") is None:
        sys.meta_path.append(_Stub())
