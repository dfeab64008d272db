try:
    a
except NameError as b:
    b
try: pass
except* (C, D) as e:
    pass
match f:
    case [g, *h] | {"i": j, **k} if l: m
    case N(o, p=q) as r: s.t
    case u.v: _
with w as (x, y), z: x += y
def aa[T: bb, *Ts, **P](cc: T = dd) -> P: ...
type ee[U] = ff[U]
type(gg).hh = ii
for jj, kk in ll: mm: nn
if TYPE_CHECKING: import oo
pp = {'a': 1, 'b': 2, 'a': 3}; qq(rr=1, rr=2)
def ss(): pass
def ss(): return 1
del ss
print >>tt, uu
