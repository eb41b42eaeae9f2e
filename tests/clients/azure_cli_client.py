"""The Azure CLI against a running demo, as an administrator uses it. Run by `cargo xtask clients`."""

import json
import os
import shutil
import sys
import tempfile
import unittest
import uuid

from azure_cli import Az, Failed
from demo import Browser, Demo, read

DEMO = Demo()
GRAPH = DEMO.facts["graph_url"]
X509 = f"{GRAPH}/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate"
HERE = os.path.dirname(os.path.abspath(__file__))
DOCUMENT = os.path.join(HERE, "x509_method_policy.json")
# Nobody can sign in while the documented default is in force: the server wants to be told that this is meant.
MEANT = "Lanyard-Override-Reason=rehearsal of the documented default"
FOLDER = tempfile.mkdtemp(prefix="lanyard-az-")


def az(name):
    """One `az` that is set up for the demo, and not signed in yet."""
    one = Az(os.path.join(FOLDER, name), DEMO.tls_root)
    one.register(DEMO.login_url, GRAPH)
    return one


def without_contexts(resource):
    return {name: value for name, value in resource.items() if not name.endswith("@odata.context")}


def tearDownModule():
    shutil.rmtree(FOLDER, ignore_errors=True)


class SignIn(unittest.TestCase):
    def test_az_login_by_secret(self):
        tool = DEMO.application("directory")
        one = az("secret")
        one("login", "--service-principal", "-u", tool["client_id"], "-p", tool["client_secret"],
            "--tenant", DEMO.tenant, "--allow-no-subscriptions")
        self.assertEqual(one("rest", "--url", X509)["id"], "X509Certificate")
        # Another folder: `az` would use the token it has.
        with self.assertRaises(Failed) as refused:
            az("wrong")("login", "--service-principal", "-u", tool["client_id"], "-p", "not-the-secret",
                "--tenant", DEMO.tenant, "--allow-no-subscriptions")
        self.assertIn("AADSTS7000215", str(refused.exception))


    def test_az_login_in_a_browser(self):
        one = az("browser")
        # In the background, as a desktop opens it: `az` waits for the answer on a port of its own.
        one.environment["BROWSER"] = f"{sys.executable} {os.path.join(HERE, 'open_browser.py')} %s &"
        one.environment["LANYARD_PERSON"] = "administrator"
        account = one("login", "--tenant", DEMO.tenant, "--allow-no-subscriptions")
        self.assertEqual(account[0]["user"]["name"], DEMO.user("administrator")["user_principal_name"])
        self.assertEqual(one("account", "show")["tenantId"], DEMO.tenant)


class Policy(unittest.TestCase):
    """A pipeline that signs in by certificate and has the one permission for it."""

    @classmethod
    def setUpClass(cls):
        tool = DEMO.application("directory")
        both = os.path.join(FOLDER, "both.pem")
        with open(both, "w", encoding="utf-8") as file:
            file.write(read(tool["key_pem"]) + read(tool["certificate_pem"]))
        cls.az = az("certificate")
        account = cls.az("login", "--service-principal", "-u", tool["client_id"], "--certificate", both,
                         "--tenant", DEMO.tenant, "--allow-no-subscriptions")
        assert account[0]["tenantId"] == DEMO.tenant, account
        cls.before = cls.az("rest", "--url", X509)

    def patch(self, body, *more):
        return self.az.text("rest", "--method", "patch", "--url", X509, "--headers",
                            "Content-Type=application/json", *more, "--body", body)

    def test_az_rest_patches_and_resets_the_documented_policy(self):
        document = json.loads(read(DOCUMENT))
        changed = {**without_contexts(self.before), "issuerHintsConfiguration": {"state": "disabled"}}
        try:
            # Another state first, so that the document changes something.
            self.patch(json.dumps(changed))
            self.assertEqual(without_contexts(self.az("rest", "--url", X509)), changed)
            self.assertEqual(self.patch(f"@{DOCUMENT}", MEANT), "", "204 has no body")
            got = without_contexts(self.az("rest", "--url", X509))
            self.assertEqual(got, document)
            self.patch(json.dumps(without_contexts(self.before)))
            self.assertEqual(without_contexts(self.az("rest", "--url", X509)), without_contexts(self.before))
            self.az.text("rest", "--method", "delete", "--url", X509, "--headers", MEANT)
            got = without_contexts(self.az("rest", "--url", X509))
            self.assertEqual(got, document, "the default is the document")
        finally:
            self.patch(json.dumps(without_contexts(self.before)))

    def test_az_rest_shows_which_property_is_wrong(self):
        wrong = {
            "@odata.type": self.before["@odata.type"],
            "certificateUserBindings": [
                {"x509CertificateField": "PrincipalName", "userProperty": "userPrincipalName", "priority": -1}
            ],
        }
        with self.assertRaises(Failed) as refused:
            self.patch(json.dumps(wrong))
        said = str(refused.exception)
        self.assertIn("Bad Request", said)
        self.assertIn("certificateUserBindings[0]", said)
        with self.assertRaises(Failed) as refused:
            self.patch('{"state":"enabled"}')
        self.assertIn("@odata.type", str(refused.exception))
        self.assertEqual(self.az("rest", "--url", X509), self.before)


