"""docs/how-to.md by the Azure CLI: its blocks are taken from the page and run. Run by `cargo xtask clients`.

The other two ways, and that no block is overlooked, are tested by crates/lanyard/tests/how_to.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import types
import unittest

from azure_cli import DEVICE_PROMPT, Az
from demo import Browser

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, "../../docs/how-to.md")
BASE = "idp.agency.example"
DOMAIN = "agency.example"
BLOCK = re.compile(r"^```(.*)\n((?:.*\n)*?)```$", re.MULTILINE)

os.environ["LANYARD_LOCAL_NAMES"] = f".{BASE}"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def is_like(wanted, printed):
    """`…` stands for anything; blanks count as one."""
    pieces = [re.escape(piece.strip()) for piece in " ".join(wanted.split()).split("…")]
    return re.fullmatch(".*".join(pieces), " ".join(printed.split())) is not None


class Reader:
    """Somebody who does what the page says, by `az`."""

    def __init__(self, folder):
        self.folder, self.port, self.management = folder, free_port(), free_port()
        self.origin = f"https://login.{BASE}:{self.port}"
        self.server = self.printed = None
        self.ran = 0
        self.password = ""
        root = os.path.join(folder, "tls/root.pem")
        self.site = types.SimpleNamespace(login_url=self.origin, tls_root=root)
        programs = [os.path.dirname(os.environ[name]) for name in ("LANYARD_BIN", "LANYARD_AZ")]
        self.variables = {
            **Az(os.path.join(folder, "az"), root).environment,
            "PATH": os.pathsep.join([*programs, os.environ["PATH"]]),
        }

    def read(self, words, body):
        text = body.replace("lanyard init ", f"lanyard init --yes --listen 127.0.0.1:{self.port} "
                            f"--management-listen 127.0.0.1:{self.management} ")
        for host in ("login", "graph"):
            text = re.sub(rf"https://{host}\.{BASE}(?!:)", f"https://{host}.{BASE}:{self.port}", text)
        if words == ["text"]:
            self.check(text)
            return
        self.printed = None
        if words[0] == "person":
            self.sign_in(words[1])
        elif words[0] == "json":
            with open(os.path.join(self.folder, words[1]), "w", encoding="utf-8") as file:
                file.write(re.sub(r"\$([A-Z_]+)", lambda found: self.variables[found.group(1)], text))
        elif words == ["sh", "serve"]:
            self.serve(text)
        elif words[0] == "sh" and not {"admin", "graph"} & set(words):
            self.run(text, "fails" in words)

    def check(self, expected):
        if self.printed is None:
            return
        lines = iter(self.printed.splitlines())
        for wanted in expected.splitlines():
            if wanted.strip() not in ("", "…"):
                assert any(is_like(wanted, line) for line in lines), f"expected {wanted!r} in\n{self.printed}"

    def run(self, commands, fails):
        script = f"set -eua -o pipefail\n{commands}\nenv -0 > .variables\n"
        with subprocess.Popen(["bash", "-c", script], cwd=self.folder, env=self.variables, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            printed = []
            for line in process.stdout:
                printed.append(line)
                prompt = DEVICE_PROMPT.search(line)
                if prompt:
                    self.approve(prompt.group(1), prompt.group(2).rstrip("."))
        self.printed = "".join(printed)
        assert (process.returncode != 0) == fails, f"{commands}\n{self.printed}"
        found = re.search(r"password: +(\S+)", self.printed)
        self.password = found.group(1) if found else self.password
        if not fails:
            with open(os.path.join(self.folder, ".variables"), encoding="utf-8") as file:
                self.variables = dict(pair.split("=", 1) for pair in file.read().split("\0") if pair)
        self.ran += 1

    def serve(self, command):
        self.server = subprocess.Popen(command.split(), cwd=self.folder, env=self.variables, stderr=subprocess.DEVNULL)
        for _ in range(600):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            time.sleep(0.05)

    def browser(self, name, certificate, key):
        person = {"user_principal_name": f"{name}@{DOMAIN}", "certificate_pem": certificate, "key_pem": key}
        return Browser(self.site, person)

    def approve(self, address, code):
        """The first administrator at a browser, with the certificate that `init` made."""
        both = os.path.join(self.folder, "first.pem")
        subprocess.run(["openssl", "pkcs12", "-in", "data/first-administrator.pfx", "-passin", f"pass:{self.password}",
                        "-nodes", "-out", both], cwd=self.folder, check=True, capture_output=True)
        self.browser("admin", both, both).sign_in(address, None, device_code=code)

    def sign_in(self, name):
        address = (f"{self.origin}/{DOMAIN}/oauth2/v2.0/authorize?client_id={self.variables['CLIENT']}"
                   "&response_type=code&redirect_uri=http://localhost&scope=openid")
        files = [os.path.join(self.folder, f"{name}.{kind}") for kind in ("pem", "key")]
        answer = self.browser(name, *files).sign_in(address, "http://localhost")
        assert "code" in answer, json.dumps(answer)


class HowTo(unittest.TestCase):
    def test_the_page_by_az(self):
        folder = tempfile.mkdtemp(prefix="lanyard-how-to-")
        reader = Reader(folder)
        with open(PAGE, encoding="utf-8") as file:
            blocks = BLOCK.findall(file.read())
        try:
            for words, body in blocks:
                reader.read(words.split(), body)
        finally:
            if reader.server:
                reader.server.kill()
                reader.server.wait()
            shutil.rmtree(folder, ignore_errors=True)
        meant = [words for words, _ in blocks if words.startswith("sh")
                 and not {"admin", "graph", "serve"} & set(words.split())]
        self.assertEqual(reader.ran, len(meant))


if __name__ == "__main__":
    unittest.main()
