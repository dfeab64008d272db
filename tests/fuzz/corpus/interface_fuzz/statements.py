# coding: utf-8
from __future__ import annotations
import a.b, c as d
from .p import *
from q import (x as y, z,)
__all__ = ["one", 'two'] + ["three"]
__all__ += ("four",)
__all__.append("five")
type Alias[T] = list[T]
if (w := 1):
    one = two, *three = 1, 2, 3
elif x:
    for i, (j, k) in ():
        del i
    else:
        async def go(a, /, b: int = 1, *args: str, c, d=2, **kw) -> "None": pass
try:
    with open(f"{y!r:>{w}}") as (f, g), h as m.n: pass
except* (A, B) as e:
    global_name = lambda q=(s := 2): (t := 3)
finally:
    x: int
match y:
    case [1, *rest] | {"k": v, **more} if v: pass
    case Point(x=0, y=p) as whole: del whole
    case _: pass
@decorated(1)
class C(Base, metaclass=M):
    x: int = 1
    @property
    def p(self): return 1
    @p.setter
    def p(self, value):
        global late
        late = value; __all__.append("late")
    class Inner: pass
def __getattr__(name): return globals()[name]