class Administrator(unittest.TestCase):
    """A person who signed in with a card and holds a directory role."""

    @classmethod
    def setUpClass(cls):
        cls.az = az("person")
        cls.who = DEMO.user("administrator")

        def approve(address, code):
            Browser(DEMO, cls.who).sign_in(address, None, device_code=code)

        account = cls.az.login_by_device_code(DEMO.tenant, approve)
        assert account[0]["user"]["name"] == cls.who["user_principal_name"], account
        cls.mark = uuid.uuid4().hex[:8]

    def test_az_knows_who_is_signed_in(self):
        me = self.az("ad", "signed-in-user", "show")
        self.assertEqual(me["userPrincipalName"], self.who["user_principal_name"])
        self.assertEqual(self.az("rest", "--url", f"{GRAPH}/v1.0/me")["id"], me["id"])

    def test_az_ad_user(self):
        name = f"{self.mark}@{DEMO.facts['tenant_domain']}"
        made = self.az("ad", "user", "create", "--display-name", f"Az {self.mark}", "--user-principal-name", name,
                       "--password", "not kept 1!")
        self.assertEqual(made["userPrincipalName"], name)
        self.assertIn(name, [user["userPrincipalName"] for user in self.az("ad", "user", "list")])
        for question in (["--upn", name], ["--display-name", f"Az {self.mark}"],
                         ["--filter", f"startswith(displayName,'Az {self.mark}')"]):
            found = self.az("ad", "user", "list", *question)
            self.assertEqual([user["id"] for user in found], [made["id"]], question)
        self.az("ad", "user", "update", "--id", name, "--display-name", "Renamed")
        self.assertEqual(self.az("ad", "user", "show", "--id", name)["displayName"], "Renamed")
        self.assertEqual(self.az("ad", "user", "get-member-groups", "--id", name), [])
        self.az("ad", "user", "update", "--id", made["id"], "--account-enabled", "false")
        self.az("ad", "user", "delete", "--id", name)
        with self.assertRaises(Failed) as gone:
            self.az("ad", "user", "show", "--id", name)
        self.assertIn("does not exist", str(gone.exception))

    def test_az_ad_group(self):
        group = self.az("ad", "group", "create", "--display-name", f"Team {self.mark}", "--mail-nickname", self.mark)
        found = self.az("ad", "group", "list", "--display-name", f"Team {self.mark}")
        self.assertEqual([one["id"] for one in found], [group["id"]])
        member = self.az("ad", "user", "show", "--id", DEMO.user("single-factor")["user_principal_name"])
        check = ["ad", "group", "member", "check", "--group", group["id"], "--member-id", member["id"]]
        self.assertFalse(self.az(*check)["value"])
        self.az("ad", "group", "member", "add", "--group", f"Team {self.mark}", "--member-id", member["id"])
        self.assertTrue(self.az(*check)["value"])
        members = self.az("ad", "group", "member", "list", "--group", group["id"])
        self.assertEqual([one["id"] for one in members], [member["id"]])
        of_member = self.az("ad", "user", "get-member-groups", "--id", member["id"])
        self.assertIn((group["id"], f"Team {self.mark}"), [(one["id"], one["displayName"]) for one in of_member])
        self.assertEqual(self.az("ad", "group", "get-member-groups", "--group", group["id"]), [])
        self.az("ad", "group", "owner", "add", "--group", group["id"], "--owner-object-id", member["id"])
        owners = [one["id"] for one in self.az("ad", "group", "owner", "list", "--group", group["id"])]
        self.assertIn(member["id"], owners)
        self.az("ad", "group", "member", "remove", "--group", group["id"], "--member-id", member["id"])
        self.assertEqual(self.az("ad", "group", "member", "list", "--group", group["id"]), [])
        self.az("ad", "group", "delete", "--group", group["id"])
        self.assertEqual(self.az("ad", "group", "list", "--display-name", f"Team {self.mark}"), [])

    def test_az_ad_app_and_sp(self):
        name = f"App {self.mark}"
        app = self.az("ad", "app", "create", "--display-name", name, "--web-redirect-uris", "https://app.example/cb")
        self.assertEqual(self.az("ad", "app", "show", "--id", app["appId"])["displayName"], name)
        self.assertEqual([one["id"] for one in self.az("ad", "app", "list", "--display-name", name)], [app["id"]])
        secret = self.az("ad", "app", "credential", "reset", "--id", app["appId"], "--years", "1")
        self.assertTrue(secret["password"])
        kept = self.az("ad", "app", "credential", "list", "--id", app["appId"])
        self.assertEqual(len(kept), 1, kept)
        service = DEMO.application("service")
        self.az("ad", "app", "credential", "reset", "--id", app["appId"], "--cert", f"@{service['certificate_pem']}",
                "--append")
        self.assertEqual(len(self.az("ad", "app", "credential", "list", "--id", app["appId"], "--cert")), 1)
        principal = self.az("ad", "sp", "create", "--id", app["appId"])
        self.assertEqual(self.az("ad", "sp", "show", "--id", app["appId"])["id"], principal["id"])
        self.assertEqual([one["id"] for one in self.az("ad", "sp", "list", "--display-name", name)], [principal["id"]])
        me = self.az("ad", "signed-in-user", "show")["id"]
        owners = self.az("ad", "app", "owner", "list", "--id", app["appId"])
        self.assertEqual([one["id"] for one in owners], [me], "who registers an application owns it")
        self.assertIn(app["id"], [one["id"] for one in self.az("ad", "signed-in-user", "list-owned-objects")])
        self.assertIn(app["id"], [one["id"] for one in self.az("ad", "app", "list", "--show-mine")])
        other = self.az("ad", "user", "show", "--id", DEMO.user("single-factor")["user_principal_name"])["id"]
        self.az("ad", "app", "owner", "add", "--id", app["appId"], "--owner-object-id", other)
        self.az("ad", "app", "owner", "remove", "--id", app["appId"], "--owner-object-id", other)
        self.assertEqual(self.az("ad", "sp", "owner", "list", "--id", principal["id"])[0]["id"], me)
        one = az("made")
        one("login", "--service-principal", "-u", app["appId"], "-p", secret["password"], "--tenant", DEMO.tenant,
            "--allow-no-subscriptions")
        self.az("ad", "app", "credential", "delete", "--id", app["appId"], "--key-id", kept[0]["keyId"])
        self.az("ad", "app", "update", "--id", app["appId"], "--display-name", f"{name} renamed")
        self.az("ad", "sp", "delete", "--id", principal["id"])
        self.az("ad", "app", "delete", "--id", app["appId"])
        self.assertEqual(self.az("ad", "app", "list", "--filter", f"displayName eq '{name} renamed'"), [])

    def test_az_reads_the_logs(self):
        rows = self.az("rest", "--url", f"{GRAPH}/v1.0/auditLogs/signIns?$top=1&$filter=userPrincipalName eq "
                       f"'{self.who['user_principal_name']}'")
        self.assertEqual(rows["value"][0]["appDisplayName"], "Azure CLI")


if __name__ == "__main__":
    unittest.main()
