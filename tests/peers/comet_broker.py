"""Runs Comet 3.1.0 in the foreground, on loopback only.

    comet_broker.py [options of `twistd comet`]

The service, its options and its protocols are Comet's own, started by twistd. Four things differ from
`twistd -n comet`: listeners bind 127.0.0.1, for which Comet has no option; a port of 0 asks the system for a
free one; plugins in `plugins/` beside this file can be asked for as Comet's own are; and when every port is open,
one line tells the ports, `-` for a side that is off:

    comet_broker: ready receive=40001 broadcast=40002

The log goes to standard output. No pid file and no log file is written.
"""

import pathlib
import sys

import comet.plugins
import tether

# Before Comet's options are made, which have one for every plugin that is found.
comet.plugins.__path__.append(str(pathlib.Path(__file__).with_name("plugins")))

from comet.service import broker
from twisted.application.internet import TCPServer
from twisted.internet import reactor
from twisted.scripts import twistd

LOOPBACK = "127.0.0.1"

listeners = []


class LoopbackServer(TCPServer):
    """The listener that Comet asks for, but out of the reach of other machines."""

    def __init__(self, port, factory):
        super().__init__(port, factory, interface=LOOPBACK)
        listeners.append(self)

    def bound_port(self):
        """The port in use, which the system chose if 0 was asked for."""
        return self._port.getHost().port


def announce():
    """Tells the ports. It runs inside the reactor, after twistd has opened them."""
    ports = {listener.name: listener.bound_port() for listener in listeners}
    receive, broadcast = ports.get("Receiver", "-"), ports.get("Broadcaster", "-")
    # By now `sys.stdout` belongs to Twisted's log.
    print(f"comet_broker: ready receive={receive} broadcast={broadcast}", file=sys.__stdout__, flush=True)


def main():
    """Hands over to twistd, which returns when Comet has stopped."""
    tether.tie()
    broker.TCPServer = LoopbackServer
    reactor.callWhenRunning(announce)
    sys.argv = ["twistd", "--nodaemon", "--pidfile=", "--logfile=-", "comet"] + sys.argv[1:]
    twistd.run()


if __name__ == "__main__":
    main()
