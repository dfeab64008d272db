#!/usr/bin/env python3
"""sbom.py BUILD PROGRAM: the software bill of materials of the program, CycloneDX 1.6 as JSON, on stdout.

What a program is made of is asked of its build: the Debian packages that own an archive of the link or a header that
was compiled (of install/cross.sh: the source packages that it compiles, and zig, which brings the C and C++ library), and
npm's packages that cmake/Grammar.cmake names. So no list has to be kept.
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[1]
NOT_LINKED = {"linux-libc-dev"}  # the kernel's declarations
NOT_SHIPPED = {"googletest", "zlib"}  # of the tests
IMPLICIT = ["libstdc++.a", "libgcc.a", "libgcc_eh.a", "libc.a", "libm.a"]


def output(*argv):
    return subprocess.run([str(word) for word in argv], check=True, capture_output=True, text=True).stdout


def version():
    return re.search(r"^project\(git-stream VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(), re.M)[1]


def linked_files(build):
    """Archives of the link that are not of this build, and those that the compiler adds by itself."""
    link = output("ninja", "-C", build, "-t", "commands", "-s", "bin/git-stream").splitlines()[-1]
    archives = [word for word in link.split() if word.startswith("/") and word.endswith(".a")]
    return archives + [output("g++", f"-print-file-name={name}").strip() for name in IMPLICIT]


def sources(build):
    """All targets of which the program is made."""
    return set(output("ninja", "-C", build, "-t", "inputs", "bin/git-stream").split())


def included_files(build):
    """Headers outside this project that a source of the program includes."""
    wanted, headers, taken = sources(build), set(), False
    for line in output("ninja", "-C", build, "-t", "deps").splitlines():
        if not line.startswith(" "):
            taken = line.partition(":")[0] in wanted
        elif taken and line.strip().startswith("/usr/"):
            headers.add(line.strip())
    return headers


def owners(files):
    """The Debian packages that own the files."""
    names = sorted({os.path.realpath(file) for file in files} | set(files))
    found = subprocess.run(["dpkg", "-S", *names], check=False, capture_output=True, text=True).stdout
    return {name.partition(":")[0] for line in found.splitlines() for name in line.rsplit(": ", 1)[0].split(", ")}


def debian_component(package):
    format_ = "${Version}\t${Architecture}\t${source:Package}\t${Homepage}"
    number, architecture, source, homepage = output("dpkg-query", "-W", "-f", format_, package).split("\t")
    purl = f"pkg:deb/debian/{package.replace('+', '%2B')}@{number.replace('+', '%2B').replace(':', '%3A')}?arch={architecture}"
    component = {"type": "library", "bom-ref": purl, "name": source, "version": number, "purl": purl,
                 "description": f"Debian's package {package}"}
    if homepage:
        component["externalReferences"] = [{"type": "website", "url": homepage}]
    return component


def cross_components(cache):
    """Of a build of install/cross.sh: `unpacked` has a line "NAME=VERSION SHA256" for each source package."""
    for line in (pathlib.Path(cache["GITSTREAM_SOURCES"]) / "unpacked").read_text().splitlines():
        name, _, number = line.partition(" ")[0].partition("=")
        if name and name not in NOT_SHIPPED:
            purl = f"pkg:deb/debian/{name}@{number.replace('+', '%2B').replace(':', '%3A')}?arch=source"
            yield {"type": "library", "bom-ref": purl, "name": name, "version": number, "purl": purl,
                   "description": f"Debian's source package {name}"}
    number = output(cache["GITSTREAM_ZIG"], "version").strip()
    purl = f"pkg:pypi/ziglang@{number}"
    yield {"type": "library", "bom-ref": purl, "name": "ziglang", "version": number, "purl": purl,
           "description": "libc++, musl and compiler-rt of PyPI's ziglang"}


def debian_components(build):
    packages = owners([*linked_files(build), *included_files(build)]) - NOT_LINKED
    return map(debian_component, sorted(packages))


def npm_components():
    text = (ROOT / "cmake" / "Grammar.cmake").read_text()
    digests = dict(re.findall(r'^set\((GS_\w+)_SHA512 "([0-9a-f]+)"\)', text, re.M))
    for variable, name, number in re.findall(r'^set\((GS_\w+) "(tree-sitter[a-z-]*)-([0-9.]+)"\)', text, re.M):
        purl = f"pkg:npm/{name}@{number}"
        yield {"type": "library", "bom-ref": purl, "name": name, "version": number, "purl": purl,
               "hashes": [{"alg": "SHA-512", "content": digests[variable]}],
               "licenses": [{"license": {"id": "MIT"}}]}


def bill(build, program):
    cache = dict(re.findall(r"^(GITSTREAM_\w+):\w+=(.+)$", (build / "CMakeCache.txt").read_text(), re.M))
    libraries = cross_components(cache) if "GITSTREAM_SOURCES" in cache else debian_components(build)
    components = [*libraries, *npm_components()]
    digest = hashlib.sha256(program.read_bytes()).hexdigest()
    purl = f"pkg:generic/git-stream@{version()}"
    when = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, purl + '#' + digest)}", "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when)),
            "component": {"type": "application", "bom-ref": purl, "name": "git-stream", "version": version(),
                          "purl": purl, "licenses": [{"license": {"id": "Apache-2.0"}}],
                          "hashes": [{"alg": "SHA-256", "content": digest}]}},
        "components": components,
        "dependencies": [{"ref": purl, "dependsOn": [component["bom-ref"] for component in components]}],
    }


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.partition(":")[0])
    print(json.dumps(bill(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])), indent=2))
