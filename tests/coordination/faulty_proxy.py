"""A TCP proxy that by chance cuts, loses, delays and brings late what passes through it. For protocols in which client and server speak
in turn: git's, and HTTP. What it does is counted."""
import collections
import contextlib
import random
import selectors
import socket
import struct
import threading
import time

# What happens in a turn of the client, who has said something and waits for the answer.
FAULTS = ("refused", "request cut", "request late", "answer lost", "answer cut", "delayed", "silent")
TURNS = 4  # one of the first turns of a connection
LONGEST = 6  # seconds that a connection stands still


class FaultyProxy:
    """Before `target`, a host and a port; a share of `faults` of the connections has one. Seeded; threads make it differ all the same."""

    def __init__(self, target, address, seed, faults):
        self.target, self.chance, self.share = target, random.Random(seed), faults
        self.counts = collections.Counter()
        self.server = socket.create_server((address, 0), backlog=100)
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.server.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.server.accept()
                fault = self.chance.choice(FAULTS) if self.chance.random() < self.share else ""
                threading.Thread(target=self.serve, args=(client, fault, self.chance.randrange(TURNS)), daemon=True).start()

    def serve(self, client, fault, turn):
        with client, contextlib.suppress(OSError):
            if fault == "refused":
                self.counts[fault] += 1
                abort(client)
                return
            with socket.create_connection(self.target, timeout=LONGEST) as server:
                Connection(self, client, server, fault, turn).run()


class Connection:
    def __init__(self, proxy, client, server, fault, turn):
        self.proxy, self.client, self.server, self.fault, self.turn = proxy, client, server, fault, turn
        self.turns, self.clients_turn = -1, False  # the turn that is going on; the client was the last to speak

    def run(self):
        with selectors.DefaultSelector() as selector:
            for side in (self.client, self.server):
                selector.register(side, selectors.EVENT_READ)
            while selector.get_map():
                ready = selector.select(timeout=60)
                if not ready:
                    return
                for key, _ in ready:
                    side = key.fileobj
                    data = side.recv(1 << 16)
                    other = self.server if side is self.client else self.client
                    if not data:
                        selector.unregister(side)
                        other.shutdown(socket.SHUT_WR)
                    elif not (self.said(data) if side is self.client else self.answered(data)):
                        return

    def said(self, data):
        """Hands on what the client says; whether the connection goes on."""
        self.turns += not self.clients_turn
        self.clients_turn = True
        return self.breaks(data) if self.turns == self.turn and self.fault in REQUESTS else self.hand_on(data)

    def hand_on(self, data):
        self.server.sendall(data)
        return True

    def breaks(self, data):
        self.count()
        return REQUESTS[self.fault](self, data)

    def count(self):
        self.proxy.counts[self.fault] += 1

    def cut(self, data):
        self.server.sendall(data[:len(data) // 2])
        abort(self.server)
        abort(self.client)
        return False

    def late(self, data):
        """The client has gone by then; the server does what it was asked for."""
        abort(self.client)
        time.sleep(0.2)
        self.server.sendall(data)
        self.wait(self.server)
        return False

    def delay(self, data):
        time.sleep(0.3)
        self.fault = ""
        return self.hand_on(data)

    def keep_silent(self, _):
        self.wait(self.client)
        return False

    @staticmethod
    def wait(side):
        """Until it has gone, at the longest a while."""
        side.settimeout(LONGEST)
        with contextlib.suppress(OSError):
            while side.recv(1 << 16):
                pass

    def answered(self, data):
        self.clients_turn = False
        if self.turns != self.turn or self.fault not in ("answer lost", "answer cut"):
            self.client.sendall(data)
            return True
        self.count()
        if self.fault == "answer cut":
            self.client.sendall(data[:len(data) // 2])
        abort(self.client)
        self.server.shutdown(socket.SHUT_WR)
        self.wait(self.server)
        return False


REQUESTS = {"request cut": Connection.cut, "request late": Connection.late, "delayed": Connection.delay, "silent": Connection.keep_silent}


def abort(side):
    """Whoever is at its other end is told that the connection is reset."""
    side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    side.close()
