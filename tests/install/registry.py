"""registry.py FOLDER COMMAND...: runs the command while npm packages of the folder are served as a registry on
this machine, whose address is in $npm_config_registry. What npm resolves and fetches is as it will be from the real one."""

import base64
import hashlib
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import threading
import urllib.parse


def manifest(file):
    with tarfile.open(file) as archive:
        return json.load(archive.extractfile("package/package.json"))


def document(file, address):
    """What a registry says of a package that it has one version of."""
    package = manifest(file)
    digest = base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()
    package["dist"] = {"tarball": f"{address}/{file.name}", "integrity": f"sha512-{digest}"}
    version = package["version"]
    return {"name": package["name"], "dist-tags": {"latest": version}, "versions": {version: package}}


class Handler(http.server.BaseHTTPRequestHandler):
    files = []

    def do_GET(self):  # pylint: disable=invalid-name
        name = urllib.parse.unquote(self.path).lstrip("/")
        address = f"http://{self.headers['Host']}"
        found = [file for file in self.files if name in (file.name, manifest(file)["name"])]
        self.send_response(200 if found else 404)
        self.end_headers()
        if found:
            whole = name == found[0].name
            self.wfile.write(found[0].read_bytes() if whole else json.dumps(document(found[0], address)).encode())

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    Handler.files = sorted(pathlib.Path(sys.argv[1]).glob("*.tgz"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["npm_config_registry"] = f"http://127.0.0.1:{server.server_port}/"
    sys.exit(subprocess.run(sys.argv[2:], check=False).returncode)
