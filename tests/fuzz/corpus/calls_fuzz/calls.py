from m import f as g, C
import a.b
g(1, *x, k=2, **y)
a.b.c(z for z in w)
C.make(lambda q: g(q))
try:
    g()
except TypeError:
    pass
with raises(E) as e:
    C()
match v:
    case C(x=1) as t: t()
