"""Runs one of Duo's published examples as it is, with every client that it makes led to the simulator.

    python example.py CA_FILE PROXY_PORT SCRIPT ARGUMENT...

The examples know Duo's real host names and trust Duo's authorities; here they trust the simulator's, and its CONNECT
proxy takes those names to it.
"""

import runpy
import sys

from duo_client import client

authority, port, script, *arguments = sys.argv[1:]
initialise = client.Client.__init__


def led(self, *args, **kwargs):
    initialise(self, *args, **kwargs)
    self.ca_certs = authority
    self.set_proxy("127.0.0.1", int(port))


client.Client.__init__ = led
sys.argv = [script, *arguments]
runpy.run_path(script, run_name="__main__")
