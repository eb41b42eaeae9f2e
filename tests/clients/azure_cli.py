"""The Azure CLI as a program of its own, with a folder of its own for each who signs in."""

import json
import os
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
DEVICE_PROMPT = re.compile(r"open the page (\S+) and enter the code (\S+) to authenticate")


class Failed(Exception):
    """`az` ended with an error; the text is what it said."""


class Az:
    """`az` for one person or program."""

    def __init__(self, folder, tls_root):
        self.environment = {
            **os.environ,
            "AZURE_CONFIG_DIR": folder,
            "REQUESTS_CA_BUNDLE": tls_root,
            "AZURE_CORE_COLLECT_TELEMETRY": "no",
            "AZURE_CORE_INSTANCE_DISCOVERY": "false",
            "AZURE_CORE_SURVEY_MESSAGE": "no",
            "AZURE_CORE_LOGIN_EXPERIENCE_V2": "off",
            "PYTHONPATH": os.path.join(HERE, "localhost"),
        }

    @staticmethod
    def _command(arguments):
        return [os.environ["LANYARD_AZ"], *arguments]

    def text(self, *arguments):
        """Runs `az` to its end; the answer is what it printed."""
        done = subprocess.run(
            self._command(arguments), env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode != 0:
            raise Failed(f"az {' '.join(arguments)}\n{done.stderr}")
        return done.stdout

    def __call__(self, *arguments):
        """The same; the answer is the JSON it printed, or nothing."""
        text = self.text(*arguments, "--output", "json")
        return json.loads(text) if text.strip() else None

    def register(self, login, graph):
        """Makes the cloud of a server of our own the one that is used."""
        self.text(
            "cloud", "register", "--name", "Lanyard", "--endpoint-active-directory", login,
            "--endpoint-resource-manager", graph, "--endpoint-active-directory-resource-id", f"{graph}/",
            "--endpoint-microsoft-graph-resource-id", f"{graph}/",
            "--endpoint-active-directory-graph-resource-id", f"{graph}/",
        )
        self.text("cloud", "set", "--name", "Lanyard")

    def login_by_device_code(self, tenant, approve):
        """`az login --use-device-code`; `approve` gets the address and the code and signs in at a browser."""
        arguments = ["login", "--use-device-code", "--tenant", tenant, "--allow-no-subscriptions", "--output", "json"]
        with subprocess.Popen(
            self._command(arguments), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            said = []
            for line in process.stderr:
                said.append(line)
                prompt = DEVICE_PROMPT.search(line)
                if prompt:
                    approve(prompt.group(1), prompt.group(2).rstrip("."))
                    break
            output, rest = process.communicate(timeout=120)
        if process.returncode != 0:
            raise Failed("".join(said) + rest)
        return json.loads(output)
