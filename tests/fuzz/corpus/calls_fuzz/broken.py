def (
f(ÿ
class A(metaclass=B): x: int = f()
