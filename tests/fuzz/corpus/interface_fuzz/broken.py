<<<<<<< HEAD
def f(:
    print "x" % (1,
=======
class C
  def g(self)
	x = 'open
>>>>>>> other
exec code in ns
  def late(): return `x`
x = t"{a}" ; y = """
