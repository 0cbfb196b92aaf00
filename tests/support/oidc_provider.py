"""A provider of OpenID Connect as a process on loopback, and people who sign in at it.

Run as a script it serves at a free port, which it prints.
"""

import json
import subprocess
import sys
import warnings
from urllib.parse import urlsplit

import requests


class OidcProvider:
    """The running provider."""

    def __init__(self):
        """Start it, and wait for its port."""
        self.process = subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def stop(self):
        """End the process."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def know(self, sub, **claims):
        """Let the provider say `claims` of the person `sub`."""
        requests.put(f"{self.url}/users/{sub}", json=claims, timeout=30).raise_for_status()

    def agree(self, authorize_url, sub):
        """Sign in as `sub` at the address that the site leads to; return the path back to the site, with the code."""
        answer = requests.post(authorize_url, data={"sub": sub}, allow_redirects=False, timeout=30)
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"


def serve():
    """Serve until the process is ended."""
    warnings.simplefilter("ignore")
    from oidc_provider_mock import app
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, app(), threaded=True)
    print(json.dumps(server.server_port), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    import os

    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    serve()
