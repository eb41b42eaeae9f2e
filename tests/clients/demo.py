"""The running demo: what demo.json says, and a browser that signs in with a certificate at its pages.

The browser knows nothing of the product but its HTML: it fills in the forms that it is shown, as a person would,
and shows its certificate where it is asked for one.
"""

import json
import os
import re
import sys
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "localhost"))
import localhost_names  # noqa: E402,F401

# Each of these beats what a client library is told in code.
for _variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
    os.environ.pop(_variable, None)


class Demo:
    """demo.json, with the files it names."""

    def __init__(self, path=None):
        with open(path or os.environ["LANYARD_DEMO"], encoding="utf-8") as file:
            self.facts = json.load(file)
        self.login_url = self.facts["login_url"]
        self.tenant = self.facts["tenant_id"]
        self.authority = f"{self.login_url}/{self.tenant}"
        self.tls_root = self.facts["tls_root_pem"]

    def application(self, name):
        return self.facts["applications"][name]

    def user(self, name):
        return next(user for user in self.facts["users"] if user["name"] == name)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Refused(Exception):
    """A page said no. `code` is the number after AADSTS."""

    def __init__(self, text):
        super().__init__(text)
        found = re.search(r"AADSTS(\d+)", text)
        self.code = int(found.group(1)) if found else None


class _Forms(HTMLParser):
    """All forms of a page: action, fields with their values, and the buttons."""

    def __init__(self):
        super().__init__()
        self.forms, self.text, self._skip = [], [], False

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append({"action": attributes.get("action", ""), "fields": {}, "asked": [], "buttons": []})
        elif tag == "input" and self.forms and attributes.get("name"):
            form, kind = self.forms[-1], attributes.get("type", "text")
            if kind in ("text", "email"):
                form["asked"].append(attributes["name"])
            if kind != "checkbox":
                form["fields"][attributes["name"]] = attributes.get("value", "")
        elif tag == "button" and self.forms and attributes.get("name"):
            self.forms[-1]["buttons"].append((attributes["name"], attributes.get("value", "")))
        elif tag in ("script", "style"):
            self._skip = True

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self._skip = False

    def handle_data(self, data):
        if not self._skip and data.strip():
            self.text.append(data.strip())


class Browser:
    """One person at one browser with one certificate."""

    # What a careful person presses.
    ANSWERS = {"stay": "no", "consent": "accept", "decision": "accept", "answer": "continue"}

    def __init__(self, demo, user):
        self.demo, self.user = demo, user
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = demo.tls_root
        self.pages = []

    def sign_in(self, url, redirect_uri, device_code=None):
        """Opens `url` and goes on until the browser is sent to `redirect_uri`; the answer are the parameters."""
        response = self._send("GET", url)
        for _ in range(12):
            if response.is_redirect:
                target = urljoin(response.url, response.headers["location"])
                if redirect_uri and self._is(target, redirect_uri):
                    parts = urlsplit(target)
                    return {name: values[0] for name, values in parse_qs(parts.query or parts.fragment).items()}
                response = self._send("GET", target)
                continue
            page = _Forms()
            page.feed(response.text)
            text = " ".join(page.text)
            self.pages.append(text)
            code = re.search(r"AADSTS\d+", text)
            if code or response.status_code >= 400:
                raise Refused(f"HTTP {response.status_code}: {text[:600]}")
            if not page.forms:
                return {"page": text}
            form = page.forms[0]
            target = urljoin(response.url, form["action"])
            fields = dict(form["fields"])
            for name in form["asked"]:
                fields[name] = device_code if "code" in name else self.user["user_principal_name"]
            for name, value in form["buttons"]:
                if self.ANSWERS.get(name) == value:
                    fields[name] = value
            if redirect_uri and self._is(target, redirect_uri):
                return fields
            response = self._send("POST", target, fields)
        raise AssertionError(f"no end after twelve pages; the last said: {self.pages[-1][:300]}")

    @staticmethod
    def _is(target, redirect_uri):
        return target.split("?")[0].split("#")[0].rstrip("/") == redirect_uri.rstrip("/")

    def _send(self, method, url, fields=None):
        options = {"data": fields, "allow_redirects": False, "timeout": 30}
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.demo.login_url))
        if fields is not None:
            options["headers"] = {"Origin": origin}
        if "certauth" not in urlsplit(url).netloc:
            return self.session.request(method, url, **options)
        # A fresh connection each time, as the certificate host wants it.
        with requests.Session() as once:
            once.trust_env = False
            certificate = (self.user["certificate_pem"], self.user["key_pem"])
            return once.request(method, url, cert=certificate, verify=self.demo.tls_root, **options)
