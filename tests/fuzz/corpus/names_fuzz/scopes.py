from __future__ import annotations as a
import b.c, d as e
from f import *


@g.h(i)
class C(J, metaclass=K):
    l: "M[N, 'o']" = lambda p, q=r, *s, **t: (p, u)
    __v = [w for w in l if (x := w) for y in z]

    def __init__(self, /, aa: bb = cc, *dd: ee, ff, **gg) -> hh:
        global ii
        ii = __class__
        self.jj = self.kk = f"{ll!r:{mm}} {nn:=1}"

        def oo():
            nonlocal aa
            del aa
            return __v
