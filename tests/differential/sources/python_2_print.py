# Statements of Python 2 that Python 3 takes for expressions.
from sys import stderr


def tell(text):
    print >>stderr, text
    print >> stderr


class Log:
    def write(self, text, print=print):
        print >>self, "one", text


def shown(lines):
    global print
    print = [].append
    return [lambda line=line: (print >> line) for line in lines]
