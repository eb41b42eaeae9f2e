"""MSAL for Python against a running demo. Run by `cargo xtask clients`."""

import hashlib
import ssl
import threading
import unittest

import msal
import requests

from demo import Browser, Demo, Refused, read

DEMO = Demo()
# The one setting: no call to a public discovery service, and our own root.
OPTIONS = {"authority": DEMO.authority, "instance_discovery": False, "verify": DEMO.tls_root}


def thumbprint(pem, algorithm):
    return hashlib.new(algorithm, ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


class PortKeeper(requests.Session):
    """A session that asks our host at our port, also where an address lost it."""

    def __init__(self, login_url):
        super().__init__()
        self.trust_env, self.verify, self.asked = False, DEMO.tls_root, []
        self.with_port = login_url + "/"
        self.without_port = login_url.rsplit(":", 1)[0] + "/"

    def request(self, method, url, *arguments, **options):
        if url.startswith(self.without_port):
            url = self.with_port + url[len(self.without_port):]
        self.asked.append(url)
        return super().request(method, url, *arguments, **options)


class AuthorizationCode(unittest.TestCase):
    def setUp(self):
        web = DEMO.application("web")
        self.redirect_uri = web["redirect_uri"]
        self.app = msal.ConfidentialClientApplication(
            web["client_id"], client_credential=web["client_secret"], **OPTIONS
        )

    def sign_in(self, user, **options):
        flow = self.app.initiate_auth_code_flow([], redirect_uri=self.redirect_uri, **options)
        answer = Browser(DEMO, DEMO.user(user)).sign_in(flow["auth_uri"], self.redirect_uri)
        return self.app.acquire_token_by_auth_code_flow(flow, answer)

    def test_msal_python_code_flow_with_a_certificate(self):
        result = self.sign_in("multifactor")
        self.assertNotIn("error", result, result)
        claims = result["id_token_claims"]
        self.assertEqual(claims["tid"], DEMO.tenant)
        self.assertEqual(claims["preferred_username"], DEMO.user("multifactor")["user_principal_name"])
        account = self.app.get_accounts()[0]
        self.assertEqual(account["home_account_id"], f"{claims['oid']}.{claims['tid']}", "client_info was not used")

    def test_msal_python_refreshes_and_rotates(self):
        first = self.sign_in("multifactor")
        self.assertIn("refresh_token", first, first)
        account = self.app.get_accounts()[0]
        second = self.app.acquire_token_silent([], account=account, force_refresh=True)
        self.assertIsNotNone(second)
        self.assertNotIn("error", second, second)
        self.assertNotEqual(first["access_token"], second["access_token"])

    def test_msal_python_reads_form_post(self):
        result = self.sign_in("single-factor", response_mode="form_post")
        self.assertNotIn("error", result, result)

    def test_msal_python_redeems_a_code_only_once(self):
        flow = self.app.initiate_auth_code_flow([], redirect_uri=self.redirect_uri)
        answer = Browser(DEMO, DEMO.user("multifactor")).sign_in(flow["auth_uri"], self.redirect_uri)
        self.assertNotIn("error", self.app.acquire_token_by_auth_code_flow(dict(flow), answer))
        again = self.app.acquire_token_by_auth_code_flow(dict(flow), answer)
        self.assertEqual(again.get("error"), "invalid_grant", again)

    def test_msal_python_sees_why_a_certificate_was_refused(self):
        for user, code in (("revoked", 500171), ("expired", 500172), ("foreign", 1001009), ("expired-ca", 500176)):
            with self.subTest(user), self.assertRaises(Refused) as refused:
                self.sign_in(user)
            self.assertEqual(refused.exception.code, code, refused.exception)


class PublicClient(unittest.TestCase):
    def setUp(self):
        self.app = msal.PublicClientApplication(DEMO.application("native")["client_id"], **OPTIONS)

    def test_msal_python_native_app_on_any_loopback_port(self):
        redirect_uri = "http://localhost:53682"
        flow = self.app.initiate_auth_code_flow([], redirect_uri=redirect_uri)
        answer = Browser(DEMO, DEMO.user("multifactor")).sign_in(flow["auth_uri"], redirect_uri)
        result = self.app.acquire_token_by_auth_code_flow(flow, answer)
        self.assertNotIn("error", result, result)

    def test_msal_python_device_code(self):
        flow = self.app.initiate_device_flow(scopes=[])
        self.assertIn("user_code", flow, flow)
        self.assertIn(flow["user_code"], flow["message"])
        seen = []

        def approve():
            browser = Browser(DEMO, DEMO.user("multifactor"))
            seen.append(browser.sign_in(flow["verification_uri"], None, device_code=flow["user_code"]))

        helper = threading.Thread(target=approve)
        helper.start()
        result = self.app.acquire_token_by_device_flow(flow)
        helper.join()
        self.assertNotIn("error", result, (result, seen))
        self.assertEqual(result["id_token_claims"]["tid"], DEMO.tenant)

    def test_msal_python_password_is_refused(self):
        # The library asks for the realm without our port: this session puts it back, so that the grant itself is tried.
        session = PortKeeper(DEMO.login_url)
        options = {**OPTIONS, "http_client": session}
        options.pop("verify")
        app = msal.PublicClientApplication(DEMO.application("native")["client_id"], **options)
        result = app.acquire_token_by_username_password(
            DEMO.user("multifactor")["user_principal_name"], "secret", scopes=["User.Read"]
        )
        self.assertTrue(any("/userrealm/" in url for url in session.asked), session.asked)
        self.assertTrue(session.asked[-1].split("?")[0].endswith("/oauth2/v2.0/token"), session.asked)
        self.assertEqual(result.get("error"), "unsupported_grant_type", result)
        self.assertEqual(result.get("error_codes"), [70003], result)


class ClientCredentials(unittest.TestCase):
    def setUp(self):
        self.service = DEMO.application("service")
        self.scope = [self.service["resource"].rstrip("/") + "/.default"]

    def token(self, credential):
        app = msal.ConfidentialClientApplication(self.service["client_id"], client_credential=credential, **OPTIONS)
        return app.acquire_token_for_client(self.scope)

    def test_msal_python_client_credentials_by_secret(self):
        result = self.token(self.service["client_secret"])
        self.assertIn("access_token", result, result)

    def test_msal_python_client_credentials_by_certificate(self):
        certificate, key = read(self.service["certificate_pem"]), read(self.service["key_pem"])
        rows = {
            "RS256, x5t": {"private_key": key, "thumbprint": thumbprint(certificate, "sha1")},
            "RS256, x5t and x5c": {
                "private_key": key, "thumbprint": thumbprint(certificate, "sha1"), "public_certificate": certificate,
            },
            "PS256, x5t#S256 and x5c": {"private_key": key, "public_certificate": certificate},
        }
        for name, credential in rows.items():
            with self.subTest(name):
                self.assertIn("access_token", result := self.token(credential), result)

    def test_msal_python_wrong_secret_is_refused(self):
        result = self.token("not-the-secret")
        self.assertEqual(result.get("error"), "invalid_client", result)
        self.assertIn("AADSTS7000215", result["error_description"])


if __name__ == "__main__":
    unittest.main()
