"""As much of numba as is used here: what is compiled keeps its signature."""

from collections.abc import Callable
from typing import Literal, ParamSpec, TypeVar

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

def njit(
    *, cache: bool = ..., nogil: bool = ..., inline: Literal["never", "always"] = ...
) -> Callable[[Callable[_Given, _Result]], Callable[_Given, _Result]]: ...
